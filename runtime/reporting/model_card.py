"""The card of the winning model: `README.md` of the folder `winner/`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from currc.compiler.plan import Plan, TaskPlan
from currc.runtime.judging.results import Verdict
from currc.runtime.reporting.numbers import score
from currc.runtime.reporting.table import render

WIDTH = 120
"""Columns of the table in the card; cards are read in wide pages."""

PIPELINES = {"causal": "text-generation", "seq2seq": "text2text-generation"}
"""What a hub calls such models; an encoder with heads of several kinds has no one name."""


@dataclass(frozen=True, slots=True)
class Winner:
    """Which trial the folder holds, and why that one."""

    arm: str
    seed: int
    validation: float
    """Its score on validation, by which it was chosen among the arm's seeds."""
    base_model: str | None
    """Hub id of the model it started from; `None` if it has none."""
    license: str | None
    """SPDX id of the base model's licence in lower case; `None` if unknown, then left out."""


def model_card(verdict: Verdict, plan: Plan, winner: Winner) -> str:
    """The card in Markdown: YAML front matter, what the model is, its gold scores, the whole comparison.

    Args:
        verdict: What judging said of the run.
        plan: The plan of the run.
        winner: The trial whose weights lie beside the card.

    Raises:
        KeyError: The plan has no arm of the winner's name.
    """
    arm = plan.arm(winner.arm)
    sections = [
        _front_matter(verdict, plan, winner),
        f"# {winner.arm}, seed {winner.seed}\n",
        _opening(verdict, plan, winner),
        "## Tasks\n",
        "\n".join(_task(name, task, verdict, winner) for name, task in arm.tasks.items()) + "\n",
        "## Comparison\n",
        f"```text\n{render(verdict, WIDTH)}```\n",
        "## Made from\n",
        _origins(verdict, plan, winner),
    ]
    return "\n".join(sections)


def _front_matter(verdict: Verdict, plan: Plan, winner: Winner) -> str:
    kind = plan.arm(winner.arm).model.kind
    words = sorted({metric for _, metric in verdict.tasks})
    fields = [
        ("base_model", winner.base_model),
        ("license", winner.license),
        ("library_name", "transformers"),
        ("pipeline_tag", PIPELINES.get(kind)),
        ("metrics", words),
        ("tags", ["currc", "curriculum-learning", "multi-task-learning"]),
    ]
    lines = [f"{name}: {_yaml(value)}" for name, value in fields if value is not None]
    return "\n".join(["---", *lines, "---\n"])


def _yaml(value: str | list[str]) -> str:
    """JSON, which is YAML too: a text can then not be taken for a number, a date or a flag."""
    return json.dumps(value, ensure_ascii=False)


def _opening(verdict: Verdict, plan: Plan, winner: Winner) -> str:
    arms = "one arm" if verdict.rule is None else f"{sum(arm.role == 'arm' for arm in plan.arms)} arms"
    tasks = ", ".join(f"`{name}`" for name in plan.arm(winner.arm).tasks)
    return (
        f"One model for {tasks}, trained by currc in a comparison of {arms}. "
        f"These are the weights of seed {winner.seed} of arm `{winner.arm}`: "
        f"of that arm's seeds, the one with the best validation score ({winner.validation:.3f}). "
        "The gold rows were not used to choose it.\n"
    )


def _task(name: str, task: TaskPlan, verdict: Verdict, winner: Winner) -> str:
    arm = verdict.arm(winner.arm)
    found = next((one for one in arm.scores if (one.task, one.metric) == (name, task.metric.word)), None)
    if found is None or winner.seed not in arm.seeds:
        return f"- `{name}` ({task.kind})"
    mine = score(found.per_seed[arm.seeds.index(winner.seed)], found.range)
    mean = score(found.mean, found.range)
    return f"- `{name}` ({task.kind}): {found.title} {mine} on gold; mean over seeds {mean}"


def _origins(verdict: Verdict, plan: Plan, winner: Winner) -> str:
    model = plan.arm(winner.arm).model
    revision = f", revision `{model.revision}`" if model.revision else ""
    return (
        f"- base: `{model.base}`{revision}\n"
        f"- arm: `{winner.arm}`, seed {winner.seed}\n"
        f"- plan: `{verdict.plan}`\n"
    )
