"""Circles in a graph of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def circles(uses: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The circles among names that use each other, each name in at most one of them.

    A circle starts at its name that comes first in `uses`; names outside `uses` are ignored.
    Runs without recursion, so that a long chain cannot exhaust the stack.
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in uses:
        if start not in done:
            found += _from(start, uses, done)
    return _apart(found, list(uses))


def _from(start: str, uses: Mapping[str, Sequence[str]], done: set[str]) -> list[list[str]]:
    found: list[list[str]] = []
    trail = {start: 0}
    stack = [(start, iter(uses[start]))]
    while stack:
        name, rest = stack[-1]
        for other in rest:
            if other in trail:
                found.append(list(trail)[trail[other] :])
            elif other in uses and other not in done:
                trail[other] = len(trail)
                stack.append((other, iter(uses[other])))
                break
        else:
            done.add(name)
            del trail[name]
            stack.pop()
    return found


def _apart(found: list[list[str]], order: list[str]) -> list[list[str]]:
    place = {name: index for index, name in enumerate(order)}
    taken: set[str] = set()
    apart = []
    for ring in found:
        if taken.isdisjoint(ring):
            first = min(range(len(ring)), key=lambda index: place[ring[index]])
            apart.append(ring[first:] + ring[:first])
        taken.update(ring)
    return apart
