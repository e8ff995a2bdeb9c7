"""Text for `currc explain`: a word of the language, a code, or an address of a spec."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from currc.compiler.codes import RETIRED, Code
from currc.compiler.complain import any_of, listed
from currc.compiler.described import described
from currc.compiler.explain_address import address
from currc.compiler.kind import Attribute, Kind
from currc.compiler.kinds import KINDS, LANGUAGE
from currc.compiler.language import ABOUT_AVERAGES, KEYWORDS, SEARCH, choices, plain_words, word_entry
from currc.compiler.pages import page
from currc.compiler.spec import Spec
from currc.compiler.suggest import suggest
from currc.compiler.value_types import ABOUT_UNITS, UNITS, Slot, tidy
from currc.compiler.words import Vocabulary
from currc.compiler.written import bounds_text, default_text

if TYPE_CHECKING:
    from currc.compiler.plan import Plan

WIDTH = 88


def explain(
    word: str, vocabulary: Vocabulary, spec: Spec | None = None, plan: Plan | None = None
) -> str | None:
    """What a word, code or address means; `None` where it means nothing.

    A word that stands in several places (`equal` is a mix and a weighting) is explained
    once for each. Addresses need the spec they belong to, and its plan to say what they affect.
    """
    if (code := _code(word)) is not None:
        return code
    found = (_keywords(word), _kinds(word), _attributes(word), _words(word, vocabulary))
    parts = list(chain(*found, _units(word), _choices(word)))
    if spec is not None and (here := address(word, spec, vocabulary)) is not None:
        parts.append("\n".join([here, *_affects(word, vocabulary, spec, plan)]))
    return "\n\n".join(parts) or None


def _affects(word: str, vocabulary: Vocabulary, spec: Spec, plan: Plan | None) -> Iterator[str]:
    """What the value at an address decides, where the spec has a plan."""
    if plan is None:
        return
    from currc.compiler.affects import effect, effect_lines

    found = effect(word, spec, plan, vocabulary)
    yield from (f"  {line}" for line in effect_lines(found)) if found is not None else ()


def near(word: str, vocabulary: Vocabulary, spec: Spec | None = None) -> tuple[str, ...]:
    """What could have been meant by a word that means nothing."""
    known = {*KINDS, *(attribute.name for kind in KINDS.values() for attribute in kind.attributes)}
    known |= {other for slot in (*vocabulary.slots(), SEARCH) for other in vocabulary.words(slot)}
    known |= set(spec.settings) if spec is not None else set()
    return suggest(word, sorted(known))


def _code(word: str) -> str | None:
    number = word.upper()
    if number in RETIRED:
        instead = f"; what it meant is told as {RETIRED[number]}" if RETIRED[number] else ""
        return f"{number} (retired)\n  nothing says this any more{instead}"
    found = next((code for code in Code if code.value == number), None)
    if found is None:
        return None
    sort = "error: forbids running" if found.forbids else "warning: the spec still runs"
    told = textwrap.indent(page(found).text(), "  ").rstrip()
    return f"{found.value} ({sort})\n  {found.title}\n\n{told}"


def _kinds(word: str) -> Iterator[str]:
    if (kind := KINDS.get(word)) is not None:
        yield _kind(kind)


def _kind(kind: Kind) -> str:
    where = f"a block in `{kind.inside}`" if kind.inside else "a block"
    lines = [f"{kind.name} ({where})", f"  {kind.about}"]
    if kind.later:
        lines.append(f"  Not in this release: {kind.later}")
    if kind.types:
        lines.append(f"  What follows `:` is {any_of(kind.types)}.")
    if kind.open is not None:
        lines.append(f"  Attributes of any name; each is {described(kind.open)}.")
    lines += ["", *(f"  {line}" for line in _table(kind))] if kind.attributes else []
    return "\n".join([*lines, "", textwrap.indent(kind.example, "    ")])


def _table(kind: Kind) -> Iterator[str]:
    width = max(len(attribute.name) for attribute in kind.attributes)
    for attribute in kind.attributes:
        yield f"{attribute.name:<{width}}  {attribute.about} [{_default(attribute)}]"


def _default(attribute: Attribute) -> str:
    if attribute.later:
        return "not in this release"
    if attribute.required:
        return "required"
    return default_text(attribute) or attribute.absent


def _attributes(word: str) -> Iterator[str]:
    """An attribute by its name, or by kind and name as `stage.max`."""
    wanted, _, name = word.rpartition(".")
    for kind in KINDS.values():
        attribute = kind.attribute(name)
        if attribute is not None and wanted in ("", kind.name):
            yield _attribute(kind, attribute)


def _attribute(kind: Kind, attribute: Attribute) -> str:
    lines = [f"{attribute.name} (in `{kind.name}`)", f"  {attribute.about}", ""]
    lines.append(f"  is       {described(attribute.type)}")
    lines.append(f"  default  {_default(attribute)}")
    if isinstance(attribute.type, Slot) and attribute.type.slot in LANGUAGE:
        lines.append(f"  words    {listed(LANGUAGE[attribute.type.slot], 40)}")
    if attribute.later:
        lines.append(f"  later    {attribute.later}")
    if attribute.same:
        lines.append(f"  arms     may not override it: {attribute.same}")
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent=" " * 11) for line in lines) + (
        f"\n\n    {attribute.example}" if attribute.example else ""
    )


def _words(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    """A word of the vocabulary in each slot that has it; those still to come are said to be so."""
    for slot in vocabulary.slots():
        if word in vocabulary.words(slot):
            yield component(slot, word, vocabulary)
        elif word in LANGUAGE.get(slot, ()) and word not in plain_words(slot):
            yield f"{word} (a word of `{slot}`)\n  Not in this release."
    if word in vocabulary.words(SEARCH):
        yield component(SEARCH, word, vocabulary)


def component(slot: str, word: str, vocabulary: Vocabulary) -> str:
    """A word's manual page: what it does, at work, and its parameters."""
    it = word_entry(slot, word, vocabulary)
    home, work = f"a word of `{slot}`", f"{slot} = {it['example']}"
    if slot == SEARCH:
        home, work = "a method of `currc search`", f"currc search SPEC --method {word}"
    lines = [f"{word} ({home})", "", textwrap.indent(it["page"], "  "), "", f"    {work}"]
    if it["parameters"]:
        lines += ["", "  parameters:", *(f"    {_parameter(one)}" for one in it["parameters"])]
    return "\n".join(lines)


def _parameter(it: Mapping[str, Any]) -> str:
    kind = any_of(it["words"]) if it["words"] else it["unit"]
    default = f"default {it['default']}" if it["default"] is not None else "absent by default"
    limits = bounds_text(it["limits"], share=it["unit"] == "share")
    facts = [kind, "required" if it["required"] else default, *([limits] if limits else [])]
    return f"{it['name']}: {it['about']} ({'; '.join(facts)})"


def _units(word: str) -> Iterator[str]:
    if word in ABOUT_UNITS:
        base, factor = UNITS[word]
        same = f"; 1 {word} is {tidy(factor)} {base}" if base not in (word, "share") else ""
        yield f"{word} (a unit)\n  {ABOUT_UNITS[word]}{same}"


def _keywords(word: str) -> Iterator[str]:
    if word in KEYWORDS:
        about, example = KEYWORDS[word]
        yield f"{word} (a word of the grammar)\n  {about}\n\n    {example}"


def _choices(word: str) -> Iterator[str]:
    """A word that means something in certain places only: an average, a kind's type, one of a closed set."""
    if word in ABOUT_AVERAGES:
        yield f"{word} (an average, in `decide.metric`)\n  {ABOUT_AVERAGES[word]}"
    for kind in KINDS.values():
        if word in (*kind.types, *kind.later_types):
            later = "" if word in kind.types else "\n  Not in this release."
            yield f"{word} (a word of `{kind.name}`, after `:`)\n  {kind.about}{later}"
        for attribute in kind.attributes:
            running, coming = choices(attribute.type)
            if word in (*running, *coming):
                later = "" if word in running else "\n  Not in this release."
                yield f"{word} (a word of `{kind.name}.{attribute.name}`)\n  {attribute.about}{later}"
