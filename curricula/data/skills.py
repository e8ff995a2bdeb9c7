"""Rows made for a purpose: a skill that builds on another, and labels of which 40 % are wrong.

As in `desk.py`, every choice is the order of a SHA-256: no generator, no machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from currc.curricula.data.desk import Files, Row, pick, rank, words

NOUNS = (
    "apple", "bell", "boat", "bridge", "candle", "castle", "chair", "clock",
    "cloud", "coin", "desert", "drum", "feather", "forest", "garden", "glove",
    "hammer", "harbor", "island", "kettle", "ladder", "lamp", "lemon", "mirror",
    "mountain", "needle", "pencil", "pillow", "river", "saddle", "spoon", "wheel",
    "arrow", "basket", "bottle", "button", "camera", "carpet", "curtain", "engine",
    "fence", "ladle", "magnet", "pocket", "ribbon", "shovel", "towel", "window",
)  # fmt: skip
CLANS = ("east", "north", "south", "west")
PHRASES = (
    "the {}", "a {}", "one {}", "my {}", "this {}", "old {}", "some {}", "here is the {}",
    "look at the {}", "she has a {}", "where is the {}", "they sold the {}",
)  # fmt: skip
KEPT_PHRASES, KEPT_PAIRS = 3, 66
"""Phrases of each noun, and pairs of each answer in either order, that are gold."""

FLIPPED, WRONG = 660, 40
"""Rows with doubtful labels, and the percentage that is wrong."""
SHORT = 9
"""Most words of their glosses."""


def clan(noun: str) -> str:
    """The clan of a noun, twelve to each; arbitrary, so that it must be learnt noun by noun."""
    return CLANS[sorted(NOUNS, key=lambda one: rank("clan", one)).index(noun) % len(CLANS)]


def clans() -> Files:
    """Whose clan a noun is of, and whether two nouns are of one.

    Every noun stands in all four files, but in other phrases, and beside other nouns. As many
    pairs are kin as are not; both orders of a pair lie on one side.
    """
    files: Files = {"clan_train.jsonl.gz": [], "clan_gold.jsonl.gz": []}
    for noun in NOUNS:
        said = [{"phrase": phrase.format(noun), "clan": clan(noun)} for phrase in PHRASES]
        gold = pick(said, f"clan {noun}", KEPT_PHRASES)
        files["clan_gold.jsonl.gz"] += gold
        files["clan_train.jsonl.gz"] += [row for row in said if row not in gold]
    pairs = {one: clan(one[0]) == clan(one[1]) for one in combinations(NOUNS, 2)}
    many = sum(pairs.values())
    train, gold = list[Row](), list[Row]()
    for answer, kin in (("yes", True), ("no", False)):
        rows = pick(
            ({"pair": f"{a} {b}", "kin": answer} for (a, b), it in pairs.items() if it is kin), answer, many
        )
        gold += rows[:KEPT_PAIRS]
        train += rows[KEPT_PAIRS:]
    return files | {"kin_train.jsonl.gz": _both_ways(train), "kin_gold.jsonl.gz": _both_ways(gold)}


def _both_ways(rows: Iterable[Row]) -> list[Row]:
    turned = [(row, " ".join(reversed(row["pair"].split()))) for row in rows]
    return [one for row, other in turned for one in (row, {**row, "pair": other})]


def flipped(rows: Iterable[Row], label: str) -> list[Row]:
    """Short rows with what somebody `said` of them: in 40 of 100 another of the labels, each as often."""
    rows = list(rows)
    labels = sorted({row[label] for row in rows})
    short = pick((row for row in rows if len(words(row["gloss"])) <= SHORT), "flipped", FLIPPED)
    return [row | {"said": _said(row["gloss"], row[label], labels)} for row in short]


def _said(text: str, label: str, labels: list[str]) -> str:
    drawn = int(rank("flip", text)[:12], 16)
    others = [one for one in labels if one != label]
    return others[drawn // 100 % len(others)] if drawn % 100 < WRONG else label


def made(files: Files) -> Files:
    """All rows of this module by file name, from the rows of the dictionary desk."""
    return clans() | {"flipped_train.jsonl.gz": flipped(files["pos_train.jsonl"], "pos")}
