"""What `currc schema` says, and that the reference in docs/ is what the vocabulary says today."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from specs import STAGED, plan_of

from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Complaints
from currc.compiler.kinds import KINDS
from currc.compiler.language import KEYWORDS, language
from currc.compiler.manual import manual
from currc.compiler.parse import parse
from currc.compiler.read_components import component, default
from currc.compiler.resolve import resolve
from currc.compiler.source import Source
from currc.compiler.spec import Origin, Setting
from currc.compiler.tables import tables
from currc.compiler.value_types import UNITS, Bound
from currc.runtime.command import main
from currc.runtime.vocabulary import Vocabulary

WORDS = Vocabulary()
LANGUAGE = language(WORDS)
PAGE = Path(__file__).parent.parent / "docs" / "reference.md"
EVERY_WORD = [(slot["slot"], word) for slot in LANGUAGE["slots"] for word in slot["words"]]
IDS = [f"{slot}-{word['word']}" for slot, word in EVERY_WORD]


def parsed(text: str) -> Any:
    """The file of a text without a syntax mistake."""
    complaints = Complaints()
    file = parse(Source("<text>", text), complaints)
    assert [it.message for it in complaints] == [], text
    return file, complaints


def bound(slot: str, text: str) -> Bound:
    """What the compiler reads where a word of a slot stands; fails on any complaint.

    There is a task `alpha` measured by its `loss`, for words that follow a metric.
    """
    task = "task alpha: classify {\n  metric = loss\n}\n"
    file, complaints = parsed(f"edition 2026\n\n{task}\nlet it = {text}\n")
    desk = Desk(resolve(file, complaints), WORDS, complaints)
    desk.settings["alpha.metric"] = Setting(default("loss", "metric", desk), (Origin("written"),))
    found = component(file.constants[0].value, slot, (), Place(slot), desk)
    assert [it.message for it in complaints] == [], text
    assert isinstance(found, Bound)
    return found


def test_the_page_in_docs_is_written_from_the_vocabulary_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(LANGUAGE), (
        "a kind, an attribute or a word has changed, and docs/reference.md is written from them: "
        "run `make reference` (or `currc schema markdown > docs/reference.md`) and commit the page"
    )


def test_every_kind_attribute_and_word_of_the_tables_is_there() -> None:
    assert {kind["kind"] for kind in LANGUAGE["kinds"]} == set(KINDS)
    for kind in LANGUAGE["kinds"]:
        assert [it["name"] for it in kind["attributes"]] == [it.name for it in KINDS[kind["kind"]].attributes]
    assert [slot["slot"] for slot in LANGUAGE["slots"]] == list(WORDS.slots())
    for slot in LANGUAGE["slots"]:
        assert [word["word"] for word in slot["words"]] == list(WORDS.words(slot["slot"]))
    assert {unit["name"] for unit in LANGUAGE["units"]} == set(UNITS) - {""}
    assert set(KEYWORDS) == set(tables().keywords)


def test_everything_says_what_it_is_in_one_line() -> None:
    entries = [*LANGUAGE["keywords"], *LANGUAGE["units"], *LANGUAGE["averages"], *LANGUAGE["kinds"]]
    entries += [it for kind in LANGUAGE["kinds"] for it in kind["attributes"]]
    entries += LANGUAGE["slots"]
    entries += [word for _, word in EVERY_WORD]
    entries += [it for _, word in EVERY_WORD for it in word["parameters"]]
    assert len(entries) > 150
    for entry in entries:
        assert entry["about"].strip(), entry
        assert "\n" not in entry["about"], entry


def test_an_attribute_is_required_has_a_default_or_says_what_silence_means() -> None:
    for kind in LANGUAGE["kinds"]:
        for it in kind["attributes"]:
            said = (
                it["required"],
                it["default"] is not None,
                it["absent"] is not None,
                it["later"] is not None,
            )
            assert any(said), (kind["kind"], it["name"])
            assert not (it["required"] and it["default"]), (kind["kind"], it["name"])


def test_the_examples_of_kinds_and_attributes_are_text_of_the_language() -> None:
    for kind in LANGUAGE["kinds"]:
        parsed(f"edition 2026\n\n{kind['example']}\n")
        for it in kind["attributes"]:
            file, _ = parsed(f"edition 2026\n\n{kind['kind']} {{\n  {it['example']}\n}}\n")
            assert file.blocks[0].statements[0].path.text == it["name"]


@pytest.mark.parametrize(("slot", "word"), EVERY_WORD, ids=IDS)
def test_the_example_of_a_word_is_read_by_the_compiler(slot: str, word: dict[str, Any]) -> None:
    assert bound(slot, word["example"]).word == word["word"]


@pytest.mark.parametrize(("slot", "word"), EVERY_WORD, ids=IDS)
def test_defaults_as_they_are_written_are_the_defaults(slot: str, word: dict[str, Any]) -> None:
    if any(it["required"] for it in word["parameters"]):
        return
    written = [f"{it['name']} = {it['default']}" for it in word["parameters"] if it["default"] is not None]
    text = f"{word['word']}({', '.join(written)})" if written else word["word"]
    desk = Desk(resolve(parsed("edition 2026\n")[0], Complaints()), WORDS, Complaints())
    plain = default(word["word"], slot, desk)
    assert isinstance(plain, Bound)
    assert bound(slot, text).parameters == plain.parameters


def test_a_share_is_shown_as_a_percentage_and_a_bound_with_it() -> None:
    text = manual(LANGUAGE)
    assert (
        "- **`full_at`**: progress at which all rows are open; above 100% they never are. Is a share " in text
    )
    assert "more than 0% and at most 200%; default `60%`." in text
    assert "Is a range of shares, as `0% .. 40%`; default `0% .. 100%`." in text


def test_links_lead_to_headings_and_every_word_has_one() -> None:
    text = manual(LANGUAGE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(links) > 25
    assert links <= anchors
    for kind in KINDS:
        assert f"`{kind}`" in headings
    for slot, word in EVERY_WORD:
        section = text.partition(f"### Words of `{slot}`\n")[2].partition("\n### ")[0]
        assert f"#### `{word['word']}`\n" in section


def test_no_page_shows_python() -> None:
    assert ">>>" not in manual(LANGUAGE)


def test_the_schema_of_a_plan_knows_every_key_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "plan"]) == 0
    schema = json.loads(capsys.readouterr().out)

    seen: set[str] = set()

    def check(value: Any, at: dict[str, Any], where: str) -> None:
        for one in at.get("anyOf", [at]):
            one = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            if isinstance(value, dict) and "properties" in one:
                seen.add(where)
                assert one["additionalProperties"] is False, where
                assert set(one.get("required", ())) <= set(value) <= set(one["properties"]), where
                for key, inner in value.items():
                    check(inner, one["properties"][key], f"{where}.{key}")
            elif isinstance(value, dict) and isinstance(one.get("additionalProperties"), dict):
                for inner in value.values():
                    check(inner, one["additionalProperties"], f"{where}[]")
            elif isinstance(value, list) and "items" in one:
                for inner in value:
                    check(inner, one["items"], f"{where}[]")

    check(plan_of(STAGED).model_dump(mode="json"), schema, "plan")
    assert {"plan", "plan.arms[].tasks[].metric", "plan.arms[].schedule.segments[].window"} <= seen


def test_the_command_prints_what_the_library_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "language"]) == 0
    assert json.loads(capsys.readouterr().out) == LANGUAGE
    assert main(["schema", "markdown"]) == 0
    assert capsys.readouterr().out == manual(LANGUAGE)
    assert main(["schema"]) == 2
