"""The page of the reference about one thing, as an editor shows it beside the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from currc.compiler.kinds import KINDS
from currc.compiler.language import ABOUT_AVERAGES, attribute_entry, kind_entry, word_entry
from currc.compiler.manual import attribute_lines, kind_text, parameter_line, word_lines
from currc.compiler.value_types import ABOUT_UNITS, UNITS, tidy
from currc.compiler.words import Vocabulary
from currc.runtime.editor.meaning import Meaning

LINK = re.compile(r"\[([^\]]*)\]\(#[^)]*\)")


def page(meaning: Meaning, vocabulary: Vocabulary) -> str:
    """Markdown about a part of the language; empty for what a user has named."""
    write = PAGES.get(meaning.sort)
    return "" if write is None else LINK.sub(r"\1", write(meaning.name, vocabulary)).strip()


def _kind(name: str, vocabulary: Vocabulary) -> str:
    return kind_text(kind_entry(KINDS[name])).partition("\n\n- **")[0]


def _attribute(name: str, vocabulary: Vocabulary) -> str:
    kind, _, own = name.partition(".")
    attribute = KINDS[kind].attribute(own)
    return "" if attribute is None else _alone(attribute_lines(attribute_entry(attribute)))


def _alone(lines: Iterable[str]) -> str:
    """The item of a list, without its list."""
    return "\n".join(lines).removeprefix("- ").replace("\n  ", "\n\n")


def _type(name: str, vocabulary: Vocabulary) -> str:
    kind, _, word = name.partition(".")
    later = "\n\nNot in this release." if word in KINDS[kind].later_types else ""
    return f"**`{kind}: {word}`**: {KINDS[kind].about}{later}"


def _word(name: str, vocabulary: Vocabulary) -> str:
    slot, _, word = name.partition(".")
    if word not in vocabulary.words(slot):
        return f"**`{word}`**, a word of `{slot}`, is not in this release."
    return f"**`{word}`** ({slot})\n\n" + "\n".join(word_lines(word_entry(slot, word, vocabulary), slot))


def _parameter(name: str, vocabulary: Vocabulary) -> str:
    slot, word, own = name.split(".")
    parameters = word_entry(slot, word, vocabulary)["parameters"]
    return _alone(parameter_line(it) for it in parameters if it["name"] == own)


def _choice(name: str, vocabulary: Vocabulary) -> str:
    *home, word = name.split(".")
    if len(home) == 3:
        return f"**`{word}`**\n\n{_parameter('.'.join(home), vocabulary)}"
    kind, own = home if len(home) == 2 else ("", "")
    attribute = KINDS[kind].attribute(own) if kind in KINDS else None
    return f"**`{word}`**" + (f"\n\n{_attribute(f'{kind}.{own}', vocabulary)}" if attribute else "")


def _unit(name: str, vocabulary: Vocabulary) -> str:
    dimension, factor = UNITS[name]
    same = f"; 1 {name} is {tidy(factor)} {dimension}" if dimension not in (name, "share") else ""
    return f"**`{name}`** (unit): {ABOUT_UNITS[name]}{same}"


def _average(name: str, vocabulary: Vocabulary) -> str:
    return f"**`{name}`** (`decide.metric`): {ABOUT_AVERAGES[name]}"


def _layers(name: str, vocabulary: Vocabulary) -> str:
    what = (
        "the table of token embeddings"
        if name == "embeddings"
        else "layers by number, from 0, both ends included"
    )
    return f"**`{name}`**: {what}"


PAGES: Mapping[str, Callable[[str, Vocabulary], str]] = {
    "kind": _kind,
    "attribute": _attribute,
    "type": _type,
    "word": _word,
    "parameter": _parameter,
    "choice": _choice,
    "unit": _unit,
    "average": _average,
    "layers": _layers,
}
"""How each sort of meaning is written about."""
