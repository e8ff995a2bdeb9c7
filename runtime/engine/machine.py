"""What the machine offers, resolved once per run and the same for every arm.

Looks at files only: a finished experiment is recognised without importing torch.
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from currc.compiler.plan import Plan

VERSIONED = ("torch", "transformers", "peft", "tokenizers", "numpy")
"""Packages whose version can change a result; they stand in every node's key."""


def machine(plan: Plan) -> dict[str, Any]:
    """Threads, device, precision, packing and versions, as they stand in every node's key.

    `auto` becomes: `bf16` where the processor multiplies bf16 itself (avx512_bf16 or
    AMX) or a GPU is used, else `fp32`; one thread a trial on a CPU. Arms that ask for a
    precision by name keep it: it stands in their own model.
    """
    device = "cuda" if _gpu() else "cpu"
    return {
        "device": device,
        "threads": 1,
        "precision": "bf16" if device == "cuda" or _multiplies_bf16() else "fp32",
        "processor": platform.machine() if device == "cpu" else "cuda",
        "packing": _resolved(plan, "packing"),
        "compile": _resolved(plan, "compile"),
        "versions": {name: found for name in VERSIONED if (found := _version(name))},
    }


def _resolved(plan: Plan, attribute: str) -> str:
    """`on` where any arm asks for it, `off` where any forbids it, else `auto`: one answer for all arms."""
    asked = {getattr(arm.train, attribute) for arm in plan.arms}
    return "off" if "off" in asked else "on" if "on" in asked else "auto"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _gpu() -> bool:
    """Whether torch was built for CUDA and a card is there that the user has not hidden."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return False
    return "+cpu" not in (_version("torch") or "+cpu") and Path("/proc/driver/nvidia/version").exists()


def _multiplies_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
