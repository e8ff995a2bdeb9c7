"""The stream of one arm as a drawing: the mix as stacked areas, and beneath it which rows were open."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from currc.runtime.judging.results import ArmResult, StageEnd, Stream
from currc.runtime.reporting.html.element import Element, element
from currc.runtime.reporting.html.style import TASKS

MIX, BAND, GAP = 130, 56, 10
"""Heights of the mix and of the window, and what lies between, in pixels."""
LABELLED = 0.14
"""Share of the draws from which on an area has room for its name."""


def picture(arm: ArmResult, stream: Stream, tasks: Sequence[str], *, window: bool) -> Element:
    """The drawing with its legend; `tasks` are those of the whole report, whose colours are theirs alone."""
    shown = [task for task in tasks if task in stream.shares]
    parts, height = len(stream.low), MIX + (GAP + BAND if window else 0)
    heaps = _heaps(stream, shown, parts)
    drawn = [
        _inner(0, MIX, parts, *(_area(task, heaps, at, tasks) for at, task in enumerate(shown))),
        *(_label(task, heaps, at, parts) for at, task in enumerate(shown)),
    ]
    if window:
        drawn += _window(stream, parts)
    drawn += [_stage(end, height) for end in _ends(arm.stages)]
    drawn += _axis(height)
    told = "shares of tasks in the rows drawn, from the first to the limit" + (
        ", and the window of difficulty" if window else ""
    )
    return element(
        "figure",
        element("figcaption", arm.name, element("span", *_note(arm, stream, window), class_="soft")),
        element("svg", *drawn, height=height + 22, role="img", aria_label=f"{arm.name}: {told}"),
        _legend(stream, shown, tasks),
    )


def _heaps(stream: Stream, shown: Sequence[str], parts: int) -> list[list[float]]:
    """How high the areas up to each task reach in each part; the first task lies on top."""
    heaps = [[0.0] * parts]
    for task in reversed(shown):
        heaps.append([low + share for low, share in zip(heaps[-1], stream.shares[task], strict=True)])
    return heaps[::-1]


def _inner(top: float, height: float, parts: int, *drawn: Element) -> Element:
    """Shapes over `parts` by 1, stretched to the width; they are drawn from the bottom up."""
    return element(
        "svg",
        element("rect", class_="frame", x=0, y=0, width=parts, height=1, vector_effect="non-scaling-stroke"),
        *drawn,
        y=top,
        height=height,
        width="100%",
        viewBox=f"0 0 {parts} 1",
        preserveAspectRatio="none",
    )


def _area(task: str, heaps: Sequence[Sequence[float]], at: int, tasks: Sequence[str]) -> Element:
    """The share of one task in steps, between the heap with it and the heap below it."""
    return element("path", class_=f"area {_colour(task, tasks)}", d=_steps(heaps[at], heaps[at + 1]))


def _steps(high: Sequence[float], low: Sequence[float]) -> str:
    """The outline of what lies between two stepped lines, each a level a part."""
    upper = [f"{x} {1 - level:.4f}" for at, level in enumerate(high) for x in (at, at + 1)]
    lower = [f"{x} {1 - level:.4f}" for at, level in enumerate(low) for x in (at, at + 1)]
    return "M" + "L".join([*upper, *reversed(lower)]) + "Z"


def _label(task: str, heaps: Sequence[Sequence[float]], at: int, parts: int) -> Element | None:
    """The name of a task in the middle of the longest stretch where its area has room; none without one."""
    tall = [high - low >= LABELLED for high, low in zip(heaps[at], heaps[at + 1], strict=True)]
    begin, end = _longest(tall)
    if end - begin < parts / 6:
        return None
    middle = (begin + end) // 2
    level = (heaps[at][middle] + heaps[at + 1][middle]) / 2
    name = task if len(task) <= 24 else f"{task[:21]}..."
    place = f"{100 * (begin + end) / 2 / parts:.1f}%"
    return element("text", name, class_="halo", x=place, y=MIX * (1 - level) + 4, text_anchor="middle")


def _longest(flags: Sequence[bool]) -> tuple[int, int]:
    """The longest run that is true, from its first place to behind its last."""
    best, begin = (0, 0), 0
    for at, flag in enumerate([*flags, False]):
        if not flag:
            best = max(best, (begin, at), key=lambda run: run[1] - run[0])
            begin = at + 1
    return best


def _window(stream: Stream, parts: int) -> list[Element]:
    top = MIX + GAP
    if stream.by is None:
        low, high = [0.0] * parts, [b - a for a, b in zip(stream.low, stream.high, strict=True)]
        names = [("share of rows open, by chance", top + 15)]
    else:
        low, high = list(stream.low), list(stream.high)
        names = [("hardest rows", top + 15), ("easiest rows", top + BAND - 6)]
    band = element("path", class_="band", d=_steps(high, low))
    return [
        _inner(top, BAND, parts, band),
        *(element("text", name, class_="halo", x=6, y=y) for name, y in names),
    ]


def _ends(stages: Sequence[StageEnd]) -> list[tuple[str, float]]:
    """Where each stage but the last ended, the mean over its trials."""
    names = list(dict.fromkeys(one.stage for one in stages))
    return [(name, fmean(one.at for one in stages if one.stage == name)) for name in names[:-1]]


def _stage(end: tuple[str, float], height: float) -> Element:
    at = f"{100 * min(1.0, end[1]):.2f}%"
    return element("line", class_="stage", x1=at, x2=at, y1=0, y2=height)


def _axis(height: float) -> list[Element]:
    places = (("0 %", "0%", "start"), ("of the limit", "50%", "middle"), ("100 %", "100%", "end"))
    return [
        element("text", name, class_="quiet", x=x, y=height + 17, text_anchor=anchor)
        for name, x, anchor in places
    ]


def _note(arm: ArmResult, stream: Stream, window: bool) -> tuple[str, ...]:
    told = []
    if ends := _ends(arm.stages):
        told.append("dotted: " + ", ".join(f"{name} ends" for name, _ in ends))
    if stream.sequence is not None:
        told.append(f"rows come one by one, in the sequence of {stream.sequence}")
    if window and stream.by is not None:
        told.append(f"below: the rows open, by {stream.by}")
    gap = max(stream.shares_apart, stream.window_apart if window else 0.0)
    if len(arm.seeds) > 1:
        told.append(f"mean of {len(arm.seeds)} seeds, up to {100 * gap:.0f} points apart")
    return (f" ({'; '.join(told)})",) if told else ()


def _legend(stream: Stream, shown: Sequence[str], tasks: Sequence[str]) -> Element:
    """Each task with its colour, and its share in the first and in the last fifth of the limit."""
    fifth = max(1, len(stream.low) // 5)
    items = []
    for task in shown:
        shares = stream.shares[task]
        first, last = fmean(shares[:fifth]), fmean(shares[-fifth:])
        swatch = element("span", class_=f"swatch {_colour(task, tasks)}")
        items.append(element("li", swatch, f"{task} {100 * first:.0f} → {100 * last:.0f} %"))
    return element("ul", *items, class_="legend")


def _colour(task: str, tasks: Sequence[str]) -> str:
    return f"t{tasks.index(task) % len(TASKS)}"
