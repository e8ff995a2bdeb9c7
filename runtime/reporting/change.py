"""A change from one plan to another in words that every form of its report shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from currc.compiler.categories import MEANING, Category
from currc.compiler.difference import ArmItem, Difference, Item
from currc.compiler.printable import printable
from currc.compiler.source import Span
from currc.runtime.engine.effects import Effect
from currc.runtime.engine.redo import FATES, Bill, Redo
from currc.runtime.reporting.numbers import rough
from currc.runtime.reporting.values import changed, written

NEEDS_DATA = "epochs and rows need the data: add --data"


class Report(NamedTuple):
    """All that is known of a change."""

    difference: Difference
    effects: tuple[Effect, ...]
    bill: Bill
    data: str = NEEDS_DATA
    """Why no rows were counted; empty where they were."""
    tokens: float | None = None
    """Of a whole trial, where the budget or the data says so."""
    seconds: tuple[float, int] | None = None
    """What the training to do will take, and how many stored trials say so."""


class Group(NamedTuple):
    """Changes that stand in the same arms."""

    title: str
    items: tuple[Item, ...]


def verdict(difference: Difference) -> str:
    """The first line: the category and what it means."""
    category = difference.category
    return f"{category.word}: {MEANING[category]}"


def groups(difference: Difference) -> tuple[Group, ...]:
    """The changes of the experiment, then those of all arms, then of some.

    What changes in controls and references alone follows from the arms that they are made from.
    """
    own = difference.own()
    found: dict[tuple[str, ...], list[Item]] = {}
    for item in difference.items:
        arms = tuple(name for name in own if name in item.change.arms)
        if arms or not item.change.arms:
            found.setdefault(arms, []).append(item)
    order = sorted(found, key=lambda arms: (bool(arms), -len(arms), arms))
    return tuple(Group(_title(arms, own), tuple(found[arms])) for arms in order)


def _title(arms: Sequence[str], own: Sequence[str]) -> str:
    if not arms:
        return "the experiment"
    return label(arms, own)


def label(arms: Sequence[str], own: Sequence[str]) -> str:
    """Arms in words."""
    if len(arms) == len(own) > 1:
        return "every arm"
    return f"arm{'s' * (len(arms) > 1)} {', '.join(map(printable, arms))}"


def address(item: Item) -> str:
    """Where the change is, as the spec calls it."""
    shown = item.address
    if item.change.owner == "ArmPlan.tasks":
        shown = f"task {shown.removeprefix('tasks.')}"
    return printable(shown)


def value(item: Item) -> str:
    """Old and new value on one line."""
    change = item.change
    if change.owner == "ArmPlan.tasks":
        there = change.before if change.after is None else change.after
        return f"{'removed' if change.after is None else 'added'}: {written(change.owner, there)}"
    return changed(change.owner, change.before, change.after)


def is_text(item: Item) -> bool:
    """Whether old and new value are texts that are read best one below the other."""
    return isinstance(item.change.before, str) and item.change.owner in ("TaskPlan.prompt", "TaskPlan.target")


def differing(before: str, after: str, width: int) -> tuple[str, str]:
    """Two texts without most of what they have in common, if they are wider than `width`.

    >>> differing("What is the queue of this?", "What is the team of this?", 16)
    ('…the queue of t…', '…the team of th…')
    """
    if max(len(before), len(after)) <= width:
        return before, after
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    start = max(0, same - max(4, width // 4))
    shown = []
    for text in (before, after):
        head, rest = ("…" if start else ""), text[start:]
        room = width - len(head)
        shown.append(head + (rest if len(rest) <= room else rest[: room - 1] + "…"))
    return shown[0], shown[1]


def where(item: Item) -> str:
    """File and line of the new value and of the old one, as `desk.curr:92 → 97`."""
    return between(item.before_at, item.after_at)


def between(before: Span | None, after: Span | None) -> str:
    """Two places as one."""
    old, new = _place(before), _place(after)
    if new is None:
        return "" if old is None else f"was {old[0]}:{old[1]}"
    if old is None or old == new:
        return f"{new[0]}:{new[1]}"
    return f"{old[0]}:{old[1]} → {new[1]}" if old[0] == new[0] else f"{old[0]}:{old[1]} → {new[0]}:{new[1]}"


def _place(span: Span | None) -> tuple[str, int] | None:
    if span is None:
        return None
    return printable(PurePosixPath(span.source.name.rpartition(":")[2]).name), span.source.place(span.start)[
        0
    ]


def arms(difference: Difference) -> tuple[tuple[str, str, str], ...]:
    """Arms that came or went: a sign with the name, what it is, and where it stands."""
    found = []
    for added in (True, False):
        sign = "+" if added else "−"
        some = [one for one in difference.arms if one.added is added]
        for one in some:
            if one.arm.role == "arm":
                found.append((f"{sign} {printable(one.arm.name)}", _what(one), between(None, one.at)))
        for role, word in (("control", "control arm"), ("reference", "reference")):
            names = [printable(one.arm.name) for one in some if one.arm.role == role]
            if names:
                plural = f"{len(names)} {word}s" if len(names) > 1 else f"1 {word}"
                found.append((f"{sign} {plural}", ", ".join(names), ""))
    return tuple(found)


def _what(one: ArmItem) -> str:
    if one.arm.parent is None:
        return "a new arm" if one.added else "an arm less"
    factors = ", ".join(map(printable, one.arm.factors))
    return f"extends {printable(one.arm.parent)}" + (f", differs in {factors}" if factors else "")


def notes(difference: Difference) -> tuple[str, ...]:
    """What a reviewer should know beside the changes themselves."""
    found = [f"{one.kind} `{one.before}` is now `{one.after}`, as `moved` says" for one in difference.renamed]
    for doubt in difference.doubts:
        found.append(
            f"if `{doubt.after}` is the {doubt.kind} `{doubt.before}` under another name, add a `moved` block"
            f" with `from = {doubt.before}` and `to = {doubt.after}`: its stored work is kept then"
        )
    family = _family(difference)
    if family[0] != family[1] and all(family):
        arms = f"{family[1]} arm{'s' * (family[1] > 1)}"
        found.append(f"p values are corrected over {arms}, no longer over {family[0]}")
    return tuple(found)


def _family(difference: Difference) -> tuple[int, int]:
    """Arms whose p values are corrected together, before and after; 0 where none are."""
    before, after = (
        sum(arm.role == "arm" for arm in plan.arms) - 1
        if plan.decide is not None and plan.decide.correct.word != "none"
        else 0
        for plan in difference.sides
    )
    return before, after


def shortened(names: Iterable[str], most: int = 4) -> str:
    """Some names, and how many more there are."""
    every = tuple(map(printable, names))
    if len(every) <= most + 1:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def unsaid(report: Report) -> str:
    """What to say beside the numbers that move, or in their place; nothing where they say it all."""
    own = report.difference.own()
    trained = any(one.arm in own and one.fate in ("resumed", "retrained") for one in report.bill.redo)
    if report.difference.category < Category.LEARNING or not trained:
        return "" if report.effects else "nothing: every arm that stays learns as before"
    return report.data or ("" if report.effects else "nothing that can be told beforehand")


def fates(bill: Bill) -> tuple[tuple[str, str, str], ...]:
    """What becomes of the trials: the fate, how many they are, and whose."""
    found: list[tuple[str, str, str]] = []
    for fate in FATES:
        some = [one for one in bill.redo if one.fate == fate]
        if some:
            found.append((fate, _trials(bill.trials(fate)), shortened(_owners(some))))
    if bill.dropped:
        found.append(("dropped", _trials(bill.dropped), "of before, which nothing uses now"))
    return tuple(found)


def _trials(count: int) -> str:
    return f"{count} trial" if count == 1 else f"{count} trials"


def _owners(some: Sequence[Redo]) -> tuple[str, ...]:
    """The arms of some trials; references together, at the end."""
    names = dict.fromkeys(
        f"{one.arm} after {one.after} ({one.part:.0%} left)" if one.fate == "resumed" else one.arm
        for one in some
        if one.role != "reference"
    )
    rest = len({one.arm for one in some if one.role == "reference"})
    return (*names, *([f"{rest} reference{'s' * (rest > 1)}"] if rest else []))


def work(report: Report) -> str:
    """The training to do, in trials, tokens and time, as far as they are known."""
    bill = report.bill
    if bill.todo == 0:
        return "nothing to train"
    parts = [f"{_count(bill.todo)} of {_count(bill.whole)} trials' worth of training"]
    if report.tokens is not None:
        parts.append(f"{bill.todo * report.tokens:,.0f} tokens")
    if report.seconds is not None:
        took, of = report.seconds
        parts.append(f"about {rough(took)} one after another, as {of} stored trials took")
    return ", ".join(parts)


def _count(trials: float) -> str:
    return f"{trials:.0f}" if abs(trials - round(trials)) < 0.05 else f"{trials:.1f}"
