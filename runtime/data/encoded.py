"""What both forms of a model's input have in common: encoding in batches, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

BATCH = 1024
"""Texts that are encoded at once; bounds the memory of character offsets."""


@dataclass(slots=True)
class Encoded:
    """Token lists of some rows, with what their form adds to them."""

    ids: list[list[int]] = field(default_factory=list)
    truncated: int = 0
    """Rows whose prompt was cut."""
    answers: list[int] | None = None
    """Causal: position of the first answer token."""
    spans: list[tuple[int, int]] | None = None
    """Encoder, extract: first and last token of the answer."""
    tags: list[list[int]] | None = None
    """Encoder, tag: tag index or -100 for each token."""
    chars: list[list[tuple[int, int]]] | None = None
    """Encoder, extract and tag: characters of each token."""
    limits: list[list[int]] | None = None
    """The smallest limit on the row's length under which each token stays, 0 where it never goes."""


def encode(texts: Sequence[str], tokenizer: Any, *, special: bool) -> Iterator[Any]:
    """One `tokenizers.Encoding` a text, untruncated and unpadded.

    `special` adds the tokens that the tokenizer puts around a text, as `[CLS]` and `[SEP]`.

    Raises:
        ValueError: The tokenizer is not a fast one.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError("the tokenizer is not a fast one: the model's folder needs a `tokenizer.json`")
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()  # sentence-transformers folders carry a truncation to 128 and padding
    backend.no_padding()
    for start in range(0, len(texts), BATCH):
        yield from backend.encode_batch(list(texts[start : start + BATCH]), add_special_tokens=special)
