"""The gold guard: no gold row of any task may be in the training or validation rows of any task."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from currc.compiler.codes import Code
from currc.runtime.data.rows import MOST_NAMED, DataError
from currc.runtime.data.templates import Example

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Leak:
    """A gold row and the first training row that gives it away."""

    gold_task: str
    gold: Example
    task: str
    training: Example

    @property
    def how(self) -> str:
        """In what the two are equal."""
        if self.gold.key == self.training.key:
            return "the same row"
        if self.gold.inputs == self.training.inputs:
            return "the same text"
        return "the same words"

    def __str__(self) -> str:
        left = f"{self.gold.place} (gold of `{self.gold_task}`)"
        return f"{left} = {self.training.place} (trains `{self.task}`): {self.how}"


def guard(training: Mapping[str, Sequence[Example]], gold: Mapping[str, Sequence[Example]]) -> None:
    """Raise `DataError` with up to 5 pairs of places if gold rows are found in training data."""
    found = leaks(training, gold)
    if not found:
        return
    total = sum(len(rows) for rows in gold.values())
    lines = [f"{len(found):,} of {total:,} gold rows are found in training data"]
    lines += [str(leak) for leak in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        lines.append(f"and {len(found) - MOST_NAMED:,} more")
    help = "take these rows out of the training files: what a model has seen cannot judge it"
    raise DataError(Code.GOLD_IN_TRAIN, found[0].gold.place, "\n".join(lines), help)


def leaks(training: Mapping[str, Sequence[Example]], gold: Mapping[str, Sequence[Example]]) -> list[Leak]:
    """The gold rows that training gives away, in the order of the gold rows, each with one training row.

    Two rows are the same if their keys are equal, or the values in their prompts after
    `words`. Validation rows count as training rows: they steer it. Time is linear in
    the rows.
    """
    wanted = {example.key for rows in gold.values() for example in rows}
    wanted_words = {words(example.inputs) for rows in gold.values() for example in rows} - {""}
    keys: dict[str, tuple[str, Example]] = {}
    texts: dict[str, tuple[str, Example]] = {}
    seen: set[tuple[str, str]] = set()
    for task, rows in training.items():
        for example in rows:
            if (example.key, example.inputs) in seen:  # tasks share rows; one look at each is enough
                continue
            seen.add((example.key, example.inputs))
            if example.key in wanted:
                keys.setdefault(example.key, (task, example))
            if (text := words(example.inputs)) in wanted_words:
                texts.setdefault(text, (task, example))
    found = []
    for gold_task, rows in gold.items():
        for example in rows:
            hit = keys.get(example.key) or texts.get(words(example.inputs))
            if hit is not None:
                found.append(Leak(gold_task, example, *hit))
    return found


def words(text: str) -> str:
    """The words of a text after NFKC and case folding, with one space between them.

    Of a text without any letter or digit, its signs; nothing of an empty one.
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(folded) or folded.split())
