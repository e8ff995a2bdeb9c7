"""Whether the windows of a plan hold rows: by sizes alone, or by the percentiles of rows of several tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import Method, Window
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pools import Pool, ranks_between
from currc.runtime.data.rows import DataError
from currc.runtime.vocabulary import Vocabulary


def demand_rows(size: int, asked: Mapping[str, Any]) -> None:
    """Complain where a stage's window holds none of a task's rows.

    Args:
        size: The task's training rows.
        asked: The window as `share` writes it: `rows` (`train:TASK`), `arm`, `stage`, `order`, `window`.

    Raises:
        DataError: It holds none.
    """
    ordering = ordering_of(asked)
    low, high = asked["window"]["low"], asked["window"]["high"]
    first, last = ranks_between(size, *ordering.opens(low, high, 1.0))
    if last <= first:
        task = asked["rows"].removeprefix("train:").partition("@")[0]
        raise empty(
            task, asked["stage"], asked["arm"], low, high, f"which is none of its {size:,} training rows"
        )


def ordering_of(asked: Mapping[str, Any]) -> Ordering:
    """The `order` that a node of the work graph names."""
    ordering = Vocabulary().build("order", Method.model_validate(asked["order"]))
    if not isinstance(ordering, Ordering):
        raise TypeError(f"{asked['order']['word']} is no order")
    return ordering


def demand_levels(pool: Pool, window: Window, ordering: Ordering, stage: str, arm: str) -> None:
    """Complain where no row's percentile lies in a stage's window, as `within = all` may leave one.

    Raises:
        DataError: The window holds none of the pool's rows.
    """
    low, high = ordering.opens(window.low, window.high, 1.0)
    if pool.levels is not None and not ((pool.levels > low + 1e-12) & (pool.levels <= high + 1e-12)).any():
        part = f"{100 * pool.levels[0]:.3g}% .. {100 * pool.levels[-1]:.3g}%"
        why = f"whose {pool.size:,} rows lie at {part} of all rows"
        raise empty(pool.task, stage, arm, window.low, window.high, why)


def empty(task: str, stage: str, arm: str, low: float, high: float, why: str) -> DataError:
    """The complaint about a window without rows."""
    window = f"{100 * low:.4g}% .. {100 * high:.4g}%"
    message = f"stage `{stage}` of arm `{arm}` takes {window} of `{task}`, {why}"
    help = "widen `take`, add rows, or leave the task out of the stage by `tasks`"
    return DataError(Code.EMPTY_WINDOW, task, message, help)
