"""The shape of a block: its kind, name, word after `:`, and the blocks and statements in it."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.complain import a, listed, unknown
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.kind import Kind
from currc.compiler.kinds import KINDS, inner_kinds
from currc.compiler.syntax import Block, Drop, Guard


def well_formed(block: Block, complaints: Complaints) -> bool:
    """Whether a block of a known kind has a header of its kind; all that is wrong in it is reported."""
    kind = KINDS[block.kind.text]
    fine = _name(block, kind, complaints)
    fine &= _type(block, kind, complaints)
    if block.extends is not None and not kind.extends:
        complaints.add(
            Diagnostic(
                Code.NEEDLESS_EXTENDS,
                f"a `{kind.name}` extends nothing",
                Label(block.extends.span, "leave out `extends` and this name"),
            )
        )
    _statements(block, kind, complaints)
    return fine


def _name(block: Block, kind: Kind, complaints: Complaints) -> bool:
    if kind.named and block.name is None:
        complaints.add(
            Diagnostic(
                Code.MISSING_NAME,
                f"{a(kind.name)} needs a name",
                Label(block.kind.span, "write its name after this"),
                help=f"as in `{kind.example.splitlines()[0]}`",
            )
        )
        return False
    if not kind.named and block.name is not None:
        complaints.add(
            Diagnostic(
                Code.NEEDLESS_NAME,
                f"`{kind.name}` has no name, as there is only one",
                Label(block.name.span, "leave this out"),
            )
        )
    return True


def _type(block: Block, kind: Kind, complaints: Complaints) -> bool:
    written = block.type
    if written is None and kind.types:
        complaints.add(
            Diagnostic(
                Code.MISSING_TYPE,
                f"a `{kind.name}` says what it is after `:`",
                Label(
                    (block.name or block.kind).span, "write `: " + kind.types[0] + "` or another after this"
                ),
                help="it is one of " + listed(kind.types),
            )
        )
        return False
    if written is None:
        return True
    if not kind.types:
        complaints.add(
            Diagnostic(
                Code.NEEDLESS_TYPE,
                f"a `{kind.name}` takes no word after `:`",
                Label(written.span, "leave this and the `:` out"),
            )
        )
        return True
    if written.text in kind.later_types:
        complaints.add(
            Diagnostic(
                Code.NOT_YET,
                f"`{kind.name}: {written.text}` is not in this release",
                Label(written.span, "this version cannot run it"),
                help="there is " + listed(kind.types),
            )
        )
        return False
    if written.text not in kind.types:
        complaints.add(
            unknown(
                Code.UNKNOWN_TYPE,
                written,
                kind.types,
                f"`{written.text}` is no kind of {kind.name}",
                note="not one of the words that may stand here",
            )
        )
        return False
    return True


def _statements(block: Block, kind: Kind, complaints: Complaints) -> None:
    firsts: dict[str, Block] = {}
    for statement in block.statements:
        match statement:
            case Block():
                if _inner(statement, kind, complaints):
                    _once(statement, firsts, complaints)
            case Guard() if not kind.guards:
                where = "guards belong into a `promote` block of a stage"
                _misplaced(statement, "when", kind, where, complaints)
            case Drop() if kind.name != "arm":
                _misplaced(statement, "drop", kind, "only an arm drops what its parent says", complaints)
            case _:
                pass


def _misplaced(statement: Guard | Drop, word: str, kind: Kind, where: str, complaints: Complaints) -> None:
    complaints.add(
        Diagnostic(
            Code.MISPLACED_STATEMENT,
            f"`{word}` does not belong into `{kind.name}`",
            Label(statement.span, where),
        )
    )


def _inner(block: Block, kind: Kind, complaints: Complaints) -> bool:
    """Whether a block may stand inside a block of `kind`, and is well formed."""
    allowed = inner_kinds(kind.name)
    inner = KINDS.get(block.kind.text)
    if inner is None:
        candidates = (*allowed, *(attribute.name for attribute in kind.attributes))
        complaints.add(
            unknown(
                Code.UNKNOWN_KIND,
                block.kind,
                candidates if allowed else (),
                f"`{kind.name}` holds no block named `{block.kind.text}`",
                help=f"it holds {listed(allowed)}"
                if allowed
                else "it holds attributes only, written `name = value`",
            )
        )
        return False
    if inner.name not in allowed:
        where = f"into a `{inner.inside}` block" if inner.inside else "to the file itself"
        complaints.add(
            Diagnostic(
                Code.MISPLACED_BLOCK,
                f"a `{inner.name}` block does not belong into `{kind.name}`",
                Label(block.kind.span, f"it belongs {where}"),
            )
        )
        return False
    return well_formed(block, complaints)


def _once(block: Block, firsts: dict[str, Block], complaints: Complaints) -> None:
    name = block.name.text if block.name else block.kind.text
    first = firsts.setdefault(name, block)
    if first is block:
        return
    code = Code.DUPLICATE_NAME if block.name else Code.DUPLICATE_BLOCK
    message = f"the name `{name}` is given twice" if block.name else f"there are two `{name}` blocks here"
    complaints.add(
        Diagnostic(
            code,
            message,
            Label((block.name or block.kind).span, "given again"),
            (Label((first.name or first.kind).span, "first given"),),
        )
    )
