"""The first statement: `edition 2026`."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Fix, Label
from currc.compiler.source import Span
from currc.compiler.suggest import suggest
from currc.compiler.syntax import File
from currc.compiler.tokens import Tokens

EDITIONS = (2026,)
"""The editions that this compiler reads, the newest last."""


def require_edition(tokens: Tokens, complaints: Complaints) -> None:
    """Report a text that does not start with `edition`, and put in one without a number."""
    if tokens.kinds[0] == "EDITION":
        return
    if tokens.kinds[:2] == ["NAME", "INT"] and suggest(tokens.text(0), ("edition",)):
        return _misspelt(tokens, complaints)
    first = tokens.span(0)
    top = len(first.source.text) - len(first.source.text.removeprefix("\ufeff"))  # a mark stays the first
    place = Span(first.source, top, top)
    moved = (
        Label(tokens.span(tokens.kinds.index("EDITION")), "belongs at the top")
        if "EDITION" in tokens.kinds
        else None
    )
    fix = Fix(place, f"edition {EDITIONS[-1]}\n\n", True, f"insert `edition {EDITIONS[-1]}`")
    complaints.add(
        Diagnostic(
            Code.MISSING_EDITION,
            "the first statement is not `edition`",
            Label(first, f"`edition {EDITIONS[-1]}` belongs before this"),
            (moved,) if moved else (),
            fix=None if moved else fix,
        )
    )
    _take_out(tokens)
    for kind in ("NL", "INT", "EDITION"):
        tokens.insert(0, kind, first.start)


def _misspelt(tokens: Tokens, complaints: Complaints) -> None:
    span = tokens.span(0)
    fix = Fix(span, "edition", True, f"replace `{span.text}` with `edition`")
    message = f"`{span.text}` stands where `edition` belongs"
    complaints.add(Diagnostic(Code.MISSPELT_KEYWORD, message, Label(span, "write `edition`"), fix=fix))
    tokens.kinds[0] = "EDITION"


def _take_out(tokens: Tokens) -> None:
    """Without an `edition` statement further down, which has been reported."""
    if "EDITION" in tokens.kinds:
        first = tokens.kinds.index("EDITION")
        tokens.remove(first, tokens.kinds.index("NL", first) + 1)


def check_edition(file: File, complaints: Complaints) -> None:
    """Report an edition that this compiler does not know."""
    if file.edition is None or file.edition.value in EDITIONS:
        return
    span = file.edition.span
    known = str(EDITIONS[-1])
    fix = Fix(span, known, False, f"write `{known}`")
    label = Label(span, f"this compiler reads {known}")
    message = f"this compiler does not know edition {span.text}"
    complaints.add(Diagnostic(Code.UNKNOWN_EDITION, message, label, fix=fix))
