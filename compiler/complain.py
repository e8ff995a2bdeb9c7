"""Complaints that several passes make in the same words."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.source import Span
from currc.compiler.suggest import suggest

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    class Written(Protocol):
        """A name and where it stands."""

        @property
        def text(self) -> str:
            """The name."""

        @property
        def span(self) -> Span:
            """Its place."""

    class Declared(Protocol):
        """A block with a place to point at."""

        @property
        def address(self) -> str:
            """The block's root name."""

        @property
        def at(self) -> Span:
            """Where it is declared."""

        @property
        def kind(self) -> str:
            """Its kind."""


def unknown(
    code: Code,
    written: Written,
    candidates: Iterable[str],
    message: str,
    *,
    note: str = "",
    places: Mapping[str, Span] | None = None,
    help: str = "",
    address: str = "",
) -> Diagnostic:
    """A name that is not among the candidates, with the nearest of them.

    One nearest candidate gives a fix; a tie lists all and offers none; without any
    the help lists what there is, up to a dozen.
    """
    known = tuple(candidates)
    near = suggest(written.text, known)
    fix = None
    labels: tuple[Label, ...] = ()
    if len(near) == 1:
        fix = Fix(written.span, near[0], True, f"replace `{written.text}` with `{near[0]}`")
        help = f"did you mean `{near[0]}`?"
        if places and near[0] in places:
            labels = (Label(places[near[0]], "closest name"),)
    elif near:
        help = "did you mean " + any_of(near) + "?"
    elif not help and known:
        help = "there is " + listed(known)
    return Diagnostic(
        code, message, Label(written.span, note or "nothing has this name"), labels, help, fix, address
    )


def duplicate(again: Declared, first: Declared) -> Diagnostic:
    """A name, or a block that exists once, given a second time."""
    if again.address == again.kind == first.kind:
        return Diagnostic(
            Code.DUPLICATE_BLOCK,
            f"there are two `{again.kind}` blocks",
            Label(again.at, "a second one"),
            (Label(first.at, "the first one"),),
            help="put the attributes of both into one block",
        )
    return Diagnostic(
        Code.DUPLICATE_NAME,
        f"the name `{again.address}` is given twice",
        Label(again.at, f"given again, to {a(again.kind)}"),
        (Label(first.at, f"first given, to {a(first.kind)}"),),
    )


def a(kind: str) -> str:
    """A word with its article.

    >>> a("arm"), a("task")
    ('an arm', 'a task')
    """
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def listed(words: Iterable[str], most: int = 12) -> str:
    """Words in backticks with commas, the first `most` of them."""
    words = tuple(words)
    text = ", ".join(f"`{word}`" for word in words[:most])
    return text + (f" and {len(words) - most} more" if len(words) > most else "")


def any_of(words: Iterable[str]) -> str:
    """Words in backticks, the last after `or`."""
    shown = [f"`{word}`" for word in words]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
