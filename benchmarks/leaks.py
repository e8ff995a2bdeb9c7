"""The scan for gold rows in training rows, on planted copies: found, false, CPU-seconds, memory.

    python benchmarks/leaks.py

100,000 training rows of 80 words against 2,000 gold rows of 60 words, words drawn by Zipf's
law from 20,000; in each of six forms 50 gold rows are planted. The scan is what `check --data`,
`plan` and a run do with the rows once they are read: exact and normalised copies, then near
ones. Its ratio is to reading the same rows as JSON lines, which a run does anyway.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from time import process_time

import numpy as np

from currc.runtime.data.leaks import leaks
from currc.runtime.data.near import near
from currc.runtime.data.templates import Example

ROWS, LONG = 100_000, 80
GOLD, SHORT = 2_000, 60
EACH = 50
VOCABULARY = 20_000

Words = list[str]


def texts(draw: np.random.Generator, rows: int, length: int) -> Iterator[Words]:
    """Random texts; common words are as common as in English."""
    chances = 1.0 / np.arange(3, VOCABULARY + 3)
    chances /= chances.sum()
    words = [f"word{i}" for i in range(VOCABULARY)]
    for _ in range(rows):
        yield [words[i] for i in draw.choice(VOCABULARY, length, p=chances)]


def replaced(draw: np.random.Generator, share: float) -> Callable[[Words], Words]:
    """Put new words for a share of the words, at least one."""

    def change(row: Words) -> Words:
        row = list(row)
        for at in draw.choice(len(row), max(1, round(share * len(row))), replace=False).tolist():
            row[at] = f"new{draw.integers(10**6)}"
        return row

    return change


def forms(draw: np.random.Generator) -> dict[str, Callable[[Words], Words]]:
    """How a gold row may stand in the training rows."""
    return {
        "exact": list,
        "case and spacing": lambda row: [f" {word.upper()}," for word in row],
        "embedded in a longer text": lambda row: ["before"] * 30 + row + ["after"] * 30,
        "one word changed": replaced(draw, 0.0),
        "10 % of the words replaced": replaced(draw, 0.1),
        "30 % of the words replaced": replaced(draw, 0.3),
    }


def example(row: Words, name: str, at: int) -> Example:
    """A row as a task reads it; prompt and values are one text."""
    text = " ".join(row)
    return Example(text, "x", text, f"{name}{at}", f"{name}.jsonl:{at}")


def peak() -> float:
    """Most memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Plant, scan, count."""
    draw = np.random.default_rng(1)
    gold = list(texts(draw, GOLD, SHORT))
    held = {"g": [example(row, "gold", at) for at, row in enumerate(gold, start=1)]}
    places = draw.choice(ROWS, EACH * len(forms(draw)), replace=False).tolist()
    planted, copies = {}, {}
    for at, place in enumerate(places):
        form, change = list(forms(draw).items())[at // EACH]
        planted[at], copies[place] = form, change(gold[at])
    rows = (copies.get(at, row) for at, row in enumerate(texts(draw, ROWS, LONG)))
    training = {"t": [example(row, "train", at) for at, row in enumerate(rows, start=1)]}
    before, begun = peak(), process_time()
    exact = leaks(training, held)
    middle = process_time()
    similar = near(training, held)
    ended = process_time()
    after = peak()
    lines = [json.dumps({"text": row.inputs, "label": "x"}) for row in training["t"]]
    ended_reading = process_time()
    for line in lines:
        json.loads(line)
    reading = process_time() - ended_reading
    found = {leak.gold.place for leak in exact} | {one.gold.place for one in similar}
    for form in dict.fromkeys(planted.values()):
        mine = [f"gold.jsonl:{at + 1}" for at, of in planted.items() if of == form]
        print(f"{form:28} {sum(place in found for place in mine):3} of {len(mine)}")
    false = [place for place in found if int(place.partition(":")[2]) > len(planted)]
    print(f"{'false':28} {len(false):3} of {GOLD - len(planted)}")
    print(f"CPU-seconds: {middle - begun:.1f} exact and normalised, {ended - middle:.1f} near")
    print(f"ratio to reading the same rows as JSON: {(ended - begun) / reading:.1f}")
    print(f"memory: {after:.0f} MB, of which {after - before:.0f} MB are the scan's and the rest the rows'")


if __name__ == "__main__":
    main()
