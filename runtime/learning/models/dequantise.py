"""A GGUF file as a trainable folder: done once, since it takes up to a minute, and kept."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

from currc.runtime.learning.models import ModelError, screen
from currc.runtime.learning.models.reading import quiet


def dequantised(gguf: Path, sha256: str, cache: Path) -> Path:
    """The folder below `cache` with the file's weights in float32 and its tokenizer.

    Whole or not there: it is built under another name and renamed. Of two processes
    one builds and the other waits; what a killed one left is removed by the next.

    Raises:
        ModelError: The package `gguf` is not installed.
    """
    goal = cache / f"{gguf.stem}-{sha256[:16]}"
    if (goal / screen.CONFIG).is_file():
        return goal
    if importlib.util.find_spec("gguf") is None:
        raise ModelError(
            "a GGUF model needs the package `gguf`, which is not installed",
            "pip install 'currc[gguf]'",
            missing=True,
        )
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / f".{goal.name}.lock"):
        if not (goal / screen.CONFIG).is_file():
            building = cache / f".{goal.name}.building"
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o700)
            try:
                convert(gguf, building)
                _sync(building)
                building.rename(goal)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return goal


def convert(gguf: Path, folder: Path) -> None:
    """Write a GGUF file's model and tokenizer into the existing `folder` as safetensors in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # The bar of the conversion is none of transformers' own, so its switch does not reach it.
    with quiet(), redirect_stderr(StringIO()):
        network = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, local_files_only=True)
        # The weights are plain float32 by now, but a network still marked as quantised refuses to be saved.
        network.hf_quantizer = None
        if hasattr(network.config, "quantization_config"):
            del network.config.quantization_config
        tokenizer.save_pretrained(folder)
        network.save_pretrained(folder)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sync(folder: Path) -> None:
    """Bring every file of a folder to the disk, then its entries."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
