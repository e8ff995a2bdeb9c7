"""Tasks upon those that they require: how deep each lies, and when it enters at the latest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def depths(requires: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The length of the longest chain below each name, 0 for one that requires nothing.

    Names outside `requires` are ignored. Each link is looked at once.

    >>> depths({"a": [], "b": ["a"], "c": ["a", "b"]})
    {'a': 0, 'b': 1, 'c': 2}

    Raises:
        ValueError: Names require each other in a circle.
    """
    above: dict[str, list[str]] = {name: [] for name in requires}
    waits = dict.fromkeys(requires, 0)
    for name, needed in requires.items():
        for one in needed:
            if one in above:
                above[one].append(name)
                waits[name] += 1
    found = dict.fromkeys(requires, 0)
    ready = [name for name, count in waits.items() if count == 0]
    for name in ready:  # grows while it is walked
        for one in above[name]:
            found[one] = max(found[one], found[name] + 1)
            waits[one] -= 1
            if waits[one] == 0:
                ready.append(one)
    if len(ready) < len(requires):
        raise ValueError(f"{sorted(requires.keys() - ready)} require each other in a circle")
    return found


def latest(requires: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """The progress at which each task enters at the latest: d / (2 D) for depth d, at most D."""
    found = depths(requires)
    deepest = max(found.values(), default=0)
    return {task: depth / (2 * max(1, deepest)) for task, depth in found.items()}
