"""A change as a terminal shows it: the verdict first, then what, where, its effect and its cost."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from currc.compiler.categories import Category
from currc.compiler.difference import Item, Version
from currc.compiler.printable import printable
from currc.runtime.reporting import change
from currc.runtime.reporting.change import Report
from currc.runtime.reporting.values import quoted

Line = tuple[tuple[str, str], ...]
"""Pieces of one line with the style of each; the caller knows what a style looks like."""

EDGE, GAP = "  ", "  "
CATEGORIES = max(len(category.word) for category in Category)
INDENT = " " * (len(EDGE) + CATEGORIES + len(GAP))
"""Where addresses begin, and what stands below them."""
WIDEST_ADDRESS = 28


def lines(report: Report, width: int = 80) -> list[Line]:
    """The whole report, no line wider than `width` where words allow it."""
    found = report.difference
    page = [((change.verdict(found), found.category.word),), *_versions(found.after, found.before, width)]
    if found.category == Category.COSMETIC:
        return page
    for group in change.groups(found):
        page += [*_title(group.title), *_items(group.items, width)]
    if arms := change.arms(found):
        page += [*_title("arms"), *_columns(arms, width)]
    if notes := change.notes(found):
        page += [*_title("beside that"), *(line for note in notes for line in _wrapped(note, EDGE, width))]
    page += [*_title("what it does to training"), *_effects(report, width)]
    page += [
        *_title("what it costs, if all of before is stored"),
        *_columns(change.fates(report.bill), width),
    ]
    return [*page, *_wrapped(change.work(report), EDGE, width)]


def plain(page: Sequence[Line]) -> str:
    """The report without styles."""
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in page)


def _versions(after: Version, before: Version, width: int) -> Iterator[Line]:
    newer, older = (f"{printable(one.name)} (plan {one.plan.hash()[:8]})" for one in (after, before))
    yield from _wrapped(f"{newer}, before: {older}", "", width, "dim")


def _title(text: str) -> tuple[Line, Line]:
    return (), ((text, "title"),)


def _items(items: Sequence[Item], width: int) -> Iterator[Line]:
    column = min(WIDEST_ADDRESS, max(len(change.address(item)) for item in items))
    for item in items:
        yield from _item(item, column, width)


def _item(item: Item, column: int, width: int) -> Iterator[Line]:
    """Category, address and values; what it means and where it stands on the same line, or below."""
    category, address = item.change.category.word, f"{change.address(item):<{column}}"
    head: Line = ((EDGE, ""), (f"{category:<{CATEGORIES}}", category), (GAP, ""), (address, "strong"))
    shown, place = change.value(item), change.where(item)
    room = width - len(INDENT) - len(address) - len(GAP)
    below = " · ".join(part for part in (item.change.why, place) if part)
    if change.is_text(item) or len(shown) > room:
        yield head
        yield from _values(item, shown, width)
    elif place and below == place and len(shown) + len(GAP) + len(place) <= room:
        yield (*head, (f"{GAP}{shown}{' ' * (room - len(shown) - len(place))}", ""), (place, "dim"))
        return
    else:
        yield (*head, (f"{GAP}{shown}", ""))
    yield from _wrapped(below, INDENT, width, "dim")


def _values(item: Item, shown: str, width: int) -> Iterator[Line]:
    """Old and new value below each other, where one line cannot hold both."""
    if not change.is_text(item):
        yield from _wrapped(shown, INDENT, width)
        return
    before, after = (printable(quoted(str(text or ""))) for text in (item.change.before, item.change.after))
    before, after = change.differing(before, after, width - len(INDENT) - 2)
    yield ((INDENT, ""), (f"− {before}", "removed"))
    yield ((INDENT, ""), (f"+ {after}", "added"))


def _effects(report: Report, width: int) -> Iterator[Line]:
    """The numbers that the change moves, those of the same arms together."""
    own, last = report.difference.own(), ""
    rows: list[tuple[str, str, str]] = []
    for one in report.effects:
        who = change.label(one.arms, own)
        rows.append(("" if who == last else who, one.what, f"{one.before} → {one.after} {one.of}".rstrip()))
        last = who
    if rows:
        yield from _columns(rows, width)
    yield from _wrapped(change.unsaid(report), EDGE, width, "dim")


def _columns(rows: Sequence[Sequence[str]], width: int) -> Iterator[Line]:
    """Rows as three columns; what the last of a row cannot hold goes on below it."""
    full = [row for row in rows if row[2]]
    heads = [max(len(row[0]) for row in rows), max((len(row[1]) for row in full), default=0)]
    for first, second, third in rows:
        lead = f"{EDGE}{first:<{heads[0]}}{GAP}"
        body, rest = (f"{second:<{heads[1]}}{GAP}", third) if third else ("", second)
        texts = _filled(rest, "", max(20, width - len(lead) - len(body))) or [""]
        yield ((lead, "strong"), (body + texts[0], ""))
        yield from (((" " * len(lead + body) + text, ""),) for text in texts[1:])


def _wrapped(text: str, indent: str, width: int, style: str = "") -> Iterator[Line]:
    yield from (((line, style),) for line in _filled(text, indent, width))


def _filled(text: str, indent: str, width: int) -> list[str]:
    """A text in lines of at most `width`, each behind the indent; none for no text."""
    wrapper = textwrap.TextWrapper(
        width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)
