"""`currc fmt`: the canonical text of some specs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a .curr file; - is standard input"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(options: argparse.Namespace) -> int:
    """Rewrite each file whose text is not canonical; one that cannot be read as a spec is left alone."""
    from currc.runtime.command.spec import Unusable, refused

    codes = []
    for path in options.files:
        try:
            codes.append(_format(path, options))
        except Unusable as problem:  # the other files are formatted all the same
            codes.append(refused(problem))
    return max(codes)


def _format(path: Path, options: argparse.Namespace) -> int:
    from currc.compiler.diagnostic import CompileError
    from currc.compiler.format import format_text
    from currc.compiler.show_line import visible
    from currc.compiler.source import Source
    from currc.runtime.command.spec import paint, rewrite, shown, text_of

    text, broken = text_of(path)
    try:
        if broken is not None:
            raise CompileError((broken,))
        canonical = format_text(Source(shown(path), text))
    except CompileError as error:
        paint(error.diagnostics, "full", sys.stderr)
        return 1
    changed = canonical != text
    if options.diff and changed:
        _show(visible(shown(path)), text, canonical)
    elif options.check and changed:
        print(f"would change {visible(shown(path))}")
    elif str(path) == "-" and not options.check:
        sys.stdout.write(canonical)
    elif changed and not options.check:
        rewrite(path, canonical)
    return int(changed and (options.check or options.diff))


def _show(name: str, before: str, after: str) -> None:
    from difflib import unified_diff

    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name)
    sys.stdout.writelines(lines)
