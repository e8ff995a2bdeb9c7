"""What is refused of a model's files before anything is built from them.

A model folder is a stranger's data. Weights are safetensors and nothing else, since
the other formats run code when they are read; a config that would load code is
refused although it is never followed (reliability.md, T14 to T17).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from currc.runtime.learning.models import ModelError

HEADER_LIMIT = 100_000_000
"""Bytes of a safetensors header; no real one comes near."""
CONFIG_LIMIT = 64_000_000
"""Bytes of a JSON file of a model folder: the largest tokenizers have about 35 MB."""
WEIGHTS, INDEX, CONFIG = "model.safetensors", "model.safetensors.index.json", "config.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.txt", "vocab.json")
SETTINGS = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "chat_template.jinja",
    "generation_config.json",
)
UNSAFE = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")

_CODE_KEY = re.compile(r"_.*implementation.*")


def files(folder: Path, called: str) -> list[Path]:
    """The files of a model folder that decide what is trained: config, weights, tokenizer; sorted by name.

    `called` is the model's name in messages.

    Raises:
        ModelError: One of them is missing, broken, or would run code.
    """
    if not (folder / CONFIG).is_file():
        raise ModelError(f"the model `{called}` has no `{CONFIG}`", "is it a model folder?")
    config(folder, called)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelError(
            f"the model `{called}` has no tokenizer",
            "save it beside the model: `tokenizer.save_pretrained(folder)`",
        )
    settings = [folder / name for name in (*TOKENIZERS, *SETTINGS) if (folder / name).is_file()]
    for path in settings:
        if path.suffix == ".json":
            _screen(read_json(path), path.name)
    return sorted([folder / CONFIG, *weights(folder, called), *settings])


def config(folder: Path, called: str) -> dict[str, Any]:
    """A model's config as JSON.

    Raises:
        ModelError: It is no JSON object, would load code, or is of quantised weights.
    """
    found = read_json(folder / CONFIG)
    _screen(found, CONFIG)
    if "quantization_config" in found:
        raise ModelError(
            f"the weights in `{called}` are quantised and cannot be trained",
            "use the model's full-precision weights",
        )
    return found


def weights(folder: Path, called: str) -> list[Path]:
    """The safetensors files of a model folder, sorted, each with a sound header.

    Raises:
        ModelError: There are none, only formats that run code, or one is broken.
    """
    if (folder / INDEX).is_file():
        shards = read_json(folder / INDEX).get("weight_map", {})
        names = sorted(set(shards.values())) if isinstance(shards, dict) else []
        if not names or any(not isinstance(n, str) or Path(n).name != n for n in names):
            raise ModelError(f"`{INDEX}` in `{called}` names no files beside it")
    else:
        names = [WEIGHTS]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing and any(True for pattern in UNSAFE for _ in folder.glob(pattern)):
        raise ModelError(
            f"the weights in `{called}` are in a format that can run code when it is read",
            "convert them where you trust them: `model.save_pretrained(folder)` writes safetensors",
        )
    if missing:
        raise ModelError(f"the model `{called}` has no `{missing[0]}`", "only safetensors weights are read")
    paths = [folder / name for name in names]
    for path in paths:
        _sound(path)
    return paths


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of at most `CONFIG_LIMIT` bytes.

    Raises:
        ModelError: It is none.
    """
    if path.stat().st_size > CONFIG_LIMIT:
        raise ModelError(f"`{path.name}` is larger than {CONFIG_LIMIT:,} bytes")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"`{path.name}` of the model is not JSON") from error
    if not isinstance(found, dict):
        raise ModelError(f"`{path.name}` of the model is not a JSON object")
    return found


def _screen(value: Any, name: str) -> None:
    for key, inner in _entries(value):
        if key == "auto_map":
            raise ModelError(
                f"`{name}` asks to run the model's own Python code (`auto_map`)",
                "currc never runs it: choose a model of an architecture that transformers has",
            )
        # The one such key that transformers itself used to write, and a plain switch.
        if key == "_attn_implementation_autoset" and isinstance(inner, bool):
            continue
        if _CODE_KEY.fullmatch(key):
            raise ModelError(f"`{name}` has the key `{key}`, which can load code", "remove it from the file")


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    todo = [value]
    while todo:
        match todo.pop():
            case dict() as mapping:
                yield from mapping.items()
                todo += mapping.values()
            case list() as items:
                todo += items


def _sound(path: Path) -> None:
    """Compare a safetensors file's size with what its header declares."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(HEADER_LIMIT, size - 8):
            raise ModelError(f"`{path.name}` is not a safetensors file")
        try:
            header = json.loads(file.read(length))
            end = max((v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise ModelError(f"`{path.name}` is not a safetensors file") from error
    if end != size - 8 - length:
        raise ModelError(
            f"`{path.name}` has {size:,} bytes where its header declares {end + 8 + length:,}",
            "fetch the file again",
        )
