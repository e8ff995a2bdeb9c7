"""The gold guard: no gold row of any task may be in the training or validation rows of any task."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from currc.compiler.codes import Code
from currc.runtime.data.rows import MOST_NAMED, DataError
from currc.runtime.data.templates import Example

_WORD = re.compile(r"\w+")
_BLANKED = {code: chr(code) if re.match(r"\w", chr(code)) else " " for code in range(128)}
"""ASCII with a blank for every sign: `str.split` then finds words three times as fast as `_WORD`."""

Rows = Mapping[str, Sequence[Example]]
"""Examples by task."""


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


def guard(training: Rows, gold: Rows) -> None:
    """Raise `DataError` with up to 5 pairs of places if gold rows are found in training data."""
    found = leaks(training, gold)
    if not found:
        return
    lines = [f"{of_all(found, gold)} are found in training data", *pairs(found)]
    help = "take these rows out of the training files: what a model has seen cannot judge it"
    raise DataError(Code.GOLD_IN_TRAIN, found[0].gold.place, "\n".join(lines), help)


def leaks(training: Rows, gold: Rows) -> list[Leak]:
    """The gold rows that training gives away, in the order of the gold rows, each with one training row.

    Two rows are the same if their keys are equal, or the values in their prompts after
    `words`. Validation rows count as training rows: they steer it. Time is linear in
    the rows.
    """
    wanted = {example.key for rows in gold.values() for example in rows}
    wanted_words = {words(example.inputs) for rows in gold.values() for example in rows} - {""}
    keys: dict[str, tuple[str, Example]] = {}
    texts: dict[str, tuple[str, Example]] = {}
    for task, example in once(training):
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


def of_all(found: Sequence[object], gold: Rows) -> str:
    """How many of the gold rows were found, as `3 of 1,200 gold rows`."""
    return f"{len(found):,} of {sum(map(len, gold.values())):,} gold rows"


def pairs(found: Sequence[object]) -> list[str]:
    """The first five pairs of rows, a line each, and how many more there are."""
    more = [f"and {len(found) - MOST_NAMED:,} more"] if len(found) > MOST_NAMED else []
    return [*map(str, found[:MOST_NAMED]), *more]


def once(rows: Rows) -> Iterator[tuple[str, Example]]:
    """Every row with its task; where tasks share rows, each with the first task that reads it so."""
    seen: set[tuple[str, str]] = set()
    for task, examples in rows.items():
        for example in examples:
            if (example.key, example.inputs) not in seen:
                seen.add((example.key, example.inputs))
                yield task, example


def words(text: str) -> str:
    """The words of a text, as `word_list` finds them, with one space between them."""
    return " ".join(word_list(text))


def word_list(text: str) -> list[str]:
    """The words of a text after NFKC and case folding.

    Of a text without any letter or digit, its signs; nothing of an empty one.
    """
    if text.isascii():
        folded = text.lower()
        return folded.translate(_BLANKED).split() or folded.split()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall(folded) or folded.split()
