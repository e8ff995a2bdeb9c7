"""A change as a comment on a pull request: the verdict first, and never more than a comment holds.

Whatever a spec's author wrote stands in code spans, where Markdown reads no HTML, no mention
and no link; everything else is our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from currc.compiler.categories import MEANING, Category
from currc.compiler.difference import Item, Version
from currc.compiler.printable import printable
from currc.runtime.engine.effects import Effect
from currc.runtime.reporting import change
from currc.runtime.reporting.change import Report

MOST = 60_000
"""Characters; the hosts of pull requests take 65,536."""
MOST_OF_CHANGES = 40_000
MOST_OF_OTHERS = 5_000
"""Characters of each of the other parts."""
WIDEST = 300
"""Characters of one value."""


def markdown(report: Report) -> str:
    """The report in GitHub's Markdown, shorter than `MOST`."""
    found = report.difference
    parts = [
        f"### currc diff: **{found.category.word}**\n\n{_sentence(MEANING[found.category])}\n",
        f"{_version(found.after)}, before: {_version(found.before)}\n",
    ]
    if found.category != Category.COSMETIC:
        parts += [part for part in _parts(report) if part]
    return "\n".join(parts)


def _version(version: Version) -> str:
    return f"{code(version.name)} (plan `{version.plan.hash()[:8]}`)"


def _parts(report: Report) -> Iterator[str]:
    found = report.difference
    rows = [(_where(group.title), *_row(item)) for group in change.groups(found) for item in group.items]
    yield _table(("in", "category", "what", "change", "line"), rows, MOST_OF_CHANGES)
    arms = [(code(sign), code(what), code(place)) for sign, what, place in change.arms(found)]
    yield _table(("arms", "", "line"), arms, MOST_OF_OTHERS)
    yield _listed(map(_names_in_code, change.notes(found)))
    yield "**What it does to training**\n"
    who = [_where(change.label(one.arms, found.own())) for one in report.effects]
    numbers = [(arm, code(one.what), _numbers(one)) for arm, one in zip(who, report.effects, strict=True)]
    yield _table(("in", "what", "change"), numbers, MOST_OF_OTHERS)
    yield f"{code(change.unsaid(report))}\n"
    yield "**What it costs, if all of before is stored**\n"
    fates = [(fate, count, code(whose)) for fate, count, whose in change.fates(report.bill)]
    yield _table(("trials", "", "of"), fates, MOST_OF_OTHERS)
    yield _sentence(change.work(report)) + "\n"


def code(text: str) -> str:
    """A text as a code span, in a table's cell too; nothing where it is empty.

    The fence is longer than any run of backticks in the text, which thus cannot end it.
    A bar would end the cell, and with it the span, so another sign that looks like it stands there.
    """
    shown = printable(text).replace("|", "│")
    if not shown.strip():
        return ""
    if len(shown) > WIDEST:
        shown = shown[: WIDEST - 1] + "…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _where(title: str) -> str:
    """`every arm` in our words; named arms in code."""
    return title if title in ("the experiment", "every arm") else code(title)


def _row(item: Item) -> tuple[str, str, str, str]:
    return item.change.category.word, code(change.address(item)), _value(item), code(change.where(item))


def _value(item: Item) -> str:
    why = f"<br>{item.change.why}" if item.change.why else ""
    if change.is_text(item):
        before, after = change.differing(str(item.change.before), str(item.change.after or ""), WIDEST)
        return f"{code(before)}<br>→ {code(after)}{why}"
    return code(change.value(item)) + why


def _numbers(effect: Effect) -> str:
    return f"{effect.before} → **{effect.after}** {effect.of}".strip()


def _names_in_code(note: str) -> str:
    """A note whose names, in backticks already, come from specs; whatever else it holds is ours."""
    pieces = re.split(r"`([^`]*)`", note)
    return "".join(code(piece) if at % 2 else piece for at, piece in enumerate(pieces))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _listed(lines: Iterable[str]) -> str:
    text = "".join(f"- {line}\n" for line in lines)
    return text if len(text) <= MOST_OF_OTHERS else text[:MOST_OF_OTHERS].rsplit("\n", 1)[0] + "\n- …\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> str:
    """Rows as a table of at most so many characters; how many are left out stands below it."""
    if not rows:
        return ""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    length = 0
    for at, row in enumerate(rows):
        line = f"| {' | '.join(row)} |"
        length += len(line) + 1
        if length > most:
            lines.append(f"\n… and {len(rows) - at} more; `currc diff` lists them all.")
            break
        lines.append(line)
    return "\n".join(lines) + "\n"
