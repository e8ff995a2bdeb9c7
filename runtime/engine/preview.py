"""Scores that ask no model, worked out before a run, and the concerns that they give about pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic
from currc.compiler.plan import ArmPlan, DifficultyPlan, Segment
from currc.compiler.spec import Spec
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.curriculum.ngrams import Text
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.curriculum.pools import Pool
from currc.runtime.curriculum.ranking import Ranking, rankings
from currc.runtime.engine.nodes.score import complain
from currc.runtime.engine.outlook import Outlook
from currc.runtime.engine.said import about
from currc.runtime.engine.windows import demand_levels
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.data.prepare import PreparedTask

MOST_ROWS = 20_000
"""Rows of an arm beyond which scores are left to the run: `plan` is to answer within seconds."""
MOST_CLASSES = 4
"""Classes that a complaint names."""


def ranked(seen: Outlook, arm: ArmPlan) -> dict[str, Ranking] | None:
    """The training rows of an arm from easy to hard; `None` where only a run can tell.

    Tokens are those of the prompts, so that a row that will be cut may stand a little elsewhere in the run.

    Raises:
        DataError: A score is not finite, or the same for every row.
    """
    by = arm.schedule.by
    rows = {task: rows for task, rows in seen.of(arm).items() if arm.tasks[task].train is not None}
    if by is None or by.observers or not by.static or _many(rows) > MOST_ROWS:
        return None
    if arm.schedule.noise is not None:  # which rows are ranked is not known yet
        return None
    difficulty = Vocabulary().build("score", by.score)
    if not isinstance(difficulty, Difficulty):
        raise TypeError(f"{by.score.word} is no difficulty")
    together = [tuple(rows)] if by.within == "all" else [(task,) for task in rows]
    scores: dict[str, NDArray[np.float64]] = {}
    for tasks in together:
        some = [rows[task] for task in tasks]
        if "validation" in difficulty.demands() and not any(one.validation for one in some):
            return None
        scores |= _scored(difficulty, by, tasks, some, seen.tokenizer)
    return rankings(scores, by.within, arm.train.seeds[0])


def _many(rows: Mapping[str, PreparedTask]) -> int:
    return sum(len(one.train) for one in rows.values())


def _scored(
    difficulty: Difficulty,
    by: DifficultyPlan,
    tasks: Sequence[str],
    rows: Sequence[PreparedTask],
    tokenizer: Path | None,
) -> dict[str, NDArray[np.float64]]:
    """The scores of some tasks' rows, which are ranked together."""
    train = [row for one in rows for row in one.train]
    text = _tokens([row.prompt for row in train], tokenizer)
    aim = _tokens([row.prompt for one in rows for row in one.validation], tokenizer)
    found = ScoreRows(
        keys=[row.key for row in train],
        places=[row.place for row in train],
        texts=[row.inputs for row in train],
        targets=[row.target for row in train],
        columns=[row.values for row in train],
        ids=text.ids,
        offsets=text.offsets,
        counts=np.bincount(text.ids) if len(text.ids) else np.zeros(0, np.int64),
        aim=aim,
    )
    scores = np.asarray(difficulty.score(found), np.float64)
    complain(scores, found, by, list(tasks))
    ends = list(accumulate((len(one.train) for one in rows), initial=0))
    return {task: scores[ends[i] : ends[i + 1]] for i, task in enumerate(tasks)}


def _tokens(texts: Sequence[str], file: Path | None) -> Text:
    """Token ids by the tokenizer in `file`; without one, a number for each word."""
    if file is None:
        known: dict[str, int] = {}
        parts = [[known.setdefault(word, len(known)) for word in text.split()] for text in texts]
    else:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        parts = [one.ids for one in tokenizer.encode_batch(list(texts))]
    ids = np.array([one for part in parts for one in part], np.int64)
    return Text(ids, np.array([0, *accumulate(map(len, parts))], np.int64))


def pools(spec: Spec, seen: Outlook) -> Iterator[Diagnostic]:
    """Stages that begin without rows of some class.

    Raises:
        DataError: A window holds no row of a task, or a score gives no order.
    """
    for name in spec.arms:
        arm = seen.plan.arm(name)
        ordering, pacing = order_and_pacing(arm)
        found = ranked(seen, arm) if ordering.ranks else None
        if found is None:
            continue
        for segment in arm.schedule.segments:
            for task in segment.tasks:
                pool = Pool.ranked(task, found[task])
                demand_levels(pool, segment.window, ordering, segment.stage, name)
                if arm.schedule.balance_by == "none" and arm.tasks[task].kind == "classify":
                    yield from _missing(spec, seen, arm, segment, pool, ordering, pacing)


def _missing(
    spec: Spec,
    seen: Outlook,
    arm: ArmPlan,
    segment: Segment,
    pool: Pool,
    ordering: Ordering,
    pacing: Pacing,
) -> Iterator[Diagnostic]:
    """A warning where the rows that are open at first are none of some class that the task trains."""
    rows = seen.of(arm)[pool.task].train
    opened, closed = (pacing.fraction(0.0), pacing.closed(0.0)) if ordering.paced else (1.0, 0.0)
    window = ordering.between(segment.window.low, segment.window.high, opened, closed)
    first = {rows[row].target for row in pool.rows(*window).tolist()}
    begin, end = pool.ranks(*window)
    missing = sorted({row.target for row in rows} - first)
    if not missing:
        return
    named = ", ".join(f"`{one}`" for one in missing[:MOST_CLASSES])
    more = f" and {len(missing) - MOST_CLASSES} more" if len(missing) > MOST_CLASSES else ""
    stage = f"stage `{segment.stage}` of arm" if len(arm.schedule.segments) > 1 else "arm"
    message = f"{stage} `{arm.name}` begins without rows of {named}{more} of `{pool.task}`"
    note = f"{end - begin:,} of {pool.size:,} rows are open at first, of {len(first)} classes"
    help = "write `balance_by = label`, which opens the same part of each class"
    schedule = str(spec.value("schedule", arm.name))
    detail = f"{arm.name}.{segment.stage}.{pool.task}"
    yield about(spec, f"{schedule}.order", schedule, Code.CLASS_MISSING, message, note, help, detail)


def few_rows(spec: Spec, seen: Outlook) -> Iterator[Diagnostic]:
    """Tasks with fewer training rows than a batch has."""
    for task in spec.of_kind("task"):
        arms = [arm for name in spec.arms if task in (arm := seen.plan.arm(name)).tasks]
        short = [
            (arm, size)
            for arm in arms
            if arm.tasks[task].train is not None and (size := len(seen.of(arm)[task].train)) < arm.train.batch
        ]
        if short:
            arm, size = min(short, key=lambda one: one[1])
            message = f"`{task}` has {size} training row{'s' * (size != 1)}, fewer than a batch"
            note = f"a batch of arm `{arm.name}` has {arm.train.batch}, and may hold the same row twice"
            help = "add rows, or write a smaller `batch`"
            yield about(spec, f"{task}.train", task, Code.FEW_ROWS, message, note, help)
