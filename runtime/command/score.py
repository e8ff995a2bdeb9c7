"""`currc score`: what the scores of difficulty see in the rows, before anything is ordered by them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from currc.runtime.command.count import count

if TYPE_CHECKING:
    from currc.runtime.component import Component


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file")
    parser.add_argument(
        "--with",
        dest="extra",
        type=_words,
        default=(),
        metavar="WORDS",
        help="further scores that ask no model",
    )
    parser.add_argument(
        "--rows", type=count, default=3, metavar="N", help="easiest and hardest rows shown (3)"
    )
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), help="folder for runs and their store (runs)"
    )
    parser.add_argument("--workers", type=count, metavar="N", help="scores at once (as many as cores)")
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def run(options: argparse.Namespace) -> int:
    """Compute the scores and print them."""
    from currc.runtime.command.spec import Unusable, opened

    plan = opened(options.spec)
    if plan is None:
        return 1
    _demand_plain(options.extra)

    from currc.runtime.engine.experiment import Experiment
    from currc.runtime.engine.scored import compute, scorers, scores_of
    from currc.runtime.reporting.progress import Progress

    wanted = scorers(plan, options.extra)
    if not wanted:
        if any(arm.schedule.by is not None and arm.schedule.by.refresh for arm in plan.arms):
            why = "is read from a model while it trains, so there is nothing to see before"
            raise Unusable(f"the difficulty of `{options.spec}` {why}", f"currc plan {options.spec}")
        example = f"currc score {options.spec} --with length,rarity"
        raise Unusable(f"no arm of `{options.spec}` orders its rows by a difficulty", example)
    experiment = Experiment.of(plan, options.spec, options.runs)
    with Progress() as progress:
        code = compute(experiment, wanted, progress.listen, options.workers)
    if code in (75, 130):
        print("currc: stopped and saved; run the same command again to go on", file=sys.stderr)
        return code
    found = scores_of(experiment, wanted)
    if options.json:
        from currc.runtime.reporting.score_sheet import as_json

        print(json.dumps(as_json(found, options.spec.stem, options.rows), ensure_ascii=False, indent=1))
    elif found:
        from shutil import get_terminal_size

        from currc.runtime.reporting.score_sheet import sheet

        print(sheet(found, get_terminal_size().columns, options.rows, blocks=sys.stdout.isatty()), end="")
    return code


def _demand_plain(words: Sequence[str]) -> None:
    """Extra scores are words that need neither arguments nor a model.

    Raises:
        Unusable: One is no such word.
    """
    from currc.compiler.suggest import suggest
    from currc.runtime.command.spec import Unusable
    from currc.runtime.vocabulary import Vocabulary

    vocabulary = Vocabulary()
    reasons = {word: _why_not(vocabulary.component("score", word)) for word in vocabulary.words("score")}
    plain = [word for word, reason in reasons.items() if not reason]
    for word in words:
        if reason := reasons.get(word, "is no score of difficulty"):
            near = suggest(word, plain) or plain
            raise Unusable(f"`{word}` {reason}", f"--with takes {', '.join(near)}")


def _why_not(kind: type[Component]) -> str:
    """Why a score cannot stand by itself on the command line; empty where it can."""
    if kind.word() == "random":
        return "is drawn by chance"
    if "own_losses" in kind.needs:
        return "is read from a model while it trains: there is nothing to see before"
    if "models" in kind.needs:
        return "asks a model: name it in the spec"
    needs = [name for name, field in kind.model_fields.items() if field.is_required()]
    return f"needs an argument, `{needs[0]}`: name it in the spec" if needs else ""
