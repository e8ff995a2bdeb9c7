"""`currc schema`: what a program needs to know about plans and about the language."""

from __future__ import annotations

import argparse
import json


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "what",
        choices=("plan", "language", "markdown"),
        help="the JSON schema of a plan; the language's kinds, attributes, units and words as JSON; "
        "the language as a Markdown page",
    )


def run(options: argparse.Namespace) -> int:
    """Print it."""
    if options.what == "plan":
        from currc.compiler.plan import Plan

        print(_json(Plan.model_json_schema()))
        return 0
    from currc.compiler.language import language
    from currc.runtime.vocabulary import Vocabulary

    found = language(Vocabulary())
    if options.what == "language":
        print(_json(found))
        return 0
    from currc.compiler.manual import manual

    print(manual(found), end="")
    return 0


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
