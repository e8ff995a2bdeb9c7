"""What to compute next: pure bookkeeping over the work graph, no processes, no files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from currc.compiler.graph import Node, WorkGraph


class Schedule:
    """The nodes still to compute and in which order they are handed out.

    First what the gates need; then what serves most targets, as tokens that every
    arm reads; then what serves the earliest target, so the caller's order of targets
    decides whose trials come first.
    """

    def __init__(
        self,
        graph: WorkGraph,
        targets: Sequence[str],
        have: Callable[[str], bool],
        gates: Sequence[str] = (),
    ) -> None:
        """The schedule before anything has run.

        Args:
            graph: All nodes.
            targets: Keys of the nodes that are wanted, the most urgent first.
            have: Whether a node exists already.
            gates: Keys of nodes that must exist before anything starts that they do not need.
        """
        self.graph = graph
        self.targets = tuple(dict.fromkeys((*gates, *targets)))
        self.have = have
        self.gates = tuple(gates)
        self.needed = graph.needed(self.targets, have)
        self.waiting = {node.key: node for node in self.needed}
        self.running: set[str] = set()
        self.failed: set[str] = set()
        """Given up, and all that needed them."""
        self._behind_gates = {node.key for node in graph.needed(self.gates, lambda key: False)}
        self._place = {node.key: place for place, node in enumerate(graph.order)}
        self._serves = self._count_targets()

    @property
    def over(self) -> bool:
        """Whether nothing runs and nothing can start."""
        return not self.running and not self._ready()

    def reused(self) -> tuple[Node, ...]:
        """Nodes that exist and are wanted, by someone or by a node that will be computed."""
        wanted = dict.fromkeys(self.targets)
        for node in self.needed:
            wanted |= dict.fromkeys(node.inputs.values())
        return tuple(self.graph.nodes[key] for key in wanted if key not in self.waiting)

    def next_job(self) -> tuple[Node, ...]:
        """The most urgent nodes that one process can compute in a row; empty if none can start."""
        ready = self._ready()
        if not ready:
            return ()
        chain = [min(ready, key=self._urgency)]
        while follower := self._follower(chain):
            chain.append(follower)
        for node in chain:
            del self.waiting[node.key]
            self.running.add(node.key)
        return tuple(chain)

    def done(self, key: str) -> None:
        """A node has been computed."""
        self.running.discard(key)
        self.waiting.pop(key, None)

    def put_back(self, nodes: Iterable[Node]) -> None:
        """Nodes of a job that ended before they were computed."""
        for node in nodes:
            if node.key in self.running:
                self.running.discard(node.key)
                self.waiting[node.key] = node

    def lose(self, key: str) -> None:
        """A node thought to exist does not; it is computed again, with whatever that needs."""
        for node in self.graph.needed([key], self.have):
            if node.key not in self.running and node.key not in self.failed:
                self.waiting[node.key] = node

    def give_up(self, key: str) -> tuple[Node, ...]:
        """A node cannot be computed; returns the waiting nodes that therefore cannot either."""
        self.running.discard(key)
        self.waiting.pop(key, None)
        self.failed.add(key)
        blocked = []
        for node in self.graph.order:
            if node.key in self.waiting and self._hopeless(node):
                del self.waiting[node.key]
                self.failed.add(node.key)
                blocked.append(node)
        return tuple(blocked)

    def _hopeless(self, node: Node) -> bool:
        """Whether something it needs, or a gate before it, was given up."""
        before = () if node.key in self._behind_gates else self.gates
        return not self.failed.isdisjoint((*node.inputs.values(), *before))

    def _exists(self, key: str) -> bool:
        return key not in self.waiting and key not in self.running and key not in self.failed

    def _ready(self) -> list[Node]:
        closed = not all(map(self._exists, self.gates))
        return [
            node
            for node in self.waiting.values()
            if all(map(self._exists, node.inputs.values()))
            and not (closed and node.key not in self._behind_gates)
        ]

    def _follower(self, chain: Sequence[Node]) -> Node | None:
        """The one waiting node that uses the chain's end, if the rest of its inputs exist now."""
        last = chain[-1]
        users = [self.waiting[key] for key in self.graph.consumers[last.key] if key in self.waiting]
        if len(users) != 1:
            return None
        (user,) = users
        mine = {node.key for node in chain}
        closed = not all(map(self._exists, self.gates)) and user.key not in self._behind_gates
        able = all(key in mine or self._exists(key) for key in user.inputs.values())
        return user if able and not closed else None

    def _urgency(self, node: Node) -> tuple[bool, int, int, int]:
        count, first = self._serves[node.key]
        return (node.key not in self._behind_gates, -count, first, self._place[node.key])

    def _count_targets(self) -> dict[str, tuple[int, int]]:
        """How many targets each node serves, and the place of the first of them."""
        serves: dict[str, set[int]] = {node.key: set() for node in self.graph.order}
        for place, key in enumerate(self.targets):
            serves[key].add(place)
        for node in reversed(self.graph.order):
            for key in node.inputs.values():
                serves[key] |= serves[node.key]
        last = len(self.targets)
        return {key: (len(places), min(places, default=last)) for key, places in serves.items()}
