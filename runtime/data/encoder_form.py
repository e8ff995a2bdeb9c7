"""Rows for an encoder: the prompt between the tokenizer's special tokens, the answer as numbers beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import TaskPlan
from currc.runtime.data.encoded import Encoded, encode
from currc.runtime.data.rows import MOST_NAMED, DataError, first_of, shown
from currc.runtime.data.templates import Example
from currc.runtime.data.truncation import Range, kept_tokens, least_limits

NO_TAG = -100
"""The target of a token without a tag: what PyTorch's cross entropy passes over."""


def encoder_rows(
    examples: Sequence[Example],
    task: TaskPlan,
    tokenizer: Any,
    max_tokens: int,
    *,
    with_limits: bool = False,
) -> Encoded:
    """The prompts as tokens, cut to `max_tokens`, and where their answers lie.

    Raises:
        DataError: An answer to extract is not in the prompt's values, or was cut off.
        ValueError: The task asks for text that is not in the prompt.
    """
    if task.kind in ("summarize", "generate"):
        raise ValueError(f"an encoder cannot {task.kind}: take a causal model")
    located = task.kind in ("extract", "tag")
    made = Encoded(
        spans=[] if task.kind == "extract" else None,
        tags=[] if task.kind == "tag" else None,
        chars=[] if located else None,
        limits=[] if with_limits else None,
    )
    tags = {tag: i for i, tag in enumerate(task.labels)}
    bad: list[DataError] = []
    encodings = encode([example.prompt for example in examples], tokenizer, special=True)
    for example, encoding in zip(examples, encodings, strict=True):
        try:
            _add(made, example, encoding, tags, max_tokens)
        except DataError as error:
            bad.append(error)
            if len(bad) == MOST_NAMED:
                break
    if bad:
        raise first_of(bad, stopped=len(bad) == MOST_NAMED)
    return made


def find_answer(example: Example) -> Range | None:
    """Characters of the prompt where the answer stands, or None.

    The first occurrence inside one of the prompt's values, as a whole word if there is
    one: in `start the art class`, `art` is the third word.
    """
    exact = re.compile(rf"(?<!\w){re.escape(example.target)}(?!\w)")
    for start, end in example.spans:
        if found := exact.search(example.prompt, start, end):
            return found.span()
    for start, end in example.spans:
        if (at := example.prompt.find(example.target, start, end)) >= 0:
            return at, at + len(example.target)
    return None


def _add(made: Encoded, example: Example, encoding: Any, tags: dict[str, int], max_tokens: int) -> None:
    ids: list[int] = encoding.ids
    offsets: list[Range] | None = None
    kept: list[int] | None = None
    if len(ids) > max_tokens:
        offsets = encoding.offsets
        kept = kept_tokens(offsets, example.spans, (0, len(example.prompt)), max_tokens)
        if kept is None:
            message = f"`max_tokens = {max_tokens}` leaves no room beside the special tokens"
            raise DataError(Code.TOO_LONG, example.place, message)
        ids = [ids[i] for i in kept]
    if made.chars is not None:
        offsets = offsets or encoding.offsets
        chars = [offsets[i] for i in kept] if kept is not None else offsets
        chars = [_inside(token, example.spans) for token in chars]
        if made.spans is not None:
            made.spans.append(_span(example, chars, len(encoding.ids), max_tokens))
        if made.tags is not None:
            made.tags.append(_tags(example, chars, tags))
        made.chars.append(chars)
    if made.limits is not None:
        # An answer to extract stays, as it does in a causal model's row.
        answer = find_answer(example) if made.spans is not None else None
        everything = (0, len(example.prompt))
        keep = () if answer is None else (answer,)
        limits = least_limits(encoding.offsets, example.spans, everything, keep=keep)
        made.limits.append(limits if kept is None else [limits[i] for i in kept])
    made.ids.append(ids)
    made.truncated += kept is not None


def _inside(token: Range, spans: Sequence[Range]) -> Range:
    """The token's characters if some lie in a value, else (-1, -1)."""
    for start, end in spans:
        if token[0] < end and token[1] > start and token[0] < token[1]:
            return max(token[0], start), min(token[1], end)
    return -1, -1


def _span(example: Example, chars: Sequence[Range], length: int, max_tokens: int) -> Range:
    """First and last token of the answer."""
    where = find_answer(example)
    if where is None:
        raise DataError(
            Code.SPAN_NOT_FOUND,
            example.place,
            f"the answer {shown(example.target)} does not stand in the prompt's values",
            "an encoder answers with a piece of the text as written there; else take a causal model",
        )
    start, end = where
    tokens = [i for i, (a, b) in enumerate(chars) if a < end and b > start]
    if not tokens or chars[tokens[-1]][1] < end:
        raise DataError(
            Code.TOO_LONG,
            example.place,
            f"{shown(example.target)} is cut off: the row has {length} tokens, `max_tokens` is {max_tokens}",
            f"raise `max_tokens` to {length} or shorten the text",
        )
    return tokens[0], tokens[-1]


def _tags(example: Example, chars: Sequence[Range], index: dict[str, int]) -> list[int]:
    """The tag of each word at its first token."""
    words = [
        (start + word.start(), start + word.end())
        for start, end in example.spans
        for word in re.finditer(r"\S+", example.prompt[start:end])
    ]
    targets = [NO_TAG] * len(chars)
    token = 0
    for (start, end), tag in zip(words, example.target.split(), strict=True):
        while token < len(chars) and chars[token][1] <= start:
            token += 1
        if token < len(chars) and chars[token][0] < end:
            targets[token] = index[tag]
    return targets
