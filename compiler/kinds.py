"""The table of the language: every kind, attribute and word (language.md, section 3).

It is the single source of `check`, `explain`, completion and the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from currc.compiler.kind import Attribute, Kind
from currc.compiler.kinds_course import COURSE
from currc.compiler.kinds_material import MATERIAL
from currc.compiler.kinds_trial import TRIAL
from currc.compiler.kinds_verdict import VERDICT

EDITION = 2026
"""The one edition that this compiler reads."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (*MATERIAL, *COURSE, *TRIAL, *VERDICT)}
)
"""Every kind by its name."""

DEFAULT_METRIC: Mapping[str, str] = MappingProxyType(
    {
        "classify": "accuracy",
        "extract": "token_f1",
        "summarize": "rouge_l",
        "generate": "loss",
        "regress": "spearman",
        "tag": "span_f1",
    }
)
"""The metric of a task that names none, by its kind."""

ENCODER_TASKS = ("classify", "extract", "regress", "tag")
"""What a model that writes no text can be trained for."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "score": _words(
            "length rarity compression readability lexical_diversity column reference_loss own_loss "
            "cross_review confidence variability forgetting aum el2n label_noise domain_shift disagreement "
            "learnability random mean_of label_rarity"
        ),
        "order": _words(
            "shuffled easy_first hard_first random_order sorted_once interleaved coarse_to_fine "
            "skill_stacking length_buckets"
        ),
        "pacing": _words(
            "linear quadratic root exponential logarithmic step competence fixed_linear fixed_root "
            "fixed_discrete baby_steps one_pass adaptive_competence sequence_length"
        ),
        "mix": _words(
            "proportional equal capped temperature alpha unimax shares upsample odm exp3s progress gap "
            "skill_it aioli transfer marginal_gain learned"
        ),
        "classes": _words("natural equal inverse_sqrt effective"),
        "retire": _words("none mastered noisy"),
        "weights": _words(
            "equal fixed uncertainty imtl_l dwa gradnorm random geometric log stch famo gap health meta"
        ),
        "combine": _words(
            "sum pcgrad gradvac mgda cagrad imtl_g nash fairgrad aligned upgrad dualproj config graddrop "
            "db_mtl excess_mtl ema jd"
        ),
        "metric": _words(
            "accuracy macro_f1 exact_match token_f1 field_f1 span_f1 rouge_l chrf mse spearman loss"
        ),
        "test": _words("crossed paired_bootstrap permutation mcnemar t_paired aso"),
        "correct": _words("holm bh dunnett none"),
        "example_weights": _words("none self_paced superloss focal"),
        "lr_schedule": _words("linear cosine constant"),
        "optimizer": _words("adamw"),
        "adapter": _words("lora"),
        "init": _words("random"),
    }
)
"""Every word of the language by its slot; one without a file in the vocabulary is refused as `NOT_YET`."""


def top_kinds() -> tuple[str, ...]:
    """The kinds that may stand in a file, in the table's order."""
    return tuple(kind.name for kind in KINDS.values() if not kind.inside)


def inner_kinds(kind: str) -> tuple[str, ...]:
    """The kinds that may stand inside a block of `kind`."""
    return tuple(inner.name for inner in KINDS.values() if inner.inside == kind)


def attribute(kind: str, name: str) -> Attribute | None:
    """An attribute by its kind and name."""
    return KINDS[kind].attribute(name) if kind in KINDS else None
