"""`currc explain`: what a word, an attribute, an address or a code means."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("what", help="a word (`root`), an attribute (`train.lr`), a code (`C0104`)")
    parser.add_argument(
        "--spec",
        type=Path,
        help="a spec, to say where the value at an address comes from and what it affects",
    )


def run(options: argparse.Namespace) -> int:
    """Print the manual page."""
    from currc.compiler.explain import explain, near
    from currc.compiler.printable import printable_lines
    from currc.runtime.command.spec import Unusable, compilation
    from currc.runtime.vocabulary import Vocabulary

    whole = compilation(options.spec) if options.spec is not None else None
    spec = whole.spec if whole is not None else None
    found = explain(options.what, Vocabulary(), spec, whole.plan if whole is not None else None)
    if found is None:
        close = " or ".join(f"`{name}`" for name in near(options.what, Vocabulary(), spec))
        alone = "for an address of a spec, name the spec with --spec" if spec is None else ""
        raise Unusable(f"nothing is named `{options.what}`", f"did you mean {close}?" if close else alone)
    print(found if spec is None else printable_lines(found))  # a stranger's strings stand in it
    return 0
