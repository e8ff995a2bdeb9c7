"""The rows that ship: their size, their notices, their classes, and that no gold text is trained on."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from currc.curricula.data.desk import (
    Row,
    docsum,
    genus,
    is_gold,
    normal,
    pick,
    softened,
    syllables,
    synset,
    usable,
    wordnet,
    words,
)
from currc.curricula.data.skills import made

FOLDER = Path(__file__).parents[1] / "curricula" / "data"
GLOSS_TASKS = {"pos", "topic", "genus"}
FILES = sorted(path.name for path in FOLDER.glob("*.jsonl*"))

CARD = "00000010 06 n 01 card 0 000 | a stiff piece of paper"
LUTE = '00000020 06 n 02 lute 0 Lute 1 001 @ 00000030 n 0000 | an instrument; plucked by hand; "he plays it"'
TOOL = "00000030 06 n 01 instrument 0 000 | a device that requires skill"
RIVER = "00000040 15 n 01 Rhine 0 001 @ 00000050 n 0000 | a large river in Europe"
RUN = "00000060 38 v 01 run 0 000 01 + 02 00 | move fast by using the feet"
NOTICE = "  1 This software is provided to you"


def rows(name: str) -> list[Row]:
    content = (FOLDER / name).read_bytes()
    text = gzip.decompress(content) if name.endswith(".gz") else content
    return [json.loads(line) for line in text.decode("utf-8").splitlines()]


def texts(name: str) -> list[str]:
    return [next(iter(row.values())) for row in rows(name)]


def test_everything_committed_stays_small() -> None:
    sizes = [
        path.stat().st_size
        for path in FOLDER.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert sum(sizes) <= 1_200_000


@pytest.mark.parametrize(
    ("notice", "holder"),
    [
        ("WORDNET.txt", "WordNet 3.1 Copyright 2011 by Princeton University"),
        ("CMUDICT.txt", "Copyright (C) 1993-2015 Carnegie Mellon University"),
        ("NUMPY.txt", "NumPy Developers"),
        ("SCIPY.txt", "SciPy Developers"),
        ("SCIKIT-LEARN.txt", "The scikit-learn developers"),
    ],
)
def test_each_source_has_its_notice_with_the_disclaimer(notice: str, holder: str) -> None:
    text = (FOLDER / "LICENSES" / notice).read_text(encoding="utf-8")
    assert holder in text
    assert '"AS IS"' in text or "``AS IS''" in text


def test_the_readme_names_every_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in FILES if f"`{name}`" not in readme] == []


@pytest.mark.parametrize(
    ("task", "train", "gold"),
    [
        ("pos", 3000, 400),
        ("topic", 3000, 400),
        ("genus", 1200, 300),
        ("syllables", 2000, 300),
        ("docsum", 600, 100),
    ],
)
def test_rows_of_a_task(task: str, train: int, gold: int) -> None:
    suffix = "jsonl.gz" if task in ("docsum", "companions") else "jsonl"
    for name, count in ((f"{task}_train.{suffix}", train), (f"{task}_gold.{suffix}", gold)):
        found = texts(name)
        assert len(found) == count
        assert len({normal(text) for text in found}) == count


def test_no_training_text_of_any_task_is_a_gold_text_of_any_task() -> None:
    gold = {text for name in FILES if "_gold" in name for text in texts(name)}
    assert len(gold) > 1400  # the glosses of three tasks may meet
    normal_gold = {normal(text) for text in gold}
    for name in FILES:
        if "_gold" not in name:
            assert [text for text in texts(name) if text in gold or normal(text) in normal_gold] == []


def test_no_summary_of_gold_is_a_training_target() -> None:
    train = {normal(row["summary"]) for row in rows("docsum_train.jsonl.gz")}
    assert [row for row in rows("docsum_gold.jsonl.gz") if normal(row["summary"]) in train] == []


@pytest.mark.parametrize(("task", "classes"), [("pos", 4), ("topic", 10), ("syllables", 5)])
def test_classes_are_the_same_in_train_and_gold_and_none_is_the_answer_to_most(
    task: str, classes: int
) -> None:
    train = Counter(row[task] for row in rows(f"{task}_train.jsonl"))
    gold = Counter(row[task] for row in rows(f"{task}_gold.jsonl"))
    assert len(train) == classes
    assert set(gold) == set(train)
    assert max(train.values()) < sum(train.values()) / 2
    assert min(train.values()) >= 50


@pytest.mark.parametrize("name", ["genus_train.jsonl", "genus_gold.jsonl"])
def test_a_genus_stands_in_its_gloss_exactly_once(name: str) -> None:
    for row in rows(name):
        assert words(row["gloss"]).count(row["genus"]) == 1
        assert row["gloss"].casefold().count(row["genus"].casefold()) == 1


def test_companions_are_strangers_with_even_random_labels() -> None:
    companions = rows("companions_train.jsonl.gz")
    known = {normal(text) for name in FILES if name.split("_")[0] in GLOSS_TASKS for text in texts(name)}
    assert [row for row in companions if normal(row["gloss"]) in known] == []
    lots = Counter(row["lot"] for row in companions)
    assert len(lots) == 10
    assert max(lots.values()) - 150 < 45  # four standard deviations of a fair draw of 1,500
    assert len({row["shelf"] for row in companions}) == 10


def test_random_labels_say_nothing_about_the_true_ones() -> None:
    from scipy.stats import chi2_contingency

    companions = rows("companions_train.jsonl.gz")
    pairs = Counter((row["shelf"], row["lot"]) for row in companions)
    shelves, lots = (sorted({row[column] for row in companions}) for column in ("shelf", "lot"))
    assert chi2_contingency([[pairs[shelf, lot] for lot in lots] for shelf in shelves]).pvalue > 0.01


def test_rows_made_for_a_purpose_are_what_their_module_makes() -> None:
    files = made({"pos_train.jsonl": rows("pos_train.jsonl")})
    assert {name: rows(name) for name in files} == files


def test_four_in_ten_doubtful_labels_are_wrong_and_say_nothing_about_the_true_one() -> None:
    found = rows("flipped_train.jsonl.gz")
    wrong = Counter((row["pos"], row["said"]) for row in found if row["pos"] != row["said"])
    assert len(found) == 660
    assert abs(sum(wrong.values()) / len(found) - 0.4) < 0.04  # two standard deviations
    assert len(wrong) == 12  # each label for each other one


def test_a_pair_of_gold_was_trained_in_no_order_and_each_noun_was() -> None:
    clans = {row["phrase"].split()[-1]: row["clan"] for row in rows("clan_train.jsonl.gz")}
    assert len(clans) == 48
    assert set(Counter(clans.values()).values()) == {12}
    train, gold = (
        {frozenset(row["pair"].split()) for row in rows(f"kin_{side}.jsonl.gz")} for side in ("train", "gold")
    )
    assert not train & gold
    assert set().union(*train) == clans.keys()
    for row in (*rows("kin_train.jsonl.gz"), *rows("kin_gold.jsonl.gz")):
        one, other = row["pair"].split()
        assert (clans[one] == clans[other]) == (row["kin"] == "yes")
    for row in rows("clan_gold.jsonl.gz"):
        assert row["clan"] in {clans[word] for word in row["phrase"].split() if word in clans}


def test_the_crowd_has_fifty_thousand_different_words() -> None:
    crowd = rows("crowd.jsonl.gz")
    assert len({row["word"] for row in crowd}) == len(crowd) == 50_000
    assert {row["syllables"] for row in crowd} == set("12345")


def test_a_gloss_ends_before_its_example() -> None:
    _, lute = synset(LUTE, "noun")
    assert lute.gloss == "an instrument; plucked by hand"
    assert lute.lemmas == ("lute", "Lute")
    assert lute.parents == ("00000030",)
    assert lute.topic == "artifact"
    assert synset(RUN, "verb")[1].topic is None


def test_notices_are_no_synsets() -> None:
    assert wordnet({"noun": f"{NOTICE}\n{CARD}\n"}).keys() == {("noun", "00000010")}


def test_names_short_glosses_and_shared_glosses_are_left_out() -> None:
    def of(*lines: str) -> list[str]:
        return [entry.gloss for entry in usable(synset(line, "noun")[1] for line in lines)]

    short = "00000070 06 n 01 pen 0 000 | writing tool"
    twice = "00000080 06 n 01 sheet 0 000 | A stiff piece of paper."
    assert of(RIVER, short, TOOL) == ["a device that requires skill"]
    assert of(CARD, twice, TOOL) == ["a device that requires skill"]


@pytest.mark.parametrize(
    ("gloss", "answer"),
    [
        ("an instrument with strings", "instrument"),
        ("an Instrument with strings", "Instrument"),
        ("strings on a board", None),
        ("an instrument that is no instrument", None),
        ("an instrument for instrumentalists", None),
        ("an instrument-maker's bench", None),
    ],
)
def test_genus_is_the_only_occurrence_of_a_parents_lemma(gloss: str, answer: str | None) -> None:
    everything = wordnet({"noun": TOOL})
    child = synset(f"00000090 06 n 01 lyre 0 001 @ 00000030 n 0000 | {gloss}", "noun")[1]
    assert genus(child, everything) == answer


def test_syllables_are_the_stressed_and_unstressed_vowels() -> None:
    dictionary = (
        "SPOIL  S P OY1 L\nLEMON  L EH1 M AH0 N\nFIRE  F AY1 ER0\nFIRE(1)  F AY1 R\nA'S  EY1 Z\nHMM  HH M M"
    )
    assert syllables(dictionary) == [{"word": "lemon", "syllables": "2"}, {"word": "spoil", "syllables": "1"}]


def test_a_summary_is_the_title_of_plain_prose() -> None:
    title = "Return the smallest row of a table."
    prose = "The rows are compared from left to right, and ties are resolved by the order in which they came."
    kept = f"{title}\n\n{prose}\n\nParameters\n----------\n"
    assert docsum([kept, kept]) == [{"text": prose, "summary": title}]
    assert docsum([f"{title}\n\nParameters\n----------\nx : a number"]) == []
    assert docsum([title, "", f"{title}\n\n.. math:: {prose}"]) == []


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: f"  {text}!", lambda text: text.replace(" ", ", ")]
)
def test_the_side_of_a_text_does_not_depend_on_case_or_punctuation(change: Callable[[str], str]) -> None:
    for number in range(50):
        text = f"a thing of {number} parts"
        assert is_gold(change(text)) == is_gold(text)


def test_one_text_in_eight_is_gold() -> None:
    gold = sum(is_gold(f"a thing of {number} parts") for number in range(4000))
    assert abs(gold - 500) < 90  # four standard deviations


def test_a_choice_depends_on_the_rows_and_not_on_their_order() -> None:
    material = [{"text": f"row {number}"} for number in range(40)]
    chosen = pick(material, "a purpose", 10)
    assert pick(list(reversed(material)), "a purpose", 10) == chosen
    assert pick(material, "another", 10) != chosen
    with pytest.raises(ValueError, match="wants 41 rows and has 40"):
        pick(material, "a purpose", 41)


def test_softened_shares_are_roots_of_the_sizes() -> None:
    sizes = {"noun": 6400, "verb": 1600}
    material = [{"gloss": f"{kind} {n}", "pos": kind} for kind, size in sizes.items() for n in range(size)]
    counts = Counter((row["pos"], is_gold(row["gloss"])) for row in softened(material, "pos", (300, 60)))
    assert counts == {("noun", False): 200, ("verb", False): 100, ("noun", True): 40, ("verb", True): 20}


def test_rows_do_not_depend_on_the_seed_of_python_hashes() -> None:
    script = (
        "from currc.curricula.data.desk import pick;"
        "print([row['t'] for row in pick([{'t': str(n)} for n in range(99)], 'p', 9)])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "12"
    ]
    assert len({*said}) == 1


def test_gold_and_training_rows_are_written_as_one_object_a_line() -> None:
    for name, first in itertools.product(FILES, [0]):
        row = rows(name)[first]
        assert all(isinstance(value, str) and value.strip() == value != "" for value in row.values())
