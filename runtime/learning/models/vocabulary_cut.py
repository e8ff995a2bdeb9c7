"""A tokenizer with the first entries of another, for small models from scratch."""

from __future__ import annotations

import copy
import json
from typing import Any

from currc.runtime.learning.models import ModelError


def cut(tokenizer: Any, entries: int) -> Any:
    """A copy of a fast tokenizer that keeps the entries with an id below `entries`.

    A word whose entry is gone is cut into shorter pieces that are still there, or
    becomes the unknown token. For byte-pair encodings, whose entries stand in the order
    of their merges, this is the tokenizer that training would have given at that size.

    Raises:
        ModelError: A special token's id is not below `entries`, or the encoding is of another kind.
    """
    if entries >= len(tokenizer):
        return tokenizer
    lost = [
        token for token in tokenizer.all_special_tokens if tokenizer.convert_tokens_to_ids(token) >= entries
    ]
    if lost:
        number = tokenizer.convert_tokens_to_ids(lost[0])
        raise ModelError(f"the special token `{lost[0]}` is entry {number}", f"choose `vocab` above {number}")
    from tokenizers import Tokenizer

    found = copy.deepcopy(tokenizer)
    found._tokenizer = Tokenizer.from_str(
        json.dumps(_cut(json.loads(tokenizer.backend_tokenizer.to_str()), entries))
    )
    return found


def _cut(document: dict[str, Any], entries: int) -> dict[str, Any]:
    """The tokenizer's own JSON with the entries below a number."""
    model = document["model"]
    if model["type"] not in ("WordPiece", "BPE", "WordLevel"):
        raise ModelError(f"a vocabulary of type {model['type']} cannot be cut", "leave `vocab` out")
    model["vocab"] = {token: number for token, number in model["vocab"].items() if number < entries}
    if model["type"] == "BPE":
        pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]
        model["merges"] = [pair for pair in pairs if {*pair, "".join(pair)} <= model["vocab"].keys()]
    document["added_tokens"] = [token for token in document["added_tokens"] if token["id"] < entries]
    return document
