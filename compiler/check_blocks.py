"""The values of every block but arms: each attribute read as its type, inherited, or left at its default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.complain import unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Label
from currc.compiler.kind import Attribute, Kind
from currc.compiler.kinds import DEFAULT_METRIC, KINDS, inner_kinds
from currc.compiler.read_components import default
from currc.compiler.read_guards import condition, largest_loss
from currc.compiler.read_metrics import metric_at
from currc.compiler.read_values import read
from currc.compiler.record import Record
from currc.compiler.source import Span
from currc.compiler.spec import Origin, Part, Setting
from currc.compiler.syntax import Attribute as Written
from currc.compiler.syntax import Block, Guard
from currc.compiler.value_types import Slot

ORDER = ("model", "source", "difficulty", "task", "group", "schedule", "train", "budget", "evaluate")
"""Kinds in an order in which nothing refers to the values of a later one; `decide` comes after the arms."""


class Layer(Record):
    """One text that speaks about a block: its own, or that of a block it extends."""

    block: Block
    where: str
    """Address of the block whose text this is; empty for the block itself."""
    module: str


def read_blocks(kind: str, desk: Desk) -> None:
    """Read all blocks of a kind; one without a name that nobody wrote is at its defaults."""
    entries = desk.scope.of_kind(kind)
    for entry in entries:
        layers = [
            Layer(part.block, part.address if index else "", part.module)
            for index, part in enumerate(desk.scope.chain(entry.address))
        ]
        _register(entry.address, layers, desk)
        read_block(entry.address, layers, desk)
    if not entries and KINDS[kind].once and kind != "model":
        for attribute in KINDS[kind].attributes:
            _absent(attribute, f"{kind}.{attribute.name}", None, desk)


def span_of(block: Block) -> Span:
    """Where to point at when a block is meant."""
    return (block.name or block.kind).span


def _register(address: str, layers: Sequence[Layer], desk: Desk) -> None:
    """Make a block and those inside it known, so that they can refer to each other."""
    block = layers[0].block
    type = block.type.text if block.type else ""
    desk.parts[address] = Part(block.kind.text, type, block.doc, span_of(block))
    for name, inner in _inner(layers):
        _register(f"{address}.{name}", inner, desk)


def _inner(layers: Sequence[Layer]) -> Iterator[tuple[str, list[Layer]]]:
    """The blocks inside a block, each with all texts that speak about it."""
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        seen: set[str] = set()
        for block in layer.block.statements:
            if not isinstance(block, Block) or block.kind.text not in inner_kinds(layer.block.kind.text):
                continue
            name = block.name.text if block.name else block.kind.text
            if (KINDS[block.kind.text].named and block.name is None) or name in seen:
                continue
            seen.add(name)
            found.setdefault(name, []).append(Layer(block, layer.where, layer.module))
    yield from found.items()


def read_block(address: str, layers: Sequence[Layer], desk: Desk) -> None:
    """Read the values of a block and of the blocks inside it."""
    kind = KINDS[layers[0].block.kind.text]
    if kind.open is not None:
        _read_open(address, layers[0], kind, desk)
        return
    written = [_attributes(address, layer, kind, desk) for layer in layers]
    for attribute in kind.attributes:
        _read_attribute(f"{address}.{attribute.name}", attribute, layers, written, desk)
    if kind.guards:
        _read_guards(address, layers, desk)
    for name, inner in _inner(layers):
        read_block(f"{address}.{name}", inner, desk)


def _attributes(address: str, layer: Layer, kind: Kind, desk: Desk) -> dict[str, Written]:
    """A text's attributes by name; those that the kind lacks are reported, once, in their own block."""
    found: dict[str, Written] = {}
    for statement in layer.block.statements:
        if not isinstance(statement, Written):
            continue
        name = statement.path.text
        if kind.attribute(name) is None:
            if not layer.where:
                _no_attribute(address, statement, kind, desk)
        elif name in found:
            message = f"`{name}` is given twice"
            other = Label(found[name].path.span, "first given")
            desk.say(Code.DUPLICATE_ATTRIBUTE, message, statement.path.span, "given again", other)
        else:
            found[name] = statement
    return found


def _no_attribute(address: str, statement: Written, kind: Kind, desk: Desk) -> None:
    name = statement.path.text
    inner = inner_kinds(kind.name)
    if name in inner:
        message = f"`{name}` is a block, not an attribute"
        desk.say(Code.MISPLACED_STATEMENT, message, statement.path.span, f"write `{name} {{ ... }}`")
        return
    homes = [other.name for other in KINDS.values() if other.attribute(name) is not None]
    desk.complaints.add(
        unknown(
            Code.UNKNOWN_ATTRIBUTE,
            statement.path,
            (*(attribute.name for attribute in kind.attributes), *inner),
            f"a `{kind.name}` has no attribute `{name}`",
            note=f"no attribute of `{kind.name}` has this name",
            help="it belongs into " + " or ".join(f"`{home}`" for home in homes) if homes else "",
            address=f"{address}.{name}",
        )
    )


def _read_attribute(
    address: str,
    attribute: Attribute,
    layers: Sequence[Layer],
    written: Sequence[dict[str, Written]],
    desk: Desk,
) -> None:
    if desk.is_lost(address):
        return
    for layer, attributes in zip(layers, written, strict=True):
        if (statement := attributes.get(attribute.name)) is None:
            continue
        first = Origin("inherited", layer.where, statement.value.span) if layer.where else None
        read_setting(address, attribute, statement, layer.module, first, desk)
        return
    _absent(attribute, address, span_of(layers[0].block), desk, layers[0].block)


def read_setting(
    address: str, attribute: Attribute, statement: Written, module: str, first: Origin | None, desk: Desk
) -> None:
    """Read one statement into the desk's settings; a value that does not fit loses its address."""
    setting = value_of(address, attribute, statement, module, first, desk)
    if setting is None:
        desk.lose(address)
    else:
        desk.settings[address] = setting


def value_of(
    address: str, attribute: Attribute, statement: Written, module: str, first: Origin | None, desk: Desk
) -> Setting | None:
    """The value of one statement with its origins; `None` after a complaint."""
    if attribute.later:
        message = f"`{attribute.name}` is not in this release"
        desk.say(Code.NOT_YET, message, statement.path.span, attribute.later, address=address)
        return None
    desk.trail.clear()
    value = read(statement.value, attribute.type, Place(address, module), desk)
    if value is None:
        return None
    origin = first or Origin("written", address.rsplit(".", 1)[0], statement.value.span)
    return Setting(value, (origin, *desk.trail))


def _absent(
    attribute: Attribute, address: str, at: Span | None, desk: Desk, block: Block | None = None
) -> None:
    """The default of an attribute that nobody wrote, or a complaint where it is required."""
    if attribute.required and at is not None:
        numbered = block is not None and KINDS[block.kind.text].several
        owner = block.kind.text if block is not None and numbered else address.rsplit(".", 1)[0]
        what = f"`{owner}` needs `{attribute.name}`"
        help = f"as in `{attribute.example}`"
        desk.say(
            Code.MISSING_ATTRIBUTE,
            what,
            at,
            f"{attribute.name}: {attribute.about}",
            help=help,
            address=address,
        )
        desk.lose(address)
        return
    value = default_of(attribute, desk)
    if (
        attribute.name == "metric"
        and block is not None
        and block.kind.text == "task"
        and block.type is not None
    ):
        word = DEFAULT_METRIC[block.type.text]
        value = default(word, "metric", desk)
        if isinstance(value, str):
            message = f"the metric `{word}`, the default of `{block.type.text}`, is not in this release"
            help = "name another one, as `metric = loss`"
            desk.say(Code.NOT_YET, message, span_of(block), "this task names no metric", help=help)
            desk.lose(address)
            return
    if value is not None:
        desk.settings[address] = Setting(value, (Origin("default"),))


def default_of(attribute: Attribute, desk: Desk) -> Any:
    """An attribute's default as its type reads it; `None` where silence is no fixed value."""
    if isinstance(attribute.type, Slot) and attribute.default is not None:
        return default(attribute.default, attribute.type.slot, desk)
    return attribute.default


def _read_open(address: str, layer: Layer, kind: Kind, desk: Desk) -> None:
    """A block whose attributes may have any name: renames of columns, or protected metrics."""
    found: dict[Any, Any] = {}
    first: dict[Any, Written] = {}
    for statement in layer.block.statements:
        if not isinstance(statement, Written):
            continue
        place = Place(f"{address}.{statement.path.text}", layer.module)
        key: Any = statement.path.text
        if kind.name == "protect":
            key = metric_at(statement.path, place, desk)
        elif len(statement.path.names) > 1:
            message = "the name of a column has no dot in this spec"
            desk.say(Code.UNKNOWN_ATTRIBUTE, message, statement.path.span, "write one word")
            key = None
        value = read(statement.value, kind.open, place, desk) if kind.open is not None else None
        if kind.name == "protect" and key is not None and value is not None:
            value = largest_loss(key, value, statement.value.span, desk)
        if key is None or value is None:
            desk.lost.add(address)
        elif key in first:
            message = f"`{statement.path.text}` is given twice"
            other = Label(first[key].path.span, "first given")
            desk.say(Code.DUPLICATE_ATTRIBUTE, message, statement.path.span, "given again", other)
        else:
            found[key], first[key] = value, statement
    origins = (Origin("written", address, layer.block.span),)
    desk.settings[address] = Setting(tuple(found.items()), origins)


def _read_guards(address: str, layers: Sequence[Layer], desk: Desk) -> None:
    """The `when` statements of a block; a text that has any replaces those it inherits."""
    for layer in layers:
        guards = [statement for statement in layer.block.statements if isinstance(statement, Guard)]
        if not guards:
            continue
        place = Place(f"{address}.when", layer.module)
        read_ones = [condition(guard, place, desk) for guard in guards]
        if None in read_ones:
            desk.lost.add(place.address)
        origin = Origin(
            "inherited" if layer.where else "written", layer.where, guards[0].span | guards[-1].span
        )
        conditions = tuple(one for one in read_ones if one is not None)
        desk.settings[place.address] = Setting(conditions, (origin,))
        return
