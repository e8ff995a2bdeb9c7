"""Networks, configs and tokenizers from a folder, by transformers: quiet, offline, without their code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from currc.compiler.plan import ModelKind
from currc.runtime.learning.models import ModelError

if TYPE_CHECKING:
    from torch.nn import Module


def read_config(folder: Path, called: str) -> Any:
    """Transformers' config of a model folder.

    Raises:
        ModelError: Transformers does not know the architecture.
    """
    from transformers import AutoConfig

    try:
        with quiet():
            return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError, TypeError) as error:
        raise ModelError(
            f"transformers cannot read the config of `{called}`",
            "is its `model_type` one that transformers has?",
        ) from error


def read_tokenizer(folder: Path) -> Any:
    """A folder's fast tokenizer.

    Raises:
        ModelError: It cannot be read, or there is no fast one.
    """
    from transformers import AutoTokenizer

    try:
        with quiet():
            found = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError, TypeError, ImportError) as error:
        raise ModelError(
            "transformers cannot read the model's tokenizer", "save it as `tokenizer.json`"
        ) from error
    if not found.is_fast:
        raise ModelError("the model's tokenizer is a slow one", "save it as `tokenizer.json`")
    return found


def fresh(config: Any, kind: ModelKind, seed: int) -> Module:
    """A network of random weights, which depend on the config and the seed alone."""
    with quiet(), drawn(seed, "init", "trunk"):
        network: Module = _auto(kind).from_config(config, dtype=torch.float32, trust_remote_code=False)
    return network


def pretrained(folder: Path, config: Any, kind: ModelKind, called: str) -> Module:
    """The network of a folder, in float32.

    Raises:
        ModelError: The weights do not belong to the architecture.
    """
    try:
        # A checkpoint may lack a pooler, which is then drawn and never used: the same every time.
        with quiet(), drawn(0, "init", "missing"):
            network, report = _auto(kind).from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except (ValueError, KeyError, OSError, RuntimeError) as error:
        raise ModelError(f"transformers cannot read the weights of `{called}`") from error
    if lacking := sorted(name for name in report["missing_keys"] if "pooler" not in name):
        raise ModelError(
            f"the weights of `{called}` lack `{lacking[0]}`"
            + (f" and {n} more" if (n := len(lacking) - 1) else ""),
            f"it is no {kind} model" if len(lacking) > 1 else "",
        )
    found: Module = network
    return found


@contextmanager
def drawn(seed: int, *names: str) -> Iterator[None]:
    """Torch's generator seeded by (seed, names) inside the block, and as it was after it."""
    number = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int.from_bytes(number[:8], "little") >> 1)
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Transformers' reports and progress bars off inside the block."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _auto(kind: ModelKind) -> Any:
    from transformers import AutoModel, AutoModelForCausalLM

    if kind == "seq2seq":
        raise ModelError("encoder-decoder models are not trained yet", "use `encoder` or `causal`")
    return AutoModel if kind == "encoder" else AutoModelForCausalLM
