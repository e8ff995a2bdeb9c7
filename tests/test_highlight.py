"""Colours agree with the compiler's own lexer: Pygments, and the TextMate grammar of editors."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexer import Lexer
from pygments.token import Error, Keyword, Name, Number, String
from textmate import Grammar

from currc.compiler.diagnostic import Complaints
from currc.compiler.lexer import scan
from currc.compiler.source import Source
from currc.runtime.editor.highlight import CLASSES, CurrLexer, classes

HERE = Path(__file__).parent.parent
EDITORS = HERE / "grammar" / "editors"
GRAMMAR = Grammar(EDITORS / "curr.tmLanguage.json")
GOOD = [*sorted((HERE / "curricula").glob("*.curr")), *sorted(HERE.glob("tests/golden/good/*.curr"))]
BAD = sorted(HERE.glob("tests/golden/bad/**/*.curr"))

EXAMPLE = '''edition 2026

use "shared.curr" as lib # shared
let pace = root(
  start = 20%, # slow
  full_at = 0.6,
)

## Routes.
task route: classify extends lib.base {
  prompt = "Say \\"{body}\\"\\n"
  target = """
    {queue}
  """
  labels = ["a", "b"]
}

schedule school {
  stage basics {
    max = 100 steps
    take = 0% .. 40%
    reset_optimizer = true
    promote {
      when route.macro_f1 >= 0.70
    }
  }
}

arm easy extends baseline {
  train.lr = (2 - 1) * 3e-4
  drop school.basics.max
}
'''

SCOPES = {
    "keyword": ("keyword.other", "keyword.control", "storage.modifier.extends"),
    "boolean": ("constant.language.boolean",),
    "kind": ("storage.type",),
    "own": ("entity.name.type",),
    "type": ("support.type",),
    "parent": ("entity.other.inherited-class",),
    "constant": ("entity.name.constant",),
    "module": ("entity.name.namespace",),
    "attribute": ("variable.other.property",),
    "parameter": ("variable.parameter",),
    "call": ("entity.name.function",),
    "word": ("variable.other.curr",),
    "unit": ("keyword.other.unit",),
    "number": ("constant.numeric",),
    "string": (
        "string.quoted",
        "constant.character.escape",
        "variable.other.placeholder",
        "punctuation.definition",
    ),
    "operator": ("keyword.operator",),
    "punctuation": ("punctuation", "variable.other.property", "entity.other.inherited-class"),
    "doc": ("comment.line.documentation",),
    "comment": ("comment.line.number-sign",),
}
"""The scopes that an editor may give to each class; a dot belongs to the address around it."""


def lexed(text: str) -> list[tuple[str, str]]:
    """The words of a text that are no blanks, each with its class."""
    tokens = scan(Source("", text), Complaints())
    named = zip(classes(tokens), range(len(tokens)), strict=True)
    return [(tokens.text(at), name) for name, at in named if name != "blank"]


def test_what_each_word_of_an_example_is() -> None:
    found = lexed(EXAMPLE)
    for name, words in {
        "keyword": ("edition", "let", "extends", "when", "drop"),
        "boolean": ("true",),
        "kind": ("task", "stage", "arm"),
        "own": ("route", "basics"),
        "type": ("classify",),
        "parent": ("base", "baseline"),
        "constant": ("pace",),
        "module": ("lib",),
        "attribute": ("prompt", "train", "lr", "school"),
        "parameter": ("start", "full_at"),
        "call": ("root",),
        "word": ("macro_f1",),
        "unit": ("steps",),
        "number": ("2026", "20%", "0.6", "3e-4"),
        "operator": ("..", ">=", "=", "*"),
        "punctuation": ("[", "{", ","),
        "doc": ("## Routes.",),
        "comment": ("# shared", "# slow"),
    }.items():
        assert {(word, name) for word in words} <= set(found), name


class TestPygments:
    @pytest.mark.parametrize("path", [*GOOD, *BAD], ids=lambda path: path.stem)
    def test_the_tokens_are_the_text(self, path: Path) -> None:
        text = path.read_bytes().decode("utf-8", "replace")
        assert "".join(part for _, _, part in CurrLexer().get_tokens_unprocessed(text)) == text

    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_a_good_spec_has_no_error_and_many_colours(self, path: Path) -> None:
        found = {kind for kind, _ in CurrLexer().get_tokens(path.read_text(encoding="utf-8"))}
        assert Error not in found
        assert {
            Keyword.Declaration,
            Name.Attribute,
            Name.Class,
            String.Double,
            String.Interpol,
            Number,
        } <= found

    @given(st.text(alphabet=st.sampled_from('ab0 ={}[]()"#%.\\\n\t€\r\x00,:'), max_size=60))
    def test_any_text_comes_back(self, text: str) -> None:
        places = list(CurrLexer().get_tokens_unprocessed(text))
        assert "".join(part for _, _, part in places) == text
        assert [at for at, _, _ in places] == [
            sum(len(part) for _, _, part in places[:index]) for index in range(len(places))
        ]

    def test_what_the_language_does_not_have_is_an_error(self) -> None:
        assert Error in {kind for kind, _ in CurrLexer().get_tokens("edition 2026\nlet a = €\n")}

    def test_the_entry_point_names_the_lexer(self) -> None:
        project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        module, _, name = project["entry-points"]["pygments.lexers"]["curr"].partition(":")
        found = getattr(import_module(module), name)
        assert found is CurrLexer
        assert issubclass(found, Lexer)
        assert found.aliases == ["curr"]
        assert found.filenames == ["*.curr"]

    def test_every_class_has_a_colour(self) -> None:
        assert set(CLASSES) == {*SCOPES, "blank"}


class TestTextMate:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_every_character_of_a_good_spec_has_a_scope(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        scopes = GRAMMAR.scopes(text)
        bare = [text[at : at + 20] for at, sign in enumerate(text) if not sign.isspace() and not scopes[at]]
        assert bare == []

    @pytest.mark.parametrize("text", [EXAMPLE, *(path.read_text(encoding="utf-8") for path in GOOD)], ids=len)
    def test_scopes_say_what_the_lexer_says(self, text: str) -> None:
        scopes = GRAMMAR.scopes(text)
        tokens = scan(Source("", text), Complaints())
        for at, name in enumerate(classes(tokens)):
            for place in range(tokens.starts[at], tokens.ends[at]) if name != "blank" else ():
                if not text[place].isspace():
                    assert scopes[place].startswith(SCOPES[name]), (tokens.text(at), name, scopes[place])

    def test_no_good_text_is_called_illegal(self) -> None:
        for path in GOOD:
            assert not any("invalid" in it for it in GRAMMAR.scopes(path.read_text(encoding="utf-8")))
        assert "invalid.illegal.escape.curr" in GRAMMAR.scopes('let a = "\\q"\n')

    def test_expressions_are_plain_enough_for_every_engine(self) -> None:
        """Nothing in which Oniguruma, JavaScript and Python differ: no possessive, atomic or named groups."""
        for rule in GRAMMAR.patterns:
            for expression in (rule.get("match", ""), rule.get("begin", ""), rule.get("end", "")):
                re.compile(expression)
                assert not re.search(r"\(\?[<>P]|[*+?]\+|\\[hHGAZz]", expression), expression

    def test_what_is_configured_for_editors_belongs_to_the_language(self) -> None:
        config = json.loads((EDITORS / "language-configuration.json").read_text(encoding="utf-8"))
        assert config["comments"] == {"lineComment": "#"}
        assert sorted(map(tuple, config["brackets"])) == [("(", ")"), ("[", "]"), ("{", "}")]
        rules = config["indentationRules"]
        more = re.compile(rules["increaseIndentPattern"])
        less = re.compile(rules["decreaseIndentPattern"])
        depth = 0
        for line in re.sub(r'"{3}.*?"{3}', "1", EXAMPLE, flags=re.DOTALL).splitlines():
            depth -= bool(less.match(line))
            indent = len(line) - len(line.lstrip(" "))
            assert indent == 2 * depth or not line, line
            depth += bool(more.match(line))
        assert depth == 0
        manifest = json.loads((EDITORS / "package.json").read_text(encoding="utf-8"))["contributes"]
        for path in (manifest["languages"][0]["configuration"], manifest["grammars"][0]["path"]):
            assert (EDITORS / path).is_file()
