"""`currc show`: a spec with every name resolved and every default written out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.printable import printable

if TYPE_CHECKING:
    from currc.compiler.diagnostic import Complaints
    from currc.compiler.spec import Setting, Spec


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file; - is standard input")
    parser.add_argument(
        "--flat", action="store_true", help="sorted `address = value` lines alone, for a textconv of git"
    )


def run(options: argparse.Namespace) -> int:
    """Print the spec to standard output.

    With `--flat` a spec with mistakes is shown as far as it could be read, and the command ends
    well: git shows no difference at all where its textconv fails, and used files are not beside
    the copy that git hands out.
    """
    from currc.runtime.command.spec import paint

    spec, complaints = _read(options.spec)
    if options.flat:
        marks = sorted(printable(f"# {one.code.value}: {one.message}") for one in complaints.errors)
        sys.stdout.writelines(f"{line}\n" for line in (*marks, *flat(spec)))
        return 0
    if complaints.errors:
        paint(complaints.errors, "full", sys.stderr)
        return 1
    sys.stdout.writelines(f"{line}\n" for line in readable(spec))
    return 0


def _read(path: Path) -> tuple[Spec, Complaints]:
    """The spec as far as it could be read, and what is wrong with it.

    Raises:
        Unusable: The file cannot be read.
    """
    from currc.compiler.compile import analyse
    from currc.runtime.command.spec import around, shown, text_of
    from currc.runtime.vocabulary import Vocabulary

    text, broken = text_of(path)
    spec, complaints = analyse(text, Vocabulary(), name=shown(path), root=around(path))
    if broken is not None:
        complaints.keep(broken)
    return spec, complaints


def flat(spec: Spec) -> list[str]:
    """Every block and value of a spec by its address, sorted: equal experiments give equal lines."""
    lines = [f"{address} = {_kind(spec, address)}" for address in spec.parts]
    lines += [f"{address} = {text}" for address, text in _values(spec, spec.settings)]
    for name, arm in spec.arms.items():
        lines.append(f"arm.{name} = extends {arm.parent or 'nothing'}")
        lines += [f"arm.{name}.{address} = {text}" for address, text in _values(spec, arm.settings)]
    lines += [f"moved.{move.after} = from {move.before}" for move in spec.moves]
    return sorted(printable(line) for line in lines)


def readable(spec: Spec) -> Iterator[str]:
    """The blocks in the order of the text, each value with where it was decided."""
    for address, part in spec.parts.items():
        found = {key: one for key, one in spec.settings.items() if key.rpartition(".")[0] == address}
        yield from _block(f"{address} ({_kind(spec, address)})", part.doc, spec, found, len(address) + 1)
    unwritten = {key: one for key, one in spec.settings.items() if key.rpartition(".")[0] not in spec.parts}
    yield from _block("where no block or arm says otherwise", "", spec, unwritten, 0)
    for name, arm in spec.arms.items():
        extends = f", extends {arm.parent}" if arm.parent is not None else ""
        yield from _block(f"{name} (arm{extends})", arm.doc, spec, dict(arm.settings), 0)


def _block(title: str, doc: str, spec: Spec, found: dict[str, Setting], cut: int) -> Iterator[str]:
    yield title
    yield from (f"  ## {line}" for line in doc.splitlines())
    rows = [(key[cut:], text, _where(found[key])) for key, text in _values(spec, found)]
    widths = [max((len(row[at]) for row in rows), default=0) for at in (0, 1)]
    for name, text, where in rows:
        yield f"  {name:<{widths[0]}}  {printable(text):<{min(widths[1], 40)}}  {where}".rstrip()
    yield ""


def _values(spec: Spec, settings: Mapping[str, Setting]) -> Iterator[tuple[str, str]]:
    """Addresses with their values as a spec writes them; what is whole in a block of its own comes there."""
    from currc.compiler.explain_address import value_text
    from currc.runtime.vocabulary import Vocabulary

    vocabulary = Vocabulary()
    for address, setting in settings.items():
        if address not in spec.parts:
            yield address, value_text(address, setting.value, spec, vocabulary)
        elif setting.value:
            yield f"{address}.*", value_text(address, setting.value, spec, vocabulary)


def _kind(spec: Spec, address: str) -> str:
    part = spec.parts[address]
    return f"{part.kind}: {part.type}" if part.type else part.kind


def _where(setting: Setting) -> str:
    """File and line of the value, or that nobody wrote it."""
    span = setting.span
    return "default" if span is None else f"{span.source.name}:{span.source.place(span.start)[0]}"
