"""`crossed`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from currc.runtime.judging.tests import Comparison, Paired, Test, required, undecidable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Crossed(Test):
    """Seeds and gold rows as crossed random effects: the answer holds for new seeds and new rows.

    Every seed and arm scores the same rows, so the paired differences d[seed, row] carry a
    part of the seed, a part of the row and a rest. Two-way random-effects analysis of
    variance of S seeds by N rows:

        SE^2 = (MS_seed + MS_row - MS_rest) / (S N), at least MS_rest / (S N)
        df = V^2 / (MS_seed^2 / (S-1) + MS_row^2 / (N-1) + MS_rest^2 / ((S-1) (N-1)))

    with V the floored numerator, and Student's t with df degrees of freedom. Over
    several tasks the seed part is taken from the combined score of each seed, the row
    part from each task, weighted as the metric weighs the tasks:

        SE^2 = s_seed^2 / S + sum_k w_k^2 (MS_row,k - MS_rest,k) / (S N_k),
        at least sum_k w_k^2 MS_rest,k / (S N_k)

    Tasks that share source rows are first added up per source row. With one seed, or
    one row, the doubt cannot be measured and nothing is decided.

    Source: the crossed two-way random model (Searle, Casella and McCulloch 1992, chapter 4);
    degrees of freedom by Satterthwaite 1946. Ours: the floor, and the sum over tasks.
    """

    def compare(self, parts: Sequence[Paired], alpha: float) -> Comparison:
        """The weighted sum of the tasks' mean differences, with its interval of level 1 - alpha."""
        seeds = required(parts)[0].values.shape[0]
        groups = by_source_row(parts)
        estimate = float(sum(part.weight * part.values.mean() for part in parts))
        if seeds < 2 or any(len(group.values[0]) < 2 for group in groups):
            return undecidable(estimate)
        found = analyse([(group.weight, group.values) for group in groups])
        return _comparison(estimate, float(found.variance), float(found.df), alpha)

    def seeds_needed(self, alpha: float, family: int) -> int:
        """Two: with one seed the seeds' part of the doubt cannot be measured."""
        return 2


class Analysis(NamedTuple):
    """An estimate, its variance and the degrees of freedom of that variance, float64 [...]."""

    estimate: Array
    variance: Array
    df: Array


class MeanSquares(NamedTuple):
    """The three mean squares of a two-way table without repeats, float64 [...]."""

    seed: Array
    row: Array
    rest: Array


def mean_squares(d: Array) -> MeanSquares:
    """Mean squares of seeds, rows and rest of float64 [..., S, N] with S, N >= 2."""
    seeds, rows = d.shape[-2:]
    centred = d - d.mean(axis=(-2, -1), keepdims=True)
    of_seed = centred.mean(axis=-1, keepdims=True)
    of_row = centred.mean(axis=-2, keepdims=True)
    rest = centred - of_seed - of_row
    return MeanSquares(
        rows * (of_seed**2).sum(axis=(-2, -1)) / (seeds - 1),
        seeds * (of_row**2).sum(axis=(-2, -1)) / (rows - 1),
        (rest**2).sum(axis=(-2, -1)) / ((seeds - 1) * (rows - 1)),
    )


def analyse(groups: Sequence[tuple[float, Array]]) -> Analysis:
    """Estimate, variance and degrees of freedom of sum_k w_k mean(d_k).

    Args:
        groups: Weight and differences float64 [..., S, N_k] of groups that share no
            row; the leading axes are independent experiments.
    """
    import numpy as np

    seeds = groups[0][1].shape[-2]
    per_seed = np.sum([weight * d.mean(axis=-1) for weight, d in groups], axis=0)
    from_seeds = np.var(per_seed, axis=-1, ddof=1) / seeds
    variance, floor = from_seeds, np.zeros_like(from_seeds)
    doubt = from_seeds**2 / (seeds - 1)
    for weight, d in groups:
        rows, squares = d.shape[-1], mean_squares(d)
        scale = weight**2 / (seeds * rows)
        variance = variance + scale * (squares.row - squares.rest)
        floor = floor + scale * squares.rest
        doubt = doubt + (scale * squares.row) ** 2 / (rows - 1)
        doubt = doubt + (scale * squares.rest) ** 2 / ((seeds - 1) * (rows - 1))
    variance = np.maximum(variance, floor)
    df = np.divide(variance**2, doubt, out=np.full_like(variance, seeds - 1), where=doubt > 0)
    return Analysis(np.mean(per_seed, axis=-1), variance, df)


def by_source_row(parts: Sequence[Paired]) -> list[Paired]:
    """The parts, with those that share source rows added up per row to one part of weight 1.

    A task of N_k examples adds, to each of the N rows of its group,

        w_k (mean_k + N / N_k * sum over the row's examples of (d_k - mean_k))

    so that the mean over the group's rows is sum_k w_k mean_k for every seed, and a
    row that a task lacks counts as that task's mean.
    """
    return [_added_up(group) for group in _sharing(parts)]


def _sharing(parts: Sequence[Paired]) -> list[list[Paired]]:
    """The parts in groups that share no source row with each other, in order of appearance."""
    groups: list[tuple[set[str], list[Paired]]] = []
    for part in parts:
        keys, members = set(part.rows), [part]
        for other in [group for group in groups if group[0] & keys]:
            groups.remove(other)
            keys, members = keys | other[0], other[1] + members
        groups.append((keys, members))
    return [members for _, members in groups]


def _added_up(group: list[Paired]) -> Paired:
    import numpy as np

    rows = tuple(dict.fromkeys(key for part in group for key in part.rows))
    if len(group) == 1 and len(rows) == len(group[0].rows):
        return group[0]
    place = {key: i for i, key in enumerate(rows)}
    total = np.zeros((len(rows), len(group[0].values)))
    for part in group:
        mean = part.values.mean()
        share = part.weight * len(rows) / len(part.rows)
        np.add.at(total, [place[key] for key in part.rows], share * (part.values - mean).T)
        total += part.weight * mean
    return Paired("+".join(part.task for part in group), 1.0, rows, total.T)


def _comparison(estimate: float, variance: float, df: float, alpha: float) -> Comparison:
    from scipy.special import stdtr, stdtrit

    se = variance**0.5
    if se == 0.0:  # the same difference in every seed and row: no doubt, or no difference at all
        return Comparison(estimate, estimate, estimate, float(estimate == 0.0), se, df)
    reach = float(stdtrit(df, 1 - alpha / 2)) * se
    p = 2 * float(stdtr(df, -abs(estimate) / se))
    return Comparison(estimate, estimate - reach, estimate + reach, min(1.0, p), se, df)
