"""Arms: what each overrides or drops, at root addresses, on top of the arm it extends."""

from __future__ import annotations

from currc.compiler.check_blocks import default_of, value_of
from currc.compiler.codes import Code
from currc.compiler.complain import unknown
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.kind import Attribute
from currc.compiler.kinds import KINDS
from currc.compiler.scope import Entry
from currc.compiler.spec import Arm, Origin, Setting
from currc.compiler.syntax import Attribute as Written
from currc.compiler.syntax import Block, Drop, Path

ALIKE = ("budget", "evaluate", "decide")
"""Blocks that no arm may change."""


def read_arms(desk: Desk) -> None:
    """Read every arm, each after the one it extends; arms without an own word have the table's defaults."""
    for attribute in KINDS["arm"].attributes:
        value = default_of(attribute, desk)
        if value is not None:
            desk.settings[attribute.name] = Setting(value, (Origin("default"),))
    for entry in desk.scope.of_kind("arm"):
        for ancestor in reversed(desk.scope.chain(entry.address)):
            if ancestor.address not in desk.arms:
                desk.arms[ancestor.address] = _arm(ancestor, desk)
    order = [entry.address for entry in desk.scope.of_kind("arm")]
    desk.arms = {name: desk.arms[name] for name in order}


def _arm(entry: Entry, desk: Desk) -> Arm:
    parent = desk.scope.parents.get(entry.address)
    settings: dict[str, Setting] = {}
    if parent is not None:
        settings = {
            address: _inherited(setting, parent) for address, setting in desk.arms[parent].settings.items()
        }
    first: dict[str, Path] = {}
    for statement in entry.block.statements:
        match statement:
            case Written(path=path) | Drop(path=path):
                if (again := first.setdefault(path.text, path)) is not path:
                    _twice(path, again, desk)
                else:
                    _override(entry, statement, settings, desk)
            case Block():
                pass
    return Arm(entry.address, parent, settings, entry.at, entry.block.doc)


def _inherited(setting: Setting, parent: str) -> Setting:
    if setting.origins[0].kind == "inherited":
        return setting
    return Setting(setting.value, (Origin("inherited", parent, setting.span), *setting.origins))


def _twice(path: Path, first: Path, desk: Desk) -> None:
    message = f"`{path.text}` is given twice"
    desk.say(Code.DUPLICATE_ATTRIBUTE, message, path.span, "given again", Label(first.span, "first given"))


def _override(entry: Entry, statement: Written | Drop, settings: dict[str, Setting], desk: Desk) -> None:
    address = statement.path.text
    own = f"{entry.address}.{address}"
    if desk.is_lost(own):
        return
    promote = isinstance(statement, Drop) and address in desk.parts and desk.parts[address].kind == "promote"
    attribute = None if promote else _attribute(statement, desk)
    if not promote and (attribute is None or not _allowed(statement.path, address, attribute, desk)):
        desk.lost.add(own)
        return
    if isinstance(statement, Drop):
        _drop(entry, statement, attribute, settings, desk)
        return
    assert attribute is not None
    override = Origin("override", entry.address, statement.value.span)
    found = value_of(address, attribute, statement, entry.module, override, desk)
    if found is None:
        desk.lost.add(own)
        return
    before = settings.get(address) or desk.settings.get(address)
    settings[address] = Setting(found.value, (*found.origins, *(before.origins if before else ())))


def _drop(
    entry: Entry, drop: Drop, attribute: Attribute | None, settings: dict[str, Setting], desk: Desk
) -> None:
    """Put an attribute back to its default; a dropped `promote` block is a stage without one."""
    address = drop.path.text
    override = Origin("override", entry.address, drop.span)
    if attribute is None:
        settings[address] = Setting(False, (override,))
        return
    if attribute.required:
        message = f"`{address}` is required and cannot be dropped"
        desk.say(Code.DROP_REQUIRED, message, drop.path.span, f"{attribute.name}: {attribute.about}")
        return
    before = settings.get(address) or desk.settings.get(address)
    if before is None or not before.written:
        message = f"`{address}` is at its default already"
        desk.say(
            Code.DEAD_OPTION,
            message,
            drop.span,
            "this drops nothing",
            address=f"arm.{entry.address}.{address}",
        )
        return
    settings[address] = Setting(default_of(attribute, desk), (override, *before.origins))


def _attribute(statement: Written | Drop, desk: Desk) -> Attribute | None:
    """The attribute at an arm's address; complains where there is none."""
    path = statement.path
    if len(path.names) == 1 and (own := KINDS["arm"].attribute(path.text)) is not None:
        return own
    block, _, name = path.text.rpartition(".")
    part = desk.parts.get(block)
    if part is not None and (found := KINDS[part.kind].attribute(name)) is not None:
        return found
    whole = block in KINDS and (KINDS[block].once or KINDS[block].several)
    if whole and (found := KINDS[block].attribute(name)) is not None:
        return found
    _complain(statement, block, name, desk)
    return None


def _complain(statement: Written | Drop, block: str, name: str, desk: Desk) -> None:
    path = statement.path
    if desk.is_lost(path.text) or (block and desk.is_lost(block)):
        return
    code = Code.DROP_UNKNOWN if isinstance(statement, Drop) else Code.OVERRIDE_UNKNOWN
    does = "drops" if isinstance(statement, Drop) else "overrides"
    first = path.names[0].text
    candidates = list(_addresses(desk))
    if path.text in desk.parts:
        message = f"an arm {does} single attributes, and `{path.text}` is a {desk.parts[path.text].kind}"
        kind = KINDS[desk.parts[path.text].kind]
        help = f"as in `{path.text}.{kind.attributes[0].name}`" if kind.attributes else ""
        desk.say(code, message, path.span, "this is a whole block", help=help)
        return
    if first in KINDS and not KINDS[first].once and len(path.names) > 2:
        shorter = ".".join(part.text for part in path.names[1:])
        message = f"an address begins with a block's name, not with `{first}`"
        desk.say(code, message, path.span, "leave out the kind", help=f"write `{shorter}`")
        return
    if block in desk.parts or block in KINDS:
        home = desk.parts[block].kind if block in desk.parts else block
        own = [attribute.name for attribute in KINDS[home].attributes]
        message = f"this arm {does} `{path.text}`, and a `{home}` has no attribute `{name}`"
        note = f"no attribute of `{home}` has this name"
        desk.complaints.add(unknown(code, path.names[-1], own, message, note=note))
        return
    homes = [address for address in candidates if address.endswith(f".{path.text}")]
    help = f"did you mean `{homes[0]}`?" if len(homes) == 1 else ""
    if len(homes) > 1:
        help = "write the whole address, as `" + "` or `".join(homes[:3]) + "`"
    desk.complaints.add(
        unknown(
            code,
            path,
            candidates,
            f"this arm {does} `{path.text}`, which does not exist",
            note="no attribute has this address",
            help=help or "an address is a block's name and an attribute, as `train.lr`",
        )
    )


def _addresses(desk: Desk) -> list[str]:
    """Every address that an arm may override."""
    own = [attribute.name for attribute in KINDS["arm"].attributes]
    parts = {address: part.kind for address, part in desk.parts.items()} | {"train": "train"}
    return own + [
        f"{address}.{attribute.name}"
        for address, kind in parts.items()
        if kind not in (*ALIKE, "source", "group")
        for attribute in KINDS[kind].attributes
        if not attribute.same and not attribute.later
    ]


def _allowed(path: Path, address: str, attribute: Attribute, desk: Desk) -> bool:
    """Whether arms may differ in an attribute; complains where they may not."""
    block = address.rpartition(".")[0]
    kind = desk.parts[block].kind if block in desk.parts else block
    reason, help = attribute.same, ""
    if kind in ALIKE:
        reason = f"`{kind}` is the same for every arm"
    elif kind == "source":
        reason = "rows are read once for all arms"
        help = f"declare a second source, and override the task's `train` instead of `{address}`"
    elif kind == "group":
        reason = "a group is only a name for its tasks"
        help = "override `tasks`"
    if not reason:
        return True
    message = f"no arm may override `{address}`"
    desk.say(Code.OVERRIDE_FIXED, message, path.span, reason, help=help)
    return False
