from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.runtime.data import near as module
from currc.runtime.data.leaks import word_list
from currc.runtime.data.near import NEAR, RUN, near
from currc.runtime.data.templates import Example

Words = list[str]


def example(text: str, key: str) -> Example:
    return Example(prompt=f"Template\n{text}", target="x", inputs=text, key=key, place=f"{key}:1")


def found(train: list[str], gold: list[str]) -> list[tuple[str, str, str]]:
    """Gold row, training row and what they have in common, of each near pair."""
    rows = {"t": [example(text, f"t{i}") for i, text in enumerate(train)]}
    held = {"g": [example(text, f"g{i}") for i, text in enumerate(gold)]}
    return [(one.gold.key, one.training.key, one.how) for one in near(rows, held)]


def text(draw: random.Random, words: int) -> Words:
    return [f"word{draw.randrange(3000)}" for _ in range(words)]


def replaced(draw: random.Random, row: Words, many: int) -> Words:
    places = draw.sample(range(len(row)), many)
    return [f"new{draw.randrange(10**6)}" if at in places else word for at, word in enumerate(row)]


FORMS: dict[str, Callable[[random.Random, Words], Words]] = {
    "exact": lambda draw, row: row,
    "case and spacing": lambda draw, row: [f" {word.upper()}," for word in row],
    "embedded": lambda draw, row: text(draw, 40) + row + text(draw, 40),
    "one word changed": lambda draw, row: replaced(draw, row, 1),
    "a tenth of the words replaced": lambda draw, row: replaced(draw, row, len(row) // 10),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_planted_copy_of_a_long_row_is_found_and_nothing_else(form: str) -> None:
    """The forms and sizes of the study: 60 words of gold, 80 of training, 50 planted."""
    draw = random.Random(form)
    gold = [text(draw, 60) for _ in range(100)]
    train = [text(draw, 80) for _ in range(500)]
    for at in range(50):
        train[10 * at] = FORMS[form](draw, gold[at])
    pairs = found([" ".join(row) for row in train], [" ".join(row) for row in gold])
    assert [(g, t) for g, t, _ in pairs] == [(f"g{at}", f"t{10 * at}") for at in range(50)]


SENTENCE = "the old cat sat down on a red mat near the door and slept"


@pytest.mark.parametrize(
    ("train", "gold", "how"),
    [
        (f"we saw {SENTENCE} yesterday", SENTENCE, "7 of its 7 runs of 8 words"),
        ("The OLD cat -- sat, down on a red mat, near it", SENTENCE, "3 of its 7 runs of 8 words"),
        (SENTENCE.replace("red", "blue"), SENTENCE, "all but one of its 14 words"),
        (SENTENCE.replace("slept", "dreamt"), SENTENCE, "all but one of its 14 words"),
        ("he ate a slice of warm bread today", "a slice of warm bread", "all its 5 words in a row"),
        ("Subject to change without notice", "subject to change without", "all its 4 words in a row"),
    ],
)
def test_what_two_rows_have_in_common_is_said(train: str, gold: str, how: str) -> None:
    assert found(["something else altogether", train], [gold]) == [("g0", "t1", how)]


@pytest.mark.parametrize(
    ("train", "gold"),
    [
        (SENTENCE.replace("red", "blue").replace("cat", "dog"), SENTENCE),
        (f"{SENTENCE} well".replace("a red mat", "the blue rug"), SENTENCE),
        ("a musician who plays the oboe", "a musician who plays the lute"),
        ("warm bread of a slice", "a slice of warm bread"),
        ("it is subject to change", "subject to change"),
        ("a slice of warm", "a slice of warm bread"),
        ("", SENTENCE),
        (SENTENCE, ""),
        ("??", "!!"),
    ],
)
def test_other_rows_are_not_near(train: str, gold: str) -> None:
    assert found([train], [gold]) == []


def test_rows_one_after_the_other_are_not_read_as_one() -> None:
    halves = SENTENCE.split(" on ")
    assert found(halves, [SENTENCE]) == []


def test_the_nearest_row_is_named_and_the_first_of_equals() -> None:
    train = [f"{SENTENCE[:45]} x", f"now {SENTENCE}", f"then {SENTENCE}"]
    assert [(g, t) for g, t, _ in found(train, [SENTENCE])] == [("g0", "t1")]


def test_each_gold_row_of_the_same_text_is_named_with_its_task() -> None:
    rows = {"t": [example(f"now {SENTENCE}", "t0")]}
    held = {"a": [example(SENTENCE, "g0")], "b": [example(SENTENCE.upper(), "g1")]}
    assert [(one.gold_task, one.gold.key, one.task) for one in near(rows, held)] == [
        ("a", "g0", "t"),
        ("b", "g1", "t"),
    ]
    assert str(near(rows, held)[0]) == "g0:1 (gold of `a`) ≈ t0:1 (trains `t`): 7 of its 7 runs of 8 words"


def test_wording_that_many_gold_rows_share_is_no_evidence() -> None:
    """An instruction of 12 words in the column itself, before texts of 10 words that differ."""
    draw = random.Random(1)
    order = "please read the text below and say what the writer wanted most"
    rows = [f"{order} {' '.join(text(draw, 10))}" for _ in range(60)]
    assert found(rows[:40], rows[40:]) == []
    assert len(found(rows[:40], rows[40:50])) == 10  # of ten rows it is not known to be wording
    assert [g for g, *_ in found([*rows[:40], rows[45] + " again"], rows[40:])] == ["g5"]


def test_rows_are_compared_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    train = [f"now {SENTENCE}", "nothing", f"{SENTENCE} and then"]
    whole = found(train, [SENTENCE, "nothing like it"])
    monkeypatch.setattr(module, "CHUNK", 1)
    assert (
        found(train, [SENTENCE, "nothing like it"]) == whole == [("g0", "t0", "7 of its 7 runs of 8 words")]
    )


def share(train: Words, gold: Words) -> float:
    """What `near` measures, pair by pair and in plain Python."""
    if len(gold) < RUN:
        runs = {tuple(train[at : at + len(gold)]) for at in range(len(train))}
        return float(len(gold) >= 4 and tuple(gold) in runs)
    mine = {tuple(gold[at : at + RUN]) for at in range(len(gold) - RUN + 1)}
    theirs = {tuple(train[at : at + RUN]) for at in range(len(train) - RUN + 1)}
    found = len(mine & theirs) / len(mine)
    apart = sum(one != other for one, other in zip(gold, train, strict=False))
    if len(train) == len(gold) < 16 and apart == 1:
        found = max(found, 1 - 1 / len(gold))
    return found if found >= NEAR else 0.0


rows = st.lists(st.lists(st.sampled_from("abc"), max_size=20), max_size=6)


@given(rows, rows)
def test_it_finds_what_comparing_all_pairs_finds(train: list[Words], gold: list[Words]) -> None:
    best = {f"g{i}": max((share(row, mine) for row in train), default=0.0) for i, mine in enumerate(gold)}
    training = {"t": [example(" ".join(row), f"t{i}") for i, row in enumerate(train)]}
    held = {"g": [example(" ".join(row), f"g{i}") for i, row in enumerate(gold)]}
    assert {one.gold.key: one.share for one in near(training, held)} == pytest.approx(
        {key: value for key, value in best.items() if value}
    )
    assert all(word_list(" ".join(row)) == row for row in train)
