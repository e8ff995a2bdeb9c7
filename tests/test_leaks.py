import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.codes import Code
from currc.runtime.data.leaks import guard, leaks, words
from currc.runtime.data.rows import DataError
from currc.runtime.data.templates import Example


def example(text: str, key: str, place: str = "") -> Example:
    return Example(prompt=f"Template\n{text}", target="x", inputs=text, key=key, place=place or key)


TRAIN = [
    example("The app crashes at start.", "t1", "train.jsonl:1"),
    example("refund", "t2", "train.jsonl:2"),
]


@pytest.mark.parametrize(
    ("gold", "how"),
    [
        (example("The app crashes at start.", "t1"), "the same row"),
        (example("another text of the same row", "t1"), "the same row"),
        (example("The app crashes at start.", "g"), "the same text"),
        (example("the APP  crashes\tat start", "g"), "the same words"),
        (example("Ｔhe app “crashes”, at start!", "g"), "the same words"),
    ],
)
def test_copies_are_found(gold: Example, how: str) -> None:
    (leak,) = leaks({"fields": TRAIN}, {"route": [example("clean", "g0"), gold]})
    assert (leak.gold, leak.training, leak.how) == (gold, TRAIN[0], how)
    assert (leak.gold_task, leak.task) == ("route", "fields")


@pytest.mark.parametrize(
    "text", ["The app crashes at stop.", "app crashes at start", "", "Template", "re fund"]
)
def test_other_texts_are_not(text: str) -> None:
    assert leaks({"fields": TRAIN}, {"route": [example(text, "g")]}) == []


def test_texts_without_words_are_compared_as_they_are() -> None:
    assert leaks({"t": [example("!!!", "t")]}, {"t": [example("???", "g")]}) == []
    assert len(leaks({"t": [example("!!!", "t")]}, {"t": [example("!!! ", "g")]})) == 1


def test_rows_that_tasks_share_are_looked_at_in_each_form() -> None:
    title, body = example("the title", "row"), example("the body", "row")
    (leak,) = leaks({"a": [title], "b": [body]}, {"c": [example("THE BODY", "g")]})
    assert (leak.task, leak.training) == ("b", body)


def test_the_guard_names_pairs_of_places() -> None:
    gold = [example("REFUND", "g1", "gold.jsonl:7"), example("clean", "g2", "gold.jsonl:8")]
    with pytest.raises(DataError) as caught:
        guard({"fields": TRAIN}, {"route": gold})
    error = caught.value
    assert (error.code, error.place) == (Code.GOLD_IN_TRAIN, "gold.jsonl:7")
    assert error.message == (
        "1 of 2 gold rows are found in training data\n"
        "gold.jsonl:7 (gold of `route`) = train.jsonl:2 (trains `fields`): the same words"
    )
    assert error.help == "take these rows out of the training files: what a model has seen cannot judge it"
    guard({"fields": TRAIN}, {"route": gold[1:]})


def test_five_pairs_are_enough() -> None:
    rows = [example(f"text {i}", f"k{i}") for i in range(1200)]
    with pytest.raises(DataError) as caught:
        guard({"t": rows}, {"t": rows})
    lines = caught.value.message.splitlines()
    assert len(lines) == 7
    assert (lines[0], lines[-1]) == ("1,200 of 1,200 gold rows are found in training data", "and 1,195 more")


letters = st.text(st.sampled_from("ab ,Äﬁ٣é\n"), max_size=12)


@given(st.lists(letters, max_size=8), st.lists(letters, max_size=8))
def test_it_finds_what_comparing_all_pairs_finds(train: list[str], gold: list[str]) -> None:
    training = [example(text, f"t{i}") for i, text in enumerate(train)]
    held = [example(text, f"g{i}") for i, text in enumerate(gold)]
    slow = [
        g.key for g in held if any(words(g.inputs) and words(g.inputs) == words(t.inputs) for t in training)
    ]
    assert [leak.gold.key for leak in leaks({"t": training}, {"t": held})] == slow


@given(st.text())
def test_case_width_and_spacing_do_not_matter(text: str) -> None:
    wide = text.replace(" ", "\u3000 ")
    assert words(wide) == words(text)
    assert words(unicodedata.normalize("NFKC", text)) == words(text)
