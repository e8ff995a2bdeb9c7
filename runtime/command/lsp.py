"""`currc lsp`: the language in an editor, as a language server on standard input and output."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec


class MissingServer(Exception):
    """The extra is not installed; exit code 69."""

    exit_code = 69
    help = "pip install 'currc[lsp]'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--stdio", action="store_true", help="what it does anyway; many editors say so of their own accord"
    )


def run(options: argparse.Namespace) -> int:
    """Serve one editor until it ends the talk: 0 where it did so in due form, else 1.

    Raises:
        MissingServer: pygls is not installed.
    """
    if find_spec("pygls") is None:
        raise MissingServer("`currc lsp` needs the extra `lsp`, which is not installed")
    from currc.runtime.command import version
    from currc.runtime.editor.features import server
    from currc.runtime.vocabulary import Vocabulary

    made = server(Vocabulary(), version())
    # Nothing but the server may write where the editor listens.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        made.start_io(sys.stdin.buffer, out)
    return 0 if made.ended_well else 1
