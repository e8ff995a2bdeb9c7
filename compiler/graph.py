"""The work graph: what must be computed, each thing once, named by the hash of what it is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from currc.compiler.plan import digest


class Node:
    """One thing to compute; equal nodes give equal bytes, so they are computed once."""

    kind: str
    """What computes it, as `tokenize` or `train`: the name of an executor."""
    name: str
    """What people call it, as `easy · seed 3 · basics`; not part of the key."""
    parameters: Mapping[str, Any]
    """JSON values; everything the result depends on besides the inputs."""
    inputs: Mapping[str, str]
    """Key of another node by the role it plays here."""

    def __init__(
        self, kind: str, name: str, parameters: Mapping[str, Any], inputs: Mapping[str, str]
    ) -> None:
        self.kind, self.name, self.parameters, self.inputs = kind, name, parameters, inputs

    @cached_property
    def key(self) -> str:
        """SHA-256 over kind, parameters and the inputs' keys, 64 hexadecimal digits."""
        return digest({"kind": self.kind, "parameters": dict(self.parameters), "inputs": dict(self.inputs)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def as_json(self) -> dict[str, Any]:
        """The node as JSON values, as a request carries it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "parameters": dict(self.parameters),
            "inputs": dict(self.inputs),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Node:
        """The node that `as_json` wrote down."""
        return cls(value["kind"], value["name"], value["parameters"], value["inputs"])


class WorkGraph:
    """Nodes by key; every input of a node is a node of the graph."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> WorkGraph:
        """The graph of these nodes; of several with one key the first, and its name, is kept.

        Raises:
            ValueError: An input is the key of no node given.
        """
        by_key: dict[str, Node] = {}
        for node in nodes:
            by_key.setdefault(node.key, node)
        for node in by_key.values():
            for role, key in node.inputs.items():
                if key not in by_key:
                    raise ValueError(f"input `{role}` of `{node.name}` is no node of this graph: {key}")
        return cls(by_key)

    @cached_property
    def order(self) -> tuple[Node, ...]:
        """All nodes, inputs before what uses them; the same graph gives the same order."""
        edges = {key: tuple(dict.fromkeys(node.inputs.values())) for key, node in self.nodes.items()}
        return tuple(self.nodes[key] for key in TopologicalSorter(edges).static_order())

    @cached_property
    def consumers(self) -> Mapping[str, tuple[str, ...]]:
        """Keys of the nodes that use a node, by its key, in graph order."""
        found: dict[str, list[str]] = {key: [] for key in self.nodes}
        for node in self.order:
            for key in dict.fromkeys(node.inputs.values()):
                found[key].append(node.key)
        return {key: tuple(users) for key, users in found.items()}

    def needed(self, targets: Iterable[str], have: Callable[[str], bool]) -> tuple[Node, ...]:
        """The nodes to compute so that all targets exist, in an order that works.

        A node that exists hides everything that only it was made from.

        Raises:
            KeyError: A target is no node of the graph.
        """
        missing: set[str] = set()
        waiting = list(targets)
        seen: set[str] = set()
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            node = self.nodes[key]
            if not have(key):
                missing.add(key)
                waiting.extend(node.inputs.values())
        return tuple(node for node in self.order if node.key in missing)
