from __future__ import annotations

from pathlib import Path

import pytest
from specs import TWO_ARMS, changed, spec_of

from currc.compiler.codes import Code
from currc.compiler.explain import explain, near
from currc.compiler.kinds import KINDS
from currc.runtime.command import main
from currc.runtime.vocabulary import Vocabulary

WORDS = Vocabulary()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_explained_with_its_example(kind: str) -> None:
    text = explain(kind, WORDS)
    assert text is not None
    assert KINDS[kind].about in text
    assert KINDS[kind].example.splitlines()[0] in text


def test_every_attribute_is_explained_with_type_default_and_example() -> None:
    for kind in KINDS.values():
        for attribute in kind.attributes:
            text = explain(f"{kind.name}.{attribute.name}", WORDS) or ""
            assert "  is       " in text, (kind.name, attribute.name)
            assert attribute.example in text
            assert attribute.required or attribute.later or attribute.absent or attribute.default is not None


def test_every_word_that_runs_is_explained_with_its_parameters() -> None:
    for slot in WORDS.slots():
        for word in WORDS.words(slot):
            text = explain(word, WORDS) or ""
            assert f"{word} (a word of `{slot}`)" in text
            for name in WORDS.component(slot, word).model_fields:
                assert f"    {name}: " in text, (slot, word, name)


def test_a_word_with_several_meanings_is_explained_for_each() -> None:
    text = explain("equal", WORDS) or ""
    assert "a word of `mix`" in text
    assert "a word of `weights`" in text


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_every_code_is_explained(code: Code) -> None:
    assert code.title in (explain(code.value, WORDS) or "")
    assert explain(code.value.lower(), WORDS) == explain(code.value, WORDS)


def test_a_word_of_a_later_release_says_so() -> None:
    assert "Not in this release" in (explain("jd", WORDS) or "")


def test_a_unit_says_what_it_is_of() -> None:
    assert "1 min is 60 s" in (explain("min", WORDS) or "")


def test_an_address_shows_its_value_and_the_chain_of_its_origins() -> None:
    text = changed(
        TWO_ARMS,
        ("model student", "let top = 1e-3\n\nmodel student"),
        ("schedule = gentle", "schedule = gentle\n  train.lr = top"),
    )
    spec = spec_of(text)
    assert explain("easy.train.lr", WORDS, spec) is None
    assert explain("arm.other.train.lr", WORDS, spec) == (
        "arm.other.train.lr = 0.001\n"
        "  overridden in arm `other` at <text>:57:14\n"
        "  by the constant `top` at <text>:3:1"
    )
    assert explain("train.lr", WORDS, spec) is None or "highest learning rate" in (
        explain("train.lr", WORDS, spec) or ""
    )
    assert "mix = proportional" in (explain("mix", WORDS, spec) or "")
    assert "baseline.mix = unimax(" in (explain("baseline.mix", WORDS, spec) or "")
    assert "gentle.order = easy_first" in (explain("gentle", WORDS, spec) or "")


def test_what_means_nothing_has_a_nearest_word() -> None:
    assert explain("unimaxx", WORDS) is None
    assert near("unimaxx", WORDS) == ("unimax",)


def test_a_code_has_its_examples_and_a_retired_one_says_who_took_over() -> None:
    text = explain("C0104", WORDS) or ""
    assert "  fails:\n\n      task route: classify {\n        train = ticket\n" in text
    assert "train = tickets\n" in text.partition("works:")[2]
    assert explain("c0106", WORDS) == (
        "C0106 (retired)\n  nothing says this any more; what it meant is told as C0602"
    )


def test_a_string_of_a_spec_steers_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "red.curr"
    spec.write_text(TWO_ARMS.replace('prompt = "', 'prompt = "\x1b[31m', 1))
    assert main(["explain", "route.prompt", "--spec", str(spec)]) == 0
    shown = capsys.readouterr().out
    assert "\\x1b[31m" in shown
    assert "\x1b" not in shown
