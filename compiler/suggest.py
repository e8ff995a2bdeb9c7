"""Did you mean: the closest of the names that could have been meant."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from types import MappingProxyType

CALLED = MappingProxyType({
    "learning_rate": "lr", "batch_size": "batch", "max_length": "max_tokens", "max_seq_length": "max_tokens",
    "weight_decay_rate": "weight_decay", "grad_clip": "clip", "max_grad_norm": "clip",
    "warmup_ratio": "warmup", "scheduler": "lr_schedule", "model_name": "base", "name_or_path": "base",
    "training": "train",
    "evaluation": "evaluate", "eval": "evaluate", "dataset": "source", "data": "source", "experiment": "arm",
    "file": "path", "files": "path", "url": "path", "classification": "classify", "extraction": "extract",
    "summarization": "summarize", "summarise": "summarize", "generation": "generate", "regression": "regress",
    "tagging": "tag", "ner": "tag", "decoder": "causal", "gpt": "causal", "bert": "encoder",
    "decision": "decide", "second": "s", "seconds": "s", "sec": "s", "minutes": "min", "minute": "min",
    "mins": "min", "hours": "h", "hour": "h", "float32": "fp32", "bfloat16": "bf16", "uniform": "equal",
    "random_sampling": "proportional", "acc": "accuracy", "f1_macro": "macro_f1", "rouge": "rouge_l",
    "bonferroni": "holm", "fdr": "bh",
})  # fmt: skip
"""What other tools call a thing, and what it is called here."""


LONGEST = 100
"""Characters of a word that is compared: the time goes with the square."""

MOST_COMPARED = 400
"""Candidates that are compared one by one."""


def suggest(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates closest to `word`, in alphabetical order; empty where none is close.

    Close is a distance of at most 1 for up to 4 letters, 2 for up to 8, 3 above; letters'
    case costs nothing beside another spelling. More than one answer is a tie: list them,
    offer no fix. A word of another tool stands for ours, however it is spelt.
    """
    if len(word) > LONGEST:
        return ()
    candidates = set(candidates)
    if (own := CALLED.get(word.lower())) in candidates:
        return (own,)
    most = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    best: list[str] = []
    for candidate in _likely(word, sorted(candidates - {word})):
        near = distance(word.lower(), candidate.lower(), most)
        if near < most:
            most, best = near, []
        if near == most:
            best.append(candidate)
    return tuple(best)


def _likely(word: str, candidates: list[str]) -> list[str]:
    """The candidates worth a look: all, or of very many those that begin or end like the word."""
    if len(candidates) <= MOST_COMPARED:
        return candidates
    half, found = MOST_COMPARED // 4, set[str]()
    for turned in (False, True):
        names = sorted(name[::-1] for name in candidates) if turned else candidates
        at = bisect_left(names, word[::-1] if turned else word)
        near = names[max(0, at - half) : at + half]
        found.update(name[::-1] if turned else name for name in near)
    return sorted(found)


def distance(a: str, b: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from `a` to `b`; `most + 1` if more.

    The restricted Damerau-Levenshtein distance: no part is edited twice.
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
