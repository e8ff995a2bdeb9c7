"""Pass 2: give every name in the spec the block or constant it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from currc.compiler.circles import circles
from currc.compiler.codes import Code
from currc.compiler.complain import a, duplicate, unknown
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.kinds import EDITION, KINDS, top_kinds
from currc.compiler.resolve_blocks import well_formed
from currc.compiler.scope import Constant, Entry, Scope, inside, names
from currc.compiler.syntax import Binary, Block, Call, Expr, File, List, Name, Path, Range, Unary

MOST_ANCESTORS = 50
"""Blocks that extend each other in a line."""

MOST_NAMED = 9
"""Names of a circle that are pointed at; it may have thousands."""

LIBRARY_KINDS = tuple(
    kind
    for kind in top_kinds()
    if KINDS[kind].named and kind not in ("arm", "moved") and not KINDS[kind].later
)
"""What a used file may hold: blocks with a name, but no arms, which belong to one experiment."""


def resolve(file: File, complaints: Complaints, modules: Mapping[str, File] = MappingProxyType({})) -> Scope:
    """The named blocks and constants of a spec and of the files it uses.

    A name given twice keeps its first block. What is reported is poisoned, so that
    later passes stay silent about it. `modules` holds the used files by their name.
    """
    files = {"": file, **modules}
    lost = {inside(module, address) for module, part in files.items() for address in part.poisoned}
    blocks = _blocks(files, complaints, lost)
    constants = _constants(files, blocks, complaints, lost)
    _use_names(files, blocks, constants, complaints)
    return Scope(
        edition=int(file.edition.value) if file.edition else EDITION,
        blocks=MappingProxyType(blocks),
        constants=MappingProxyType(constants),
        parents=MappingProxyType(_parents(blocks, complaints, lost)),
        poisoned=frozenset(lost),
        end=file.edition.span if file.edition else file.span,
    )


def _blocks(files: Mapping[str, File], complaints: Complaints, lost: set[str]) -> dict[str, Entry]:
    blocks: dict[str, Entry] = {}
    for module, file in files.items():
        for block in file.blocks:
            entry = Entry(inside(module, _called(block, blocks)), block, module)
            known = _known_kind(block, complaints) and _allowed(entry, complaints)
            if not known or not well_formed(block, complaints) or _reserved(block.name, complaints):
                lost.add(entry.address)
            elif (first := blocks.get(entry.address)) is not None:
                complaints.add(duplicate(entry, first))
            else:
                blocks[entry.address] = entry
    return blocks


def _called(block: Block, blocks: Mapping[str, Entry]) -> str:
    """A block's name, or its kind where it needs none; with a number where a spec may have several."""
    kind = block.kind.text
    if block.name is not None and (kind not in KINDS or KINDS[kind].named):
        return block.name.text
    if kind in KINDS and KINDS[kind].several:
        return f"{kind}.{sum(entry.kind == kind for entry in blocks.values()) + 1}"
    return kind


def _known_kind(block: Block, complaints: Complaints) -> bool:
    kind = KINDS.get(block.kind.text)
    if kind is None:
        complaints.add(
            unknown(
                Code.UNKNOWN_KIND,
                block.kind,
                top_kinds(),
                f"there is no kind of block named `{block.kind.text}`",
                note="no kind has this name",
            )
        )
        return False
    if kind.inside:
        complaints.add(
            Diagnostic(
                Code.MISPLACED_BLOCK,
                f"`{kind.name}` stands in a `{kind.inside}` block",
                Label(block.kind.span, "this stands in the file itself"),
                help=f"move it into the `{kind.inside}` block that it belongs to",
            )
        )
        return False
    if kind.later:
        complaints.add(
            Diagnostic(
                Code.NOT_YET, f"`{kind.name}` is not in this release", Label(block.kind.span, kind.later)
            )
        )
        return False
    return True


def _allowed(entry: Entry, complaints: Complaints) -> bool:
    """Whether a used file may hold the block."""
    if not entry.module or entry.kind in LIBRARY_KINDS:
        return True
    complaints.add(
        Diagnostic(
            Code.MISPLACED_BLOCK,
            f"a file that is used holds no `{entry.kind}`",
            Label(entry.block.kind.span, f"this file is used as `{entry.module}`"),
            help="it may hold " + ", ".join(f"`{kind}`" for kind in LIBRARY_KINDS) + " and `let`",
        )
    )
    return False


def _reserved(name: Name | None, complaints: Complaints) -> bool:
    """Whether a name belongs to the language; complains if so."""
    if name is None or name.text not in KINDS:
        return False
    complaints.add(
        Diagnostic(
            Code.RESERVED_NAME,
            f"`{name.text}` is the name of a kind",
            Label(name.span, "choose another name"),
        )
    )
    return True


def _constants(
    files: Mapping[str, File], blocks: Mapping[str, Entry], complaints: Complaints, lost: set[str]
) -> dict[str, Constant]:
    found: dict[str, Constant] = {}
    for module, file in files.items():
        for const in file.constants:
            address = inside(module, const.name.text)
            first = blocks[address].at if address in blocks else None
            first = found[address].const.name.span if address in found else first
            if _reserved(const.name, complaints):
                lost.add(address)
            elif first is not None:
                complaints.add(
                    Diagnostic(
                        Code.DUPLICATE_NAME,
                        f"the name `{const.name.text}` is given twice",
                        Label(const.name.span, "given again"),
                        (Label(first, "first given"),),
                    )
                )
            else:
                found[address] = Constant(address, const, module)
    return _without_circles(found, complaints, lost)


def _use_names(
    files: Mapping[str, File],
    blocks: Mapping[str, Entry],
    constants: Mapping[str, Constant],
    complaints: Complaints,
) -> None:
    """A used file, a block and a constant share no name, else `lib.x` could be a stage of block `lib`."""
    for module, file in files.items():
        for use in file.uses:
            address = inside(module, use.name.text)
            if address in blocks or address in constants:
                first = blocks[address].at if address in blocks else constants[address].const.name.span
                complaints.add(
                    Diagnostic(
                        Code.DUPLICATE_NAME,
                        f"the name `{use.name.text}` is given twice",
                        Label(first, "given to this"),
                        (Label(use.name.span, "and to a used file"),),
                    )
                )


def _without_circles(
    constants: dict[str, Constant], complaints: Complaints, lost: set[str]
) -> dict[str, Constant]:
    uses = {
        address: tuple(inside(constant.module, path.text) for path in paths(constant.const.value))
        for address, constant in constants.items()
    }
    for ring in circles(uses):
        first = constants[ring[0]]
        chain = _way_round(ring)
        complaints.add(
            Diagnostic(
                Code.CYCLE,
                f"constants refer to each other in a circle: {chain}",
                Label(first.const.name.span, "this needs its own value"),
                tuple(
                    Label(constants[name].const.name.span, "by way of this") for name in ring[1:MOST_NAMED]
                ),
            )
        )
        lost.update(ring)
    return {address: constant for address, constant in constants.items() if address not in lost}


def _way_round(ring: list[str]) -> str:
    """A circle in words, from its first name back to it; a long one without its middle."""
    names = [f"`{name}`" for name in ring]
    if len(names) > MOST_NAMED:
        names[MOST_NAMED:] = [f"{len(ring) - MOST_NAMED} more"]
    return " → ".join([*names, f"`{ring[0]}`"])


def paths(expr: Expr) -> Iterator[Path]:
    """The bare words in an expression."""
    match expr:
        case Path():
            yield expr
        case Unary(operand=operand):
            yield from paths(operand)
        case Binary(left=left, right=right):
            yield from paths(left)
            yield from paths(right)
        case Range(low=low, high=high):
            yield from paths(low)
            yield from paths(high)
        case List(items=items):
            for item in items:
                yield from paths(item)
        case Call(arguments=arguments):
            for argument in arguments:
                yield from paths(argument.value)
        case _:
            return


def _parents(blocks: Mapping[str, Entry], complaints: Complaints, lost: set[str]) -> dict[str, str]:
    parents: dict[str, str] = {}
    for entry in blocks.values():
        if entry.block.extends is None or not KINDS[entry.kind].extends:
            continue
        parent = blocks.get(inside(entry.module, entry.block.extends.text))
        if parent is None or parent.kind != entry.kind:
            _unfit_parent(entry, parent, blocks, complaints, lost)
        else:
            parents[entry.address] = parent.address
    for ring in circles({child: (parent,) for child, parent in parents.items()}):
        at = blocks[ring[0]]
        chain = _way_round(ring)
        code = Code.ARM_CYCLE if at.kind == "arm" else Code.CYCLE
        complaints.add(
            Diagnostic(
                code,
                f"{at.kind}s extend each other in a circle: {chain}",
                Label(at.block.head, "this extends itself in the end"),
                tuple(Label(blocks[name].block.head, "by way of this") for name in ring[1:MOST_NAMED]),
            )
        )
        lost.update(ring)
        for name in ring:
            del parents[name]
    _cut_long_lines(parents, blocks, complaints, lost)
    return parents


def _cut_long_lines(
    parents: dict[str, str], blocks: Mapping[str, Entry], complaints: Complaints, lost: set[str]
) -> None:
    """Complain about ancestors beyond counting, since each block reads all of its own; free of circles."""
    depths: dict[str, int] = {}
    for child in parents:
        line = [child]
        while line[-1] in parents and line[-1] not in depths:
            line.append(parents[line[-1]])
        depth = depths.get(line.pop(), 0)
        for name in reversed(line):
            depth += 1
            depths[name] = depth
    for name, depth in depths.items():
        if depth > MOST_ANCESTORS:
            del parents[name]
            lost.add(name)
        if depth == MOST_ANCESTORS + 1:
            at = blocks[name]
            message = f"`{name}` has more than {MOST_ANCESTORS} ancestors"
            label = Label(at.block.head, "one more than can be followed")
            complaints.add(Diagnostic(Code.TOO_DEEP, message, label))


def _unfit_parent(
    entry: Entry, parent: Entry | None, blocks: Mapping[str, Entry], complaints: Complaints, lost: set[str]
) -> None:
    path = entry.block.extends
    assert path is not None
    lost.add(entry.address)
    if parent is not None:
        complaints.add(
            Diagnostic(
                Code.WRONG_KIND,
                f"`{path.text}` is {a(parent.kind)}, and {a(entry.kind)} extends {a(entry.kind)}",
                Label(path.span, f"this is {a(parent.kind)}"),
                (Label(parent.at, "declared here"),),
            )
        )
    elif inside(entry.module, path.text) not in lost:
        same = tuple(other for other in blocks.values() if other.kind == entry.kind and other != entry)
        complaints.add(
            unknown(
                Code.UNKNOWN_NAME,
                Name(path.text, path.span),
                names(same, entry.module),
                f"no {entry.kind} is named `{path.text}`",
                places={other.address: other.at for other in same},
            )
        )
