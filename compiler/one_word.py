"""A word of the vocabulary with its arguments, written outside of any spec."""

from __future__ import annotations

from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Complaints
from currc.compiler.kinds import EDITION
from currc.compiler.lower_arms import method
from currc.compiler.method import Method
from currc.compiler.parse import parse
from currc.compiler.read_components import component
from currc.compiler.resolve import resolve
from currc.compiler.source import Source
from currc.compiler.value_types import Bound
from currc.compiler.words import Vocabulary

HEAD = f"edition {EDITION}\n\nlet it = "


def word_of(text: str, slot: str, vocabulary: Vocabulary) -> tuple[Method | None, Complaints]:
    """The word of a slot, as `regmix(top = 50)`, with all its parameters; or what is wrong with the text."""
    complaints = Complaints()
    # A line end would begin another statement.
    file = parse(Source("", HEAD + " ".join(text.split()) + "\n"), complaints)
    if len(complaints) or len(file.constants) != 1 or file.blocks or file.uses:
        return None, complaints
    desk = Desk(resolve(file, complaints), vocabulary, complaints)
    found = component(file.constants[0].value, slot, (), Place(slot), desk)
    return (method(found) if isinstance(found, Bound) and not len(complaints) else None), complaints
