"""The reference of the language as Markdown, written from its JSON and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from currc.compiler.complain import a, any_of
from currc.compiler.value_types import tidy
from currc.compiler.written import bounds_text

Json = Mapping[str, Any]

HEAD = """\
# Reference of the language

<!-- Written by `make reference` from the tables that check a spec. Edit those, not this page. -->

Every kind of block, every attribute and every word that this version of `currc` knows, edition {edition}.
`currc explain WORD` prints any entry, an editor with `currc lsp` shows it, and `currc schema language` gives
all of it as JSON.
"""

VALUES = """\
## Values

| value | is written | |
|---|---|---|
| number | `16`, `300_000`, `3e-4` | with a unit where it needs one, on the same line: `100 steps` |
| share | `20%` or `0.2` | `%` is glued to its number |
| range | `0% .. 40%` | both ends are written |
| string | `"data/*.jsonl"` | escapes are `\\n \\t \\" \\\\ \\{ \\}` |
| text | `\"\"\"…\"\"\"` | over several lines; the indent that all lines share is taken away |
| template | `"Which queue?\\n{body}"` | a string in which `{column}` stands for a column of the row |
| word | `easy_first` | one of those that may stand there, or the name of a constant |
| name | `tickets` | a block of the kind that is wanted there; `lib.tickets` in a used file |
| call | `root(start = 20%)` | a word with parameters; those left out are at their defaults |
| list | `[route, fields]` | no item twice; a comma after the last one is allowed |
| metric | `route.macro_f1` | a task and one of the metrics that it measures |

Numbers may be computed: `2 * base_lr`, `(1 - 20%) / 2`; quantities must fit each other.
"""


SEARCHES = """\
## Methods of `currc search`

They stand in no spec: `currc search SPEC --method METHOD` prints shares, to paste as the `mix` of an arm.
A method with parameters is quoted, as `--method 'doge(mu = 0.1)'`.
"""


def manual(language: Json) -> str:
    """The reference of a language, as `language.language` describes it."""
    parts = [HEAD.format(edition=language["edition"]), _contents(language), _statements(language)]
    parts += [VALUES, _units(language), "## Kinds of blocks\n"]
    parts += [kind_text(kind) for kind in language["kinds"]]
    parts += [_averages(language), "## Words\n"]
    parts += [_slot(slot) for slot in language["slots"]]
    parts.append(_searches(language))
    return "\n".join(parts)


def _contents(language: Json) -> str:
    lines = [
        "- [Statements](#statements), [values](#values), [units](#units)",
        "- [Kinds of blocks](#kinds-of-blocks)",
    ]
    lines += [
        f"  - [`{kind['kind']}`](#{kind['kind']}): {kind['about']}"
        for kind in language["kinds"]
        if not kind["later"]
    ]
    lines += ["- [Averages](#averages)", "- [Words](#words)"]
    for slot in language["slots"]:
        words = ", ".join(f"`{word['word']}`" for word in slot["words"])
        lines.append(f"  - [`{slot['slot']}`](#words-of-{slot['slot']}): {words}")
    searches = ", ".join(f"`{word['word']}`" for word in language["searches"])
    lines.append(f"- [Methods of `currc search`](#methods-of-currc-search): {searches}")
    return "\n".join([*lines, ""])


def _statements(language: Json) -> str:
    rows = [(f"`{it['name']}`", it["about"], f"`{it['example']}`") for it in language["keywords"]]
    return "\n".join(["## Statements", "", *_table(("word", "does", "example"), rows), ""])


def _units(language: Json) -> str:
    rows = [(f"`{it['name']}`", it["about"], _same(it)) for it in language["units"]]
    return "\n".join(["## Units", "", *_table(("unit", "counts", "is"), rows), ""])


def _same(unit: Json) -> str:
    """What a unit is in the unit that its dimension is counted in."""
    if unit["dimension"] in (unit["name"], "share"):
        return f"`1{unit['name']}` is {tidy(unit['factor'])}" if unit["name"] == "%" else ""
    return f"{tidy(unit['factor'])} `{unit['dimension']}`"


def _averages(language: Json) -> str:
    rows = [
        (f"`{it['name']}`", it["about"], f"`metric = {it['name']}(route.accuracy, topic.accuracy)`")
        for it in language["averages"]
    ]
    head = ["## Averages", "", "What `decide.metric` makes of several metrics.", ""]
    return "\n".join([*head, *_table(("word", "is", "example"), rows), ""])


def kind_text(kind: Json) -> str:
    """A kind of block: what it is, an example, and its attributes."""
    lines = [f"### `{kind['kind']}`", "", f"{_sentence(kind['about'])} {' '.join(_form(kind))}".rstrip(), ""]
    if kind["later"]:
        return "\n".join([*lines, f"Not in this release: {kind['later']}.", ""])
    lines += [*_code(kind["example"]), ""]
    lines += [line for attribute in kind["attributes"] for line in attribute_lines(attribute)]
    return "\n".join([*lines, ""] if kind["attributes"] else lines)


def _form(kind: Json) -> Iterator[str]:
    """Where a block stands and what its header and body may hold."""
    if kind["inside"]:
        yield f"Stands in {a_block(kind['inside'])}."
    if kind["types"]:
        later = f" ({any_of(kind['types_later'])} is not in this release)" if kind["types_later"] else ""
        yield f"After the name stands `:` and {any_of(kind['types'])}{later}."
    if not kind["named"] and not kind["inside"]:
        yield "There is at most one, without a name."
    if kind["extends"]:
        yield f"May extend another `{kind['kind']}`."
    if kind["guards"]:
        yield "Holds `when` statements."
    if kind["any_attribute"]:
        yield "Its attributes may have any name."


def a_block(kind: str) -> str:
    """A kind of block with its article.

    >>> a_block("schedule")
    'a `schedule`'
    """
    return f"{a(kind).split()[0]} `{kind}`"


def attribute_lines(it: Json) -> Iterator[str]:
    """An attribute as an item of a list."""
    if it["later"]:
        yield f"- **`{it['name']}`**: {it['about']}. Not in this release: {it['later']}."
        return
    yield f"- **`{it['name']}`**: {it['about']}."
    facts = [f"Is {_is(it['type'])}{_bounds(it['type'])}"]
    if it["required"]:
        facts.append("**required**")
    elif it["default"] is not None:
        facts.append(f"default `{it['default']}`")
    else:
        facts.append(f"without it: {it['absent']}")
    if it["same_in_every_arm"]:
        facts.append("no arm may override it")
    yield f"  {'; '.join(facts)}. Example: `{it['example']}`"


def _is(type: Json) -> str:
    """A type in words, with links to the blocks and words that it speaks of."""
    words = "".join(f", or `{word}`" for word in type.get("words", ()))
    match type["type"]:
        case "slot":
            return f"a word of [`{type['slot']}`](#words-of-{type['slot']}){words}"
        case "ref":
            return f"the name of {a(type['kind']).split()[0]} [`{type['kind']}`](#{type['kind']}){words}"
        case "list_of":
            return f"a list in `[ ]`; each item is {_is(type['item'])}"
        case "either":
            texts = [_is(one) for one in type["choices"] if one["type"] != "words" or one["words"]]
            return ", or ".join(texts)
        case _:
            return str(type["is"])


def _bounds(type: Json) -> str:
    """The bounds of a number that its words do not say."""
    if type["type"] == "either":
        return next(filter(None, map(_bounds, type["choices"])), "")
    if type["type"] not in ("count", "real"):
        return ""
    least, most, above = type.get("least"), type.get("most"), type.get("above")
    parts = [f"more than {tidy(above)}"] if above is not None else []
    parts += [f"at least {tidy(least)}"] if least is not None else []
    parts += [f"at most {tidy(most)}"] if most is not None else []
    return f", {' and '.join(parts)}" if parts else ""


def _slot(slot: Json) -> str:
    where = any_of(slot["where"]).replace(" or ", " and ")
    lines = [f"### Words of `{slot['slot']}`", "", f"{_sentence(slot['about'])} Stands in {where}.", ""]
    if slot["plain_words"]:
        lines += [f"{any_of(slot['plain_words'])} stands for nothing at all.", ""]
    if slot["later"]:
        lines += [f"Not in this release: {', '.join(f'`{word}`' for word in slot['later'])}.", ""]
    for word in slot["words"]:
        lines += [f"#### `{word['word']}`", "", *word_lines(word, slot["slot"])]
    return "\n".join(lines)


def _searches(language: Json) -> str:
    lines = [SEARCHES]
    for word in language["searches"]:
        lines += [
            f"### `{word['word']}`",
            "",
            *_page(word, f"currc search SPEC --method {word['word']}", "sh"),
        ]
    return "\n".join(lines)


def word_lines(word: Json, attribute: str) -> Iterator[str]:
    """A word's manual page, the word at work in an attribute, and its parameters."""
    return _page(word, f"{attribute} = {word['example']}")


def _page(word: Json, work: str, written: str = "hcl") -> Iterator[str]:
    yield from (word["page"], "", *_facts(word))
    yield from (*_code(work, written), "")
    if word["parameters"]:
        yield from (*map(parameter_line, word["parameters"]), "")


def _facts(word: Json) -> Iterator[str]:
    if "judges" not in word:
        return
    span = "from {} to {}".format(*map(tidy, word["range"])) if word["range"] else "without bounds"
    better = "higher" if word["higher_is_better"] else "lower"
    kinds = any_of(word["judges"]).replace(" or ", " and ")
    yield f"Judges answers of {kinds}; {span}; {better} is better."
    yield ""


UNITS = {
    "metric": "a metric of a task, as `route.accuracy`",
    "number": "a number",
    "count": "a whole number",
    "share": "a share",
    "word": "a word",
    "text": "a string",
    "column": "the name of a column",
}


def parameter_line(it: Json) -> str:
    """A parameter as an item of a list."""
    default = "**required**" if it["required"] else f"default `{it['default']}`"
    facts = [_what(it), default if it["default"] is not None or it["required"] else "absent by default"]
    return f"- **`{it['name']}`**: {it['about']}. Is {'; '.join(facts)}."


def _what(it: Json) -> str:
    """What a parameter is, with its bounds."""
    if it["slot"]:
        what = f"a word of [`{it['slot']}`](#words-of-{it['slot']})"
    elif it["words"]:
        what = any_of(it["words"])
    else:
        what = UNITS.get(it["unit"], f"a number of `{it['unit']}`")
    if it["any_name"]:
        return f"{what} for each name, written `name = value`"
    if it["any_number"]:
        return f"{what}, any number of them"
    limits = bounds_text(it["limits"], share=it["unit"] == "share")
    return f"{what} {limits}".rstrip()


def _sentence(text: str) -> str:
    """A line as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def _code(text: str, written: str = "hcl") -> tuple[str, ...]:
    return (f"```{written}", *text.splitlines(), "```")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
