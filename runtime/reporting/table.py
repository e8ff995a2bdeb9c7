"""The comparison table and the lines under it, for any width, with or without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from currc.runtime.judging.results import ArmResult, Difference, MetricScores, Rule, Verdict
from currc.runtime.reporting.grid import Column, Grid, cells, chunks, fits, grid, in_ascii, names_of
from currc.runtime.reporting.lines import lines
from currc.runtime.reporting.numbers import NONE, aligned, change, p_value, score
from currc.runtime.reporting.totals import totals
from currc.runtime.reporting.transfer import transfers

STYLES = {"better": "bold green", "worse": "red", "diverged": "red", "missing": "yellow", "control": "bold"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table of all arms and the lines under it; the content of a run's last screen.

    Where the width does not take all columns, the tasks' values go to tables of their
    own below; a number is never cut.
    """

    verdict: Verdict

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plain = options.ascii_only
        for table in tables(self.verdict, options.max_width, plain):
            yield table
            yield Text()
        for line in lines(self.verdict):
            yield in_ascii(line) if plain else line


def render(verdict: Verdict, width: int) -> str:
    """The table and the lines as plain text of at most `width` columns, without trailing spaces."""
    page = StringIO()
    console = Console(file=page, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(Comparison(verdict))
    return "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())


def tables(verdict: Verdict, width: int, plain: bool = False) -> list[RenderableType]:
    """The comparison, then what arms drew where they differ, then what tasks do to each other."""
    return [
        grid(names, columns, plain)
        for part in (_comparison, totals, transfers)
        for names, columns in part(verdict, width)
    ]


def _comparison(verdict: Verdict, width: int) -> list[Grid]:
    """One table if all columns fit into `width`, else the summary first and the tasks' values below."""
    arms = verdict.listed()
    tasks = task_columns(verdict, arms)
    judged = summary(verdict, verdict.rule, arms) if verdict.rule else []
    whole = [*tasks, *judged[repeated(verdict) :]]
    for names in (names_of(arms, fold=False), names_of(arms, fold=True)):
        if fits(whole, names, width):
            return [(names, whole)]
        if judged and fits(judged, names, width):
            break
    return [*chunks(judged, names, width), *chunks(tasks[repeated(verdict) :], names, width)]


def repeated(verdict: Verdict) -> int:
    """1 where the objective is one metric, which then needs one column and not two; else 0."""
    return int(verdict.rule is not None and _is_own(verdict.rule))


def _is_own(rule: Rule) -> bool:
    return len(rule.parts) == 1 and rule.higher_is_better


def task_columns(
    verdict: Verdict, arms: Sequence[ArmResult], shown: Sequence[tuple[str, str]] | None = None
) -> list[Column]:
    """The metrics asked for, by task and word.

    If none are: each task's own metric and the metrics of the objective; a lone objective comes first.
    """
    return [_task_column(task, metric, arms) for task, metric in shown or _shown(verdict)]


def _shown(verdict: Verdict) -> list[tuple[str, str]]:
    parts = verdict.rule.parts if verdict.rule else ()
    shown = [*verdict.tasks, *(part for part in parts if part not in verdict.tasks)]
    if verdict.rule and _is_own(verdict.rule):
        shown = [*parts, *(part for part in shown if part not in parts)]
    return shown


def _task_column(task: str, metric: str, arms: Sequence[ArmResult]) -> Column:
    found = [_of(arm, task, metric) for arm in arms]
    known = next((one for one in found if one is not None), None)
    head = metric if known is None else known.title + ("" if known.higher_is_better else " ↓")
    texts = [NONE if one is None else score(one.mean, one.range) for one in found]
    return Column(f"{task}\n{head}", cells(texts), "right")


def _of(arm: ArmResult, task: str, metric: str) -> MetricScores | None:
    return next((one for one in arm.scores if (one.task, one.metric) == (task, metric)), None)


def summary(verdict: Verdict, rule: Rule, arms: Sequence[ArmResult]) -> list[Column]:
    """Objective, difference, interval, corrected p and outcome of each arm."""
    found, tested = [arm.difference for arm in arms], f"p ({rule.correct_title})"
    return [
        _objective(verdict, rule, arms),
        Column("Δ control", cells(_or_none(found, lambda one: change(one.estimate, rule.range))), "right"),
        Column(
            f"{100 * (1 - rule.alpha):g}% interval\nunadjusted",
            cells(_or_none(found, lambda one: _span(one.low, one.high, rule))),
            "center",
        ),
        Column(tested, cells(aligned([_corrected(arm, rule) for arm in arms], len(tested)))),
        Column("verdict", tuple(_said(arm, rule) for arm in arms)),
    ]


def _or_none(found: Sequence[Difference | None], text: Callable[[Difference], str]) -> list[str]:
    return [NONE if one is None else text(one) for one in found]


def _corrected(arm: ArmResult, rule: Rule) -> str:
    """The p value of an arm in the family; control arms are described and not tested."""
    if arm.role == "control":
        return ""
    found = arm.difference
    return NONE if found is None or found.corrected is None else p_value(found.corrected, rule.alpha)


def _span(low: float | None, high: float | None, rule: Rule) -> str:
    if low is None or high is None:
        return "not measurable"
    return f"{change(low, rule.range)} .. {change(high, rule.range)}"


def _objective(verdict: Verdict, rule: Rule, arms: Sequence[ArmResult]) -> Column:
    if _is_own(rule):
        return _task_column(*rule.parts[0], arms)
    head = rule.objective.replace("_", " ") + ("" if rule.higher_is_better else "\nnegated")
    return Column(head, cells([score(arm.objective, rule.range) for arm in arms]), "right")


def _said(arm: ArmResult, rule: Rule) -> Text:
    """The last column: an outcome, or why there is none."""
    if arm.standing != "complete":
        seeds = arm.missing if arm.standing == "missing" else arm.diverged
        return Text(f"{arm.standing} ({len(seeds)} of {_planned(arm)})", STYLES[arm.standing])
    if arm.name == rule.control:
        return Text("control", STYLES["control"])
    if arm.role == "control":
        return Text("(control arm)", "dim")
    said = arm.outcome or NONE
    if any(guard.status == "violated" for guard in arm.protect):
        return Text(f"{said}, harms", STYLES["worse"])
    return Text(said, STYLES.get(said, ""))


def _planned(arm: ArmResult) -> int:
    return len(arm.seeds) + len(arm.diverged) + len(arm.missing)
