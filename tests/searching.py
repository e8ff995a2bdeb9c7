"""A desk to search at: two small tasks without gold, and nodes that are computed in this process."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from test_trials import SPEC as COMPARED
from test_trials import material

from currc.compiler.graph import Node, WorkGraph
from currc.runtime.engine.context import Context
from currc.runtime.engine.drive import Ended
from currc.runtime.engine.experiment import Experiment

SPEC = COMPARED[: COMPARED.index("decide {")]


def desk_in(folder: Path) -> Path:
    """A folder with a spec whose gold rows are gone: whatever reads them fails."""
    material(folder)
    (folder / "held.jsonl").unlink()
    (folder / "spec.curr").write_text(SPEC)
    return folder


def asked(spec: Path, **other: Any) -> argparse.Namespace:
    """The options of `currc search SPEC --method regmix --check 0`, and others."""
    plain: dict[str, Any] = {"spec": spec, "runs": spec.parent / "runs", "method": "regmix", "check": 0}
    plain |= {"workers": None, "json": False, "arm": None, "proxies": None, "steps": None, "seed": 0}
    return argparse.Namespace(**{**plain, **other})


@dataclass
class Here:
    """Computes nodes one after the other in this process instead of by workers."""

    names: list[str] = field(default_factory=list)
    """Of the nodes computed."""
    stop: Callable[[], bool] = lambda: False

    @classmethod
    def of(cls, patch: pytest.MonkeyPatch) -> Here:
        made = cls()

        def compute(
            experiment: Experiment, graph: WorkGraph, targets: list[str], *_: Any, **__: Any
        ) -> Ended:
            for key in targets:
                made.need(experiment, graph, key)
            return Ended(0, len(made.names), {})

        patch.setattr(Experiment, "compute", compute)
        return made

    def need(self, experiment: Experiment, graph: WorkGraph, key: str) -> Path:
        """The folder of a node; what it needs comes first."""
        if not experiment.store.has(key):
            node = graph.nodes[key]
            for inner in node.inputs.values():
                self.need(experiment, graph, inner)
            self.names.append(node.name)
            experiment.store.publish(key, lambda place: self._build(experiment, node, place))
        return experiment.store.open(key)

    def _build(self, experiment: Experiment, node: Node, place: Path) -> None:
        settings = {"root": str(experiment.root), "cache": str(experiment.runs / "models"), "known": {}}
        context = Context(
            node, experiment.store, place, {}, settings, lambda _: None, lambda: self.stop(), lambda: None
        )
        import_module(f"currc.runtime.engine.nodes.{node.kind}").run(node, context)
