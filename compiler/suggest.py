"""Did you mean: the closest of the names that could have been meant."""

from __future__ import annotations

from collections.abc import Iterable


def suggest(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates closest to `word`, in alphabetical order; empty where none is close.

    Close is a distance of at most 1 for up to 4 letters, 2 for up to 8, 3 above; letters'
    case costs nothing beside another spelling. More than one answer is a tie: list them,
    offer no fix.
    """
    most = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    best: list[str] = []
    for candidate in sorted(set(candidates) - {word}):
        near = distance(word.lower(), candidate.lower(), most)
        if near < most:
            most, best = near, []
        if near == most:
            best.append(candidate)
    return tuple(best)


def distance(a: str, b: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from `a` to `b`; `most + 1` if more.

    The restricted Damerau-Levenshtein distance: no part is edited twice.
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
