"""The base of a model: where its files are, what they are worth, and the network and tokenizer in them."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from currc.compiler.plan import ModelPlan, digest
from currc.runtime.learning.inits import Init
from currc.runtime.learning.models import ModelError, bundled, screen
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch.nn import Module

Known = dict[str, str]
"""SHA-256 of files already read, by path, size and time of change; the caller may keep it."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a base, on this machine."""

    called: str
    """The base as written in the spec."""
    folder: Path
    files: tuple[Path, ...]
    layers: int | None = None
    """Only so many first layers are meant."""
    package: bundled.Bundled | None = None

    @property
    def gguf(self) -> str | None:
        """The file to dequantise, where the weights are not safetensors."""
        return self.package.gguf if self.package else None


def locate(plan: ModelPlan, root: Path) -> Place:
    """The files of a plan's base: from an installed package, a folder below `root`, or the hub.

    Raises:
        ModelError: They are not there, lead outside `root`, or would run code.
    """
    if plan.base.startswith(bundled.PREFIX):
        model, layers = bundled.bundled(plan.base)
        folder = bundled.place(model)
        return Place(plan.base, folder, tuple(folder / name for name in sorted(model.files)), layers, model)
    folder = _hub(plan) if from_hub(plan) else _local(plan.base, root)
    return Place(plan.base, folder, tuple(screen.files(folder, plan.base)))


def from_hub(plan: ModelPlan) -> bool:
    """Whether the base is from a hub, and neither a folder nor a package."""
    return not plan.base.startswith((bundled.PREFIX, ".", "/", "~"))


def base_digest(plan: ModelPlan, root: Path, known: Known | None = None) -> str:
    """SHA-256 over the base's weights, config and tokenizer; imports neither torch nor numpy.

    A file whose path, size and time of change are in `known` is not read again; what
    is read is added to it.

    Raises:
        ModelError: As `locate`, or an installed package is not the tested one.
    """
    return _worth(locate(plan, root), known)


def load_tokenizer(plan: ModelPlan, root: Path, cache: Path, known: Known | None = None) -> Any:
    """The base's tokenizer, cut to the entries that `init` keeps; a fast one of transformers.

    Raises:
        ModelError: As `base_digest`, or the tokenizer cannot be read or cut.
    """
    place = locate(plan, root)
    _worth(place, known)
    return _tokenizer(_folder(place, cache), _init(plan))


def load_base(plan: ModelPlan, root: Path, cache: Path, known: Known | None = None) -> Base:
    """The base of a plan, ready to give networks; a GGUF file is dequantised once into `cache`.

    Raises:
        ModelError: As `base_digest`, or transformers cannot read the model.
    """
    place, init = locate(plan, root), _init(plan)
    _worth(place, known)
    folder = _folder(place, cache)
    config = init.shape(_config(folder, place))
    tokenizer = _tokenizer(folder, init)
    if init.entries is not None:
        config.vocab_size = min(config.vocab_size, init.entries)
    if len(tokenizer) > config.vocab_size:
        raise ModelError(f"the tokenizer of `{place.called}` has more entries than the model's embeddings")
    return Base(plan, folder, config, tokenizer, init)


@dataclass(slots=True)
class Base:
    """A model before training; every `network()` is a new one."""

    plan: ModelPlan
    folder: Path
    """Config, safetensors and tokenizer, complete."""
    config: Any
    """Transformers' config of the network, the cut to first layers and `init` applied."""
    tokenizer: Any
    init: Init
    ready: Module | None = None
    """A network loaded ahead, for the next call of `network`."""

    def preload(self) -> None:
        """Load the weights now: a forked trial then shares their memory until it changes them."""
        if not self.init.fresh and self.ready is None:
            self.ready = self._loaded()

    def network(self, seed: int) -> Module:
        """The trunk in float32, in memory of its own; fresh weights depend on the seed alone.

        Raises:
            ModelError: The files lack weights that the architecture needs.
        """
        from currc.runtime.learning.models.reading import fresh

        if self.init.fresh:
            return fresh(self.config, self.plan.kind, seed)
        network, self.ready = self.ready or self._loaded(), None
        return network

    def _loaded(self) -> Module:
        from currc.runtime.learning.models.reading import pretrained

        return pretrained(self.folder, self.config, self.plan.kind, self.plan.base)


def _init(plan: ModelPlan) -> Init:
    found = Vocabulary().component("init", plan.init.word).model_validate(plan.init.parameters)
    if not isinstance(found, Init):
        raise TypeError(f"{plan.init.word} is no init")
    return found


def _local(base: str, root: Path) -> Path:
    folder, top = (root / base).resolve(), root.resolve()
    if not folder.is_relative_to(top):
        raise ModelError(
            f"the model `{base}` lies outside the spec's folder", "copy or link it below the spec"
        )
    if not folder.is_dir():
        raise ModelError(f"there is no model folder `{base}`", "a path is relative to the spec's folder")
    for path in folder.iterdir():
        if not path.resolve().is_relative_to(top):
            raise ModelError(f"`{path.name}` of the model `{base}` leads outside the spec's folder")
    return folder


def _hub(plan: ModelPlan) -> Path:
    """The snapshot of a hub model; `HF_HOME`, `HF_HUB_OFFLINE` and `HF_TOKEN` mean what they mean there."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    if not _HUB_ID.fullmatch(plan.base):
        raise ModelError(
            f"`{plan.base}` is neither a hub id, a folder nor a bundled model",
            "write `org/name`, `./folder` or `bundled:NAME`",
        )
    wanted = [screen.WEIGHTS, "model-*.safetensors", screen.INDEX, screen.CONFIG]
    wanted += [*screen.TOKENIZERS, *screen.SETTINGS]
    try:
        return Path(snapshot_download(plan.base, revision=plan.revision, allow_patterns=wanted))
    except HFValidationError as error:
        raise ModelError(f"`{plan.base}` is not a hub id", "write it as `org/name`") from error
    except (LocalEntryNotFoundError, OSError) as error:
        offline = "`HF_HUB_OFFLINE` is set and " if constants.HF_HUB_OFFLINE else ""
        at = f" at revision `{plan.revision}`" if plan.revision else ""
        raise ModelError(
            f"{offline}the model `{plan.base}`{at} is neither in the local cache nor to be had from the hub"
            f" ({type(error).__name__})",
            f"fetch it where there is a network: hf download {plan.base}"
            + (f" --revision {plan.revision}" if plan.revision else ""),
            missing=True,
        ) from error


def file_hashes(place: Place) -> dict[str, str]:
    """SHA-256 of each file of a base, by its name."""
    return {path.name: _sha256(path, {}) for path in place.files}


def _worth(place: Place, known: Known | None) -> str:
    """The digest of a place's files; those of a package must be the tested ones."""
    known = {} if known is None else known
    found = {path.name: _sha256(path, known) for path in place.files}
    if place.package:
        for name, expected in place.package.files.items():
            if found[name] != expected:
                raise ModelError(
                    f"`{name}` of the installed package `{place.package.requirement}` is not the tested file"
                    f" (SHA-256 {found[name][:12]}…, expected {expected[:12]}…)",
                    f"{place.package.install} --force-reinstall",
                    missing=True,
                )
    return digest({"files": found, "layers": place.layers})


def _sha256(path: Path, known: Known) -> str:
    stat = path.stat()
    mark = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
    if mark not in known:
        with path.open("rb") as file:
            known[mark] = hashlib.file_digest(file, "sha256").hexdigest()
    return known[mark]


def _folder(place: Place, cache: Path) -> Path:
    """The folder to load from: the place itself, or its dequantised copy."""
    if place.gguf is None or place.package is None:
        return place.folder
    from currc.runtime.learning.models.dequantise import dequantised

    return dequantised(place.folder / place.gguf, place.package.files[place.gguf], cache)


def _config(folder: Path, place: Place) -> Any:
    from currc.runtime.learning.models.reading import read_config

    found = read_config(folder, place.called)
    if place.layers is not None:
        if place.layers > found.num_hidden_layers:
            raise ModelError(
                f"`{place.called}` asks for {place.layers} of {found.num_hidden_layers} layers",
                f"leave `/{place.layers}` out for all",
            )
        found.num_hidden_layers = place.layers
        with suppress(AttributeError, TypeError):
            found.layer_types = found.layer_types[: place.layers]
    return found


def _tokenizer(folder: Path, init: Init) -> Any:
    from currc.runtime.learning.models.reading import read_tokenizer
    from currc.runtime.learning.models.vocabulary_cut import cut

    found = read_tokenizer(folder)
    return found if init.entries is None else cut(found, init.entries)
