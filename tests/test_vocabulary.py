"""The words of the language: one file each, complete, light, and built from JSON."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module, util
from pathlib import Path

import pytest
from pydantic import ValidationError

from currc.compiler.plan import Method
from currc.runtime import vocabulary as module
from currc.runtime.component import Component
from currc.runtime.vocabulary import FOLDERS, SLOTS, Vocabulary
from tests.contracts.every import method

VOCABULARY = Vocabulary()
WORDS = [(slot, word) for slot in FOLDERS for word in VOCABULARY.words(slot)]
UNITS = {
    "number",
    "count",
    "share",
    "word",
    "text",
    "column",
    "metric",
    "component",
    "steps",
    "tokens",
    "evals",
}
every_word = pytest.mark.parametrize(("slot", "word"), WORDS, ids=lambda value: value)


def test_the_first_words_are_there() -> None:
    first = {
        "score": "length rarity column reference_loss random mean_of",
        "order": "shuffled easy_first hard_first random_order",
        "pacing": "none linear root step competence",
        "mix": "proportional equal capped temperature unimax shares",
        "weights": "equal fixed uncertainty",
        "combine": "sum pcgrad",
    }
    for slot, words in first.items():
        assert set(words.split()) <= set(VOCABULARY.words(slot))


@every_word
def test_a_file_holds_one_component(slot: str, word: str) -> None:
    name = f"currc.runtime.{FOLDERS[slot].replace('/', '.')}.{word}"
    here = [
        value
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Component) and value.__module__ == name
    ]
    assert here == [VOCABULARY.component(slot, word)]
    assert here[0].word() == word


@every_word
def test_a_word_has_a_manual_page(slot: str, word: str) -> None:
    page = VOCABULARY.component(slot, word).__doc__
    assert page, "the class needs a docstring of its own"
    first = page.splitlines()[0]
    assert first[0].isupper() or not first[0].isalpha()
    assert first.endswith((".", ":", "?"))


@every_word
def test_every_parameter_is_described(slot: str, word: str) -> None:
    for name, field in VOCABULARY.component(slot, word).model_fields.items():
        assert field.description, name
        assert field.unit in UNITS, name
        assert (field.slot in SLOTS) == (field.unit == "component"), name


@every_word
def test_a_word_is_built_from_its_own_json(slot: str, word: str) -> None:
    built = VOCABULARY.build(slot, method(slot, word))
    parameters = json.loads(json.dumps(built.model_dump(mode="json")))
    again = VOCABULARY.build(slot, Method(word=built.word(), parameters=parameters))
    assert type(again) is type(built)
    assert again == built


@every_word
def test_a_parameter_that_is_not_there_is_refused(slot: str, word: str) -> None:
    given = method(slot, word)
    given["parameters"]["no_such_parameter"] = 1
    with pytest.raises(ValidationError, match="no_such_parameter"):
        VOCABULARY.build(slot, given)


@every_word
def test_a_component_cannot_be_changed(slot: str, word: str) -> None:
    built = VOCABULARY.build(slot, method(slot, word))
    for name in type(built).model_fields:
        with pytest.raises(AttributeError, match="frozen"):
            setattr(built, name, None)


@every_word
def test_what_collects_arguments_is_a_parameter(slot: str, word: str) -> None:
    kind = VOCABULARY.component(slot, word)
    for name in (kind.open_keywords, kind.variadic):
        assert name is None or name in kind.model_fields


@every_word
def test_components_of_different_kinds_do_not_know_each_other(slot: str, word: str) -> None:
    kind = VOCABULARY.component(slot, word)
    spec = util.find_spec(kind.__module__)
    assert spec is not None
    assert spec.origin
    mine = f"currc.runtime.{FOLDERS[slot].replace('/', '.')}"
    others = {f"currc.runtime.{folder.replace('/', '.')}" for folder in FOLDERS.values()} - {mine}
    for node in ast.walk(ast.parse(Path(spec.origin).read_text())):
        if isinstance(node, ast.ImportFrom):
            assert not any((node.module or "").startswith(other) for other in others), node.module


@every_word
def test_a_cost_is_told_for_any_number_of_tasks(slot: str, word: str) -> None:
    built = VOCABULARY.build(slot, method(slot, word))
    for tasks in (1, 2, 8):
        assert all(part >= 0.0 for part in built.cost(tasks))


def test_unknown_words_and_slots_are_refused() -> None:
    with pytest.raises(KeyError, match="no word 'tempo'"):
        VOCABULARY.component("pacing", "tempo")
    with pytest.raises(KeyError):
        VOCABULARY.words("colour")


def test_a_file_without_its_component_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_words", lambda slot: ("plan",))
    monkeypatch.setattr(module, "import_module", lambda name: import_module("currc.compiler.plan"))
    with pytest.raises(TypeError, match="no component named 'plan'"):
        VOCABULARY.component("pacing", "plan")


HEAVY = "numpy torch transformers scipy peft datasets sklearn"


@pytest.mark.parametrize(
    "look",
    ["vocabulary.words(slot)", "[vocabulary.component(slot, word) for word in vocabulary.words(slot)]"],
    ids=["listing", "importing"],
)
def test_the_vocabulary_is_light(look: str) -> None:
    code = (
        "import sys\n"
        "from currc.runtime.vocabulary import Vocabulary\n"
        "vocabulary = Vocabulary()\n"
        f"for slot in vocabulary.slots(): {look}\n"
        f"print(' '.join(sorted(set({HEAVY.split()!r}) & set(sys.modules))))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
