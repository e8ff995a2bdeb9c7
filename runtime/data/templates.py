"""From a row to an example: the prompt that the model reads and the target that it should answer.

Row forms, told apart by the row itself:

- plain columns: `prompt = "List the fields.\\n{body}"`, `target = "{fields}"`;
- prompt and completion: `prompt = "{prompt}"`, `target = "{completion}"`, as text or as lists of turns;
- instructions: `prompt = "{instruction}\\n{input}"`, `target = "{output}"`;
- chat: `prompt = "{messages}"` means the turns before the last assistant turn and
  `target = "{messages}"` that turn's content; `{conversations}` of ShareGPT works alike;
- raw text: `prompt = ""`, `target = "{text}"`, where the loss covers the whole text.

Values stand in a template as they are if they are text, else as their JSON: `3`, `true`,
`["a","b"]`. In a `tag` task a list stands as its items with spaces between them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import TaskPlan
from currc.runtime.data.chat import Message, is_chat, split_answer, turns
from currc.runtime.data.rows import MOST_NAMED, DataError, Row, closest, first_of, shown

_PIECE = re.compile(r"\\([{}])|\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """What one task makes of one row."""

    prompt: str
    """The filled template; of a conversation, its turns as `role: content` lines."""
    target: str
    inputs: str
    """The values in the prompt alone, joined by line ends, because a template's wording is in every row.
    A prompt without values has the target; a conversation has its turns but the system's."""
    key: str
    """The row's key: equal for all tasks that use the row."""
    place: str
    messages: tuple[Message, ...] | None = None
    """The turns to be answered, where the row is a conversation."""
    spans: tuple[tuple[int, int], ...] = ()
    """Half-open character ranges of the values in `prompt`, in order."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The row's columns."""


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt or target with its placeholders found."""

    pieces: tuple[tuple[str, str | None], ...]
    """Literal text and the column that follows it; the last column is None."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of their placeholders."""
        return tuple(column for _, column in self.pieces if column is not None)

    @property
    def alone(self) -> str | None:
        """The column of a template that is one placeholder and nothing else."""
        return (
            self.columns[0] if len(self.columns) == 1 and not any(text for text, _ in self.pieces) else None
        )

    def fill(self, values: Mapping[str, str]) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The text with its placeholders filled, and where each value stands in it."""
        text, spans = "", []
        for literal, column in self.pieces:
            text += literal
            if column is not None:
                spans.append((len(text), len(text) + len(values[column])))
                text += values[column]
        return text, tuple(spans)


def template(text: str) -> Template:
    """The pieces of a template; `\\{` and `\\}` are literal braces, other braces without a name too."""
    pieces: list[tuple[str, str | None]] = []
    literal, end = "", 0
    for found in _PIECE.finditer(text):
        literal += text[end : found.start()] + (found[1] or "")
        end = found.end()
        if found[2]:
            pieces.append((literal, found[2]))
            literal = ""
    return Template((*pieces, (literal + text[end:], None)))


def examples(name: str, task: TaskPlan, rows: Sequence[Row]) -> list[Example]:
    """One example a row, in the order of the rows.

    Args:
        name: The task's name, for messages.
        task: `prompt`, `target`, `kind` and `labels` are looked at; no labels means any label.
        rows: Rows of one of the task's sources.

    Raises:
        DataError: There is no row; a column is missing, null or no text; an answer is empty,
            not among `labels`, no number (regress), or not one tag a word (tag). Up to 5 rows
            are named.
    """
    if not rows:
        message = f"task `{name}` has no rows"
        raise DataError(Code.EMPTY_TASK, f"task {name}", message, "its source is empty: add rows to it")
    maker = _Maker(name, task, template(task.prompt), template(task.target))
    maker.require_columns(rows)
    made: list[Example] = []
    bad: list[DataError] = []
    for row in rows:
        try:
            made.append(maker.example(row))
        except DataError as error:
            bad.append(error)
            if len(bad) == MOST_NAMED:
                break
    if bad:
        raise first_of(bad, stopped=len(bad) == MOST_NAMED)
    return made


@dataclass(frozen=True, slots=True)
class _Maker:
    """A task's templates, ready for its rows."""

    name: str
    task: TaskPlan
    prompt: Template
    target: Template

    def require_columns(self, rows: Sequence[Row]) -> None:
        """One complaint, not one a row, for a column that no row has."""
        for column in (*self.prompt.columns, *self.target.columns):
            if not any(column in row.values for row in rows):
                known = sorted({name for row in rows for name in row.values})
                raise DataError(
                    Code.COLUMN_MISSING,
                    rows[0].place,
                    f"task `{self.name}` uses the column `{column}`, which no row has",
                    closest(column, known) or f"columns: {', '.join(known)}",
                )

    def example(self, row: Row) -> Example:
        """The example of one row."""
        chat = self.chat(row)
        if chat is None:
            values = {column: self.text(row, column, Code.BAD_ROW) for column in self.prompt.columns}
            prompt, spans = self.prompt.fill(values)
            inputs, messages, target = "\n".join(values.values()), None, None
        else:
            messages, target = chat
            prompt, spans = _as_lines(messages)
            inputs = "\n".join(turn.content for turn in messages if turn.role != "system")
        answer = target if target is not None else self.answer(row)
        self.check(answer, prompt, spans, row.place)
        return Example(prompt, answer, inputs or answer, row.key, row.place, messages, spans, row.values)

    def chat(self, row: Row) -> tuple[tuple[Message, ...], str | None] | None:
        """The turns to answer, with the answer where it is one of the turns; None for plain rows."""
        column = self.prompt.alone
        value = row.values.get(column) if column else None
        if not is_chat(value):
            return None
        try:
            conversation = turns(value)
            return split_answer(conversation) if self.target.alone == column else (conversation, None)
        except ValueError as error:
            raise DataError(Code.BAD_ROW, row.place, str(error)) from None

    def answer(self, row: Row) -> str:
        """The target of a row: its filled template, or the last assistant turn of a list of turns."""
        value = row.values.get(self.target.alone or "")
        if is_chat(value):
            replies = [turn.content for turn in turns(value) if turn.role == "assistant"]
            if not replies:
                raise DataError(Code.TARGET_MISSING, row.place, "the completion has no assistant turn")
            return replies[-1]
        values = {column: self.text(row, column, Code.TARGET_MISSING) for column in self.target.columns}
        return self.target.fill(values)[0]

    def text(self, row: Row, column: str, code: Code) -> str:
        """A value as it stands in a template."""
        if column not in row.values:
            raise DataError(
                Code.COLUMN_MISSING,
                row.place,
                f"the row lacks the column `{column}` of task `{self.name}`",
                closest(column, row.values) or f"columns: {', '.join(row.values)}",
            )
        value = row.values[column]
        if value is None:
            raise DataError(
                code, row.place, f"the column `{column}` is null", "give it a value or leave the row out"
            )
        if self.task.kind == "tag" and isinstance(value, list):
            return self.joined(value, column, row.place)
        return value_text(value)

    def joined(self, items: list[Any], column: str, place: str) -> str:
        """A list of words or tags with spaces between them."""
        words = [value_text(item) for item in items]
        for number, word in enumerate(words, start=1):
            if len(word.split()) != 1:
                message = f"item {number} of `{column}` is {shown(word)}, not one word"
                raise DataError(Code.BAD_ROW, place, message)
        return " ".join(words)

    def check(self, target: str, prompt: str, spans: tuple[tuple[int, int], ...], place: str) -> None:
        """Raise `DataError` unless the answer is one that the task's kind can have."""
        if not target.strip():
            raise DataError(
                Code.TARGET_MISSING,
                place,
                f"the answer of task `{self.name}` is empty",
                "give the row an answer or leave it out",
            )
        if self.task.kind == "classify" and self.task.labels:
            require_label(self.name, target, self.task.labels, place)
        if self.task.kind == "regress":
            self.require_number(target, place)
        if self.task.kind == "tag":
            self.require_tags(target.split(), sum(len(prompt[a:b].split()) for a, b in spans), place)

    def require_number(self, target: str, place: str) -> None:
        """Raise `DataError` for an answer that is no finite number."""
        try:
            finite = math.isfinite(float(target))
        except ValueError:
            finite = False
        if not finite:
            message = f"{shown(target)} is no finite number, which task `{self.name}` (regress) needs"
            raise DataError(Code.BAD_TARGET, place, message)

    def require_tags(self, tags: list[str], words: int, place: str) -> None:
        """Raise `DataError` unless there is one known tag for each word of the prompt's values."""
        if len(tags) != words:
            message = f"{len(tags)} tags for {words} words"
            raise DataError(Code.BAD_TARGET, place, message, "words are separated by spaces, one tag a word")
        if self.task.labels:
            for tag in tags:
                require_label(self.name, tag, self.task.labels, place)


def require_label(task: str, label: str, labels: Sequence[str], place: str) -> None:
    """Raise `DataError` for a label or tag that is not among those of the task."""
    if label not in labels:
        raise DataError(
            Code.LABEL_UNKNOWN,
            place,
            f"{shown(label)} is no label of task `{task}`",
            closest(label, labels) or f"labels: {', '.join(labels[:20])}",
        )


def require_labels(name: str, task: TaskPlan, made: Sequence[Example]) -> None:
    """Raise `DataError` unless all answers of a classify or tag task are among its labels.

    For labels that were taken from training rows, when other rows come.
    """
    if task.kind not in ("classify", "tag"):
        return
    known = set(task.labels)
    for example in made:
        for label in [example.target] if task.kind == "classify" else example.target.split():
            if label not in known:
                require_label(name, label, task.labels, example.place)


def value_text(value: Any) -> str:
    """A value as it stands in a template: text as it is, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _as_lines(messages: tuple[Message, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A conversation as `role: content` lines, and where the contents stand."""
    text, spans = "", []
    for turn in messages:
        text += ("\n" if text else "") + f"{turn.role}: "
        spans.append((len(text), len(text) + len(turn.content)))
        text += turn.content
    return text, tuple(spans)
