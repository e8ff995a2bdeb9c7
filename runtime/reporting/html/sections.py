"""The parts of the page up to what the arms scored and drew, each with its heading."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from currc.runtime.judging.results import ArmResult, Difference, Rule, Verdict
from currc.runtime.reporting.grid import Column, cells, names_of
from currc.runtime.reporting.html.element import Element, element
from currc.runtime.reporting.html.interval import Scale
from currc.runtime.reporting.html.picture import picture
from currc.runtime.reporting.html.table import Drawn, of_grid, table
from currc.runtime.reporting.lines import decision, interference, why
from currc.runtime.reporting.numbers import NONE, change, p_value, score, signed
from currc.runtime.reporting.realised import mix_moved, window_closed
from currc.runtime.reporting.table import summary, task_columns
from currc.runtime.reporting.totals import drawn, totals
from currc.runtime.reporting.transfer import transferred, transfers

ALL = 1_000_000
"""As many columns as there are: the page is moved sideways, not cut into tables."""


def section(head: str, *content: Element | str | None) -> Element | None:
    """A heading and what is below it; `None` where there is nothing."""
    inside = [one for one in content if one is not None]
    return element("section", element("h2", head), *inside) if inside else None


def paragraph(text: str, kind: str | None = None) -> Element:
    """A paragraph."""
    return element("p", text, class_=kind)


def opening(verdict: Verdict, name: str) -> Element:
    """What to do, and why."""
    rule, said = verdict.rule, verdict.decision
    kept = f" {said.arm}" if said.arm is not None else ""
    return element(
        "section",
        element("h1", f"{name}: {said.verdict}{kept if rule is not None else ''}"),
        element(
            "div",
            element("p", element("strong", "Decision: "), decision(verdict)),
            element("p", element("strong", "Why: "), why(verdict, rule)) if rule else None,
            class_="verdict",
        ),
    )


def comparison(verdict: Verdict) -> Element | None:
    """Every arm against the control, with its interval drawn, and what is protected."""
    rule = verdict.rule
    if rule is None:
        return None
    arms = verdict.listed()
    found = [arm.difference for arm in arms]
    scale = Scale.over(found, rule.min_gain, rule.range)
    marks = Drawn(scale.axis(), tuple(scale.mark(arm.difference, _kind(arm)) for arm in arms))
    objective, gap, *rest = summary(verdict, rule, arms)
    return section(
        "Comparison",
        table(
            names_of(arms, fold=False),
            [objective, gap, marks, *rest],
            rows=[arm.role for arm in arms],
            caption=_reading(rule),
            cards=True,
        ),
        _protected(arms),
    )


def _reading(rule: Rule) -> str:
    level, dashed = (
        f"{100 * (1 - rule.alpha):g}%",
        f"; dashed: min_gain {rule.min_gain:g}" * bool(rule.min_gain),
    )
    return (
        f"Dots are differences to {rule.control}, lines their unadjusted {level} intervals; "
        f"right is better, hollow dots are control arms{dashed}."
    )


def _kind(arm: ArmResult) -> str:
    if arm.role == "control":
        return "described"
    return arm.outcome if arm.outcome in ("better", "worse") else ""


def _protected(arms: Sequence[ArmResult]) -> Element | None:
    guards = [(arm.name, guard) for arm in arms for guard in arm.protect]
    if not guards:
        return None
    rows = [
        (guard.metric, signed(guard.difference.estimate, 3), f"−{guard.loss:g}", guard.status)
        for _, guard in guards
    ]
    heads = ("protected", "Δ control", "may lose", "status")
    columns = [Column(head, cells(texts)) for head, texts in zip(heads, zip(*rows, strict=True), strict=True)]
    return table(Column("arm", cells([name for name, _ in guards])), columns, cards=True)


def by_task(verdict: Verdict) -> Element | None:
    """Each task's metrics by arm, with the worst and best seed."""
    arms = verdict.listed()
    known = dict.fromkeys((one.task, one.metric) for arm in arms for one in arm.scores)
    shown = list(dict.fromkeys([*verdict.tasks, *known]))
    columns = []
    for (task, metric), column in zip(shown, task_columns(verdict, arms, shown), strict=True):
        means = zip(arms, column.cells, strict=True)
        texts = [_spread(arm, task, metric, mean.plain) for arm, mean in means]
        columns.append(Column(column.head, cells(texts), "right"))
    caption = "Means over seeds on gold, with the lowest and the highest seed."
    names, rows = names_of(arms, fold=False), [arm.role for arm in arms]
    return section("Tasks", paragraph(caption, "soft"), table(names, columns, rows=rows))


def _spread(arm: ArmResult, task: str, metric: str, mean: str) -> str:
    """A mean, and between which values its seeds lie."""
    for one in arm.scores:
        if (one.task, one.metric) == (task, metric) and len(one.per_seed) > 1:
            return f"{mean} ({score(min(one.per_seed), one.range)}–{score(max(one.per_seed), one.range)})"
    return mean


def rows_drawn(verdict: Verdict) -> Element | None:
    """Rows of each task and the limit used, by arm where these differ."""
    told = drawn(verdict)
    if told is None:
        return None
    return section("Rows drawn", *map(of_grid, totals(verdict, ALL)), paragraph(told[:1].upper() + told[1:]))


def what_came_when(verdict: Verdict) -> Element | None:
    """A drawing of each arm whose mix or window moved; one line for the others."""
    known = [(arm, arm.stream) for arm in verdict.listed() if arm.stream is not None and arm.stream.shares]
    if not known:
        return None
    tasks = list(dict.fromkeys(task for _, stream in known for task in stream.shares))
    pictures, still = [], []
    for arm, stream in known:
        window = window_closed(stream)
        if window or mix_moved(arm, stream):
            pictures.append(picture(arm, stream, tasks, window=window))
        else:
            still.append(arm.name)
    rest = f"One mix, from all of the rows, all along: {', '.join(still)}." if still else None
    intro = (
        "Shares of each task in the rows drawn; numbers are those of the first and last fifth of the limit."
    )
    return section(
        "What came when",
        paragraph(intro, "soft") if pictures else None,
        *pictures,
        paragraph(rest) if rest else None,
    )


def stages(verdict: Verdict) -> Element | None:
    """When each stage of each trial ended, and why, with the numbers."""
    ends = [(arm.name, one) for arm in verdict.listed() for one in arm.stages]
    if not ends:
        return None
    rows = [(one.stage, str(one.seed), f"{one.at:.1%}", one.reason) for _, one in ends]
    heads = ("stage", "seed", "ended at, of the limit", "why")
    columns = [Column(head, cells(texts)) for head, texts in zip(heads, zip(*rows, strict=True), strict=True)]
    names = Column("arm", cells([name for name, _ in ends]))
    return section("Stages and promotions", table(names, columns, cards=True))


def between_tasks(verdict: Verdict) -> Element | None:
    """What tasks do to each other, as far as references were trained."""
    rule = verdict.rule
    if rule is None:
        return None
    told = interference(verdict.interference)
    grids = [of_grid(grid) for grid in transfers(verdict, ALL)]
    reading = transferred(verdict)
    return section(
        "Between tasks",
        paragraph("Interference: " + told),
        _interference(verdict, rule),
        *grids,
        paragraph("Transfer: " + reading) if reading else None,
    )


def _interference(verdict: Verdict, rule: Rule) -> Element | None:
    found = verdict.interference
    if not found or all(one.difference is None for one in found):
        return None
    alike = len({one.range for one in found}) == 1
    scale = Scale.over([one.difference for one in found], 0.0, found[0].range)
    kinds = {"harmed": "worse", "helped": "better", "not shown": ""}
    marks = Drawn(scale.axis(), tuple(scale.mark(one.difference, kinds[one.shown]) for one in found))
    columns: list[Column | Drawn] = [
        Column("metric", cells([one.metric for one in found])),
        Column("with the others", cells([_gap(one.difference, one.range) for one in found]), "right"),
        *([marks] if alike else []),
        Column("p (BH)", cells([_p(one.difference, rule.alpha) for one in found]), "right"),
        Column("", cells([one.shown for one in found])),
    ]
    caption = "The control against each task trained alone; right: better with the others."
    names = Column("task", tuple(Text(one.task) for one in found))
    return table(names, columns, caption=caption, cards=True)


def _gap(found: Difference | None, bounds: tuple[float, float] | None) -> str:
    return NONE if found is None else change(found.estimate, bounds)


def _p(found: Difference | None, alpha: float) -> str:
    return NONE if found is None or found.corrected is None else p_value(found.corrected, alpha)
