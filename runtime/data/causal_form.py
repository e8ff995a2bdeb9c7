"""Rows for a causal model: prompt in the tokenizer's chat frame, answer, end token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import TaskPlan
from currc.runtime.data.chat import Message
from currc.runtime.data.encoded import Encoded, encode
from currc.runtime.data.rows import MOST_NAMED, DataError, first_of
from currc.runtime.data.templates import Example
from currc.runtime.data.truncation import Range, kept_tokens, least_limits

_MARK = "\ue000{}\ue001"
"""Stands for the content of a turn while a frame is made; private-use characters, not white space."""


def causal_rows(
    examples: Sequence[Example],
    task: TaskPlan,
    tokenizer: Any,
    max_tokens: int,
    *,
    with_limits: bool = False,
) -> Encoded:
    """Prompt, answer and end token of each example, the prompt cut so that all fits into `max_tokens`.

    The prompt stands in the tokenizer's chat template, with the start of the assistant's
    turn; without a template it is followed by a line end. An empty prompt (raw text) has
    neither. Prompt and answer are encoded apart, so that their border is between tokens.

    Raises:
        DataError: An answer, or the frame around the prompt, is too long; the chat template
            refuses the turns.
        ValueError: The tokenizer has no end token.
    """
    frames = Frames(tokenizer)
    lead, end = frames.lead, frames.end
    bad: list[DataError] = []
    texts = [frames.framed(example) for example in examples]
    prompts = encode([text.text for text in texts], tokenizer, special=False)
    answers = encode([example.target for example in examples], tokenizer, special=False)
    made = Encoded(answers=[], limits=[] if with_limits else None)
    first: list[int] = []
    for example, text, prompt, answer in zip(examples, texts, prompts, answers, strict=True):
        tail = [*answer.ids, end]
        around = len(lead) + len(tail)
        kept = _kept(prompt, text, max_tokens - around)
        if kept is None:
            bad.append(_too_long(example, len(tail), max_tokens))
            if len(bad) == MOST_NAMED:
                break
            continue
        made.ids.append([*lead, *(prompt.ids[i] for i in kept), *tail])
        made.truncated += len(kept) < len(prompt.ids)
        # the first token of a text has nothing before it to be predicted from
        first.append(max(1, len(lead) + len(kept)))
        if made.limits is not None:
            made.limits.append(_limits(prompt, text, kept, len(lead), len(tail)))
    if bad:
        raise first_of(bad, stopped=len(bad) == MOST_NAMED)
    made.answers = first
    return made


def label_ids(labels: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """The tokens of each label as an answer, end token included: exactly what follows a prompt in training.

    With the end token no label is the beginning of another, so their likelihoods compare.
    """
    end = Frames(tokenizer).end
    return [[*encoding.ids, end] for encoding in encode(labels, tokenizer, special=False)]


@dataclass(frozen=True, slots=True)
class Framed:
    """A prompt as the model reads it."""

    text: str
    values: tuple[Range, ...]
    """Where the row's own values stand; these are cut first."""
    wording: Range
    """Where the template's wording stands, without the frame; nowhere in a conversation."""
    oldest_first: bool = False
    """Cut the first turns of a conversation before the last."""


@dataclass(slots=True)
class Frames:
    """The chat frames of one tokenizer, made once for each sequence of roles."""

    tokenizer: Any
    made: dict[tuple[str, ...], list[str | int]] = field(default_factory=dict)

    @property
    def lead(self) -> list[int]:
        """The token at the very start, where the tokenizer wants one and no chat template writes it."""
        if self.tokenizer.chat_template:
            return []
        around = self.tokenizer("").input_ids
        begin = self.tokenizer.bos_token_id
        return [begin] if begin is not None and list(around[:1]) == [begin] else []

    @property
    def end(self) -> int:
        """The token after an answer: what the chat template ends a turn with, else the end of text.

        It is found by its place and never by comparing ids, because many tokenizers pad with it.

        Raises:
            ValueError: There is none.
        """
        if self.tokenizer.chat_template:
            after = self.frame(("user", "assistant"), prompting=False)[-1]
            ids = self.tokenizer(after, add_special_tokens=False).input_ids if isinstance(after, str) else []
            if ids and ids[0] in self.tokenizer.added_tokens_decoder:
                return int(ids[0])
        if self.tokenizer.eos_token_id is None:
            raise ValueError("the tokenizer has no end token, so that a model could never stop")
        return int(self.tokenizer.eos_token_id)

    def framed(self, example: Example) -> Framed:
        """The prompt of an example in its frame.

        Raises:
            DataError: The chat template refuses the turns.
        """
        if not example.prompt:
            return Framed("", (), (0, 0))
        if not self.tokenizer.chat_template:
            wording = (0, 0) if example.messages else (0, len(example.prompt))
            return Framed(example.prompt + "\n", example.spans, wording, example.messages is not None)
        turns = example.messages or (Message("user", example.prompt),)
        try:
            frame = self.frame(tuple(turn.role for turn in turns))
        except Exception as error:  # Jinja's errors, and whatever else a template may raise
            roles = ", ".join(turn.role for turn in turns)
            message = f"the tokenizer's chat template refuses the turns {roles}: {error}"
            raise DataError(Code.BAD_ROW, example.place, message) from None
        text, contents = "", []
        for piece in frame:
            if isinstance(piece, int):
                contents.append((len(text), len(text) + len(turns[piece].content)))
                piece = turns[piece].content
            text += piece
        if example.messages:
            return Framed(text, tuple(contents), (0, 0), oldest_first=True)
        start = contents[0][0]
        return Framed(text, tuple((a + start, b + start) for a, b in example.spans), contents[0])

    def frame(self, roles: tuple[str, ...], *, prompting: bool = True) -> list[str | int]:
        """The text of the chat template for these roles, with the number of a turn where its content stands.

        Raises:
            ValueError: The template leaves a turn out, or writes it twice.
        """
        if prompting and roles in self.made:
            return self.made[roles]
        turns = [{"role": role, "content": _MARK.format(i)} for i, role in enumerate(roles)]
        text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=prompting)
        halves = re.split(_MARK.format(r"(\d+)"), text)
        pieces: list[str | int] = [int(p) if i % 2 else p for i, p in enumerate(halves)]
        if sorted(p for p in pieces if isinstance(p, int)) != list(range(len(roles))):
            raise ValueError("it does not write each turn once")
        if prompting:
            self.made[roles] = pieces
        return pieces


def _kept(prompt: Any, text: Framed, room: int) -> Sequence[int] | None:
    """Which of the prompt's tokens fit into `room`, or None if they cannot be made to."""
    if len(prompt.ids) <= room:
        return range(len(prompt.ids))
    return kept_tokens(prompt.offsets, text.values, text.wording, room, oldest_first=text.oldest_first)


def _limits(prompt: Any, text: Framed, kept: Sequence[int], lead: int, tail: int) -> list[int]:
    """The limits of a row's tokens; a text without a prompt goes from its end, but for one token to learn."""
    if not text.text:
        return [i + 1 if i > max(1, lead) else 0 for i in range(lead + tail)]
    limits = least_limits(
        prompt.offsets, text.values, text.wording, around=lead + tail, oldest_first=text.oldest_first
    )
    return [*[0] * lead, *(limits[i] for i in kept), *[0] * tail]


def _too_long(example: Example, answer: int, max_tokens: int) -> DataError:
    return DataError(
        Code.TOO_LONG,
        example.place,
        f"the answer of {answer} tokens and its prompt's frame exceed `max_tokens = {max_tokens}`",
        "raise `max_tokens`, or shorten the answer: it is never cut",
    )
