"""The rows of the dictionary desk, from the texts of a dictionary, a pronouncing list and docstrings.

Nothing here opens a file but the docstrings' own; `build.py` does.
"""

from __future__ import annotations

import ast
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = "dictionary desk 1"
"""Every choice of a row is the order of SHA-256(seed, purpose, text): no generator, no machine."""

PARTS = ("noun", "verb", "adj", "adv")
POS_LABELS = {"noun": "noun", "verb": "verb", "adj": "adjective", "adv": "adverb"}
TOPICS = {
    4: "act", 5: "animal", 6: "artifact", 8: "body", 10: "communication",
    13: "food", 15: "location", 18: "person", 20: "plant", 27: "substance",
}  # fmt: skip
"""Supersense by the number of its lexicographer file."""
SHELVES = {
    "act": "deeds", "animal": "zoo", "artifact": "workshop", "body": "clinic", "communication": "post",
    "food": "kitchen", "location": "atlas", "person": "people", "plant": "garden", "substance": "laboratory",
}  # fmt: skip
"""The twin's name of each supersense."""

SIZES = {
    "pos": (3000, 400),
    "topic": (3000, 400),
    "genus": (1200, 300),
    "syllables": (2000, 300),
    "docsum": (600, 100),
    "companions": (1500, 100),
}
"""Training and gold rows by task."""
CROWD = 50_000

Row = dict[str, str]
Files = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its gloss, and what the tasks ask about it."""

    part: str
    topic: str | None
    lemmas: tuple[str, ...]
    parents: tuple[str, ...]
    """Offsets of the `@` pointers, in the order of the file."""
    gloss: str


Synsets = dict[tuple[str, str], Synset]
"""By part of speech and offset."""


def words(text: str) -> list[str]:
    """Word tokens; a hyphen or an apostrophe inside a word does not end it."""
    return re.findall(r"\w+(?:[-'’]\w+)*", text)


def normal(text: str) -> str:
    """What two texts have in common when they differ only in case, width and punctuation."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def rank(purpose: str, text: str) -> str:
    """Place of `text` in a seeded shuffle, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{SEED}\0{purpose}\0{text}".encode()).hexdigest()


def is_gold(text: str) -> bool:
    """Whether a text belongs to the gold side (one in eight), the same side for every task."""
    return int(rank("side", normal(text))[:8], 16) % 8 == 0


def synset(line: str, part: str) -> tuple[str, Synset]:
    """Offset and content of one line of WordNet's `data.*` (format: wndb(5WN))."""
    fields, _, gloss = line.partition("|")
    column = fields.split()
    count = int(column[3], 16)
    lemmas = tuple(re.sub(r"\(\w+\)$", "", lemma) for lemma in column[4 : 4 + 2 * count : 2])
    pointers = column[5 + 2 * count : 5 + 2 * count + 4 * int(column[4 + 2 * count])]
    parents = tuple(offset for kind, offset in zip(pointers[::4], pointers[1::4], strict=True) if kind == "@")
    topic = TOPICS.get(int(column[1])) if part == "noun" else None
    definition = gloss.split('; "')[0].strip().rstrip(";").strip()
    return column[0], Synset(part, topic, lemmas, parents, definition)


def wordnet(files: dict[str, str]) -> Synsets:
    """Every synset by (part of speech, offset), from the text of the four `data.*` files."""
    found = {}
    for part, text in files.items():
        for line in text.splitlines():
            if not line.startswith("  "):
                offset, content = synset(line, part)
                found[part, offset] = content
    return found


def usable(entries: Iterable[Synset]) -> list[Synset]:
    """Synsets of 3 to 30 words, no names, whose gloss no other synset has."""
    plain = (e for e in entries if not e.lemmas[0][0].isupper() and '"' not in e.gloss)
    kept = [e for e in plain if 3 <= len(words(e.gloss)) <= 30]
    times = Counter(normal(e.gloss) for e in kept)
    return [e for e in kept if times[normal(e.gloss)] == 1]


def genus(entry: Synset, everything: Synsets) -> str | None:
    """The one word of the gloss that names what the thing is a kind of.

    A lemma of one word of an `@` pointer that stands in the gloss exactly once,
    as a word and as a string, so that no reading of "the answer's place" can differ.
    `None` when there is none or more than one.
    """
    lemmas = {lemma.casefold() for offset in entry.parents for lemma in everything["noun", offset].lemmas}
    gloss = entry.gloss.casefold()
    found = [word for word in words(entry.gloss) if word.casefold() in lemmas]
    return found[0] if len(found) == 1 and gloss.count(found[0].casefold()) == 1 else None


def pick(rows: Iterable[Row], purpose: str, count: int) -> list[Row]:
    """The first `count` rows of a seeded shuffle by their text, which is the first column.

    Raises:
        ValueError: There are fewer.
    """
    ordered = sorted(rows, key=lambda row: rank(purpose, next(iter(row.values()))))
    if len(ordered) < count:
        raise ValueError(f"`{purpose}` wants {count} rows and has {len(ordered)}")
    return ordered[:count]


def sides(rows: Iterable[Row], task: str, sizes: tuple[int, int], suffix: str = "jsonl") -> Files:
    """Training and gold file of a task."""
    side: dict[bool, list[Row]] = {False: [], True: []}
    for row in rows:
        side[is_gold(next(iter(row.values())))].append(row)
    return {
        f"{task}_train.{suffix}": pick(side[False], f"{task} train", sizes[0]),
        f"{task}_gold.{suffix}": pick(side[True], f"{task} gold", sizes[1]),
    }


def softened(rows: list[Row], label: str, sizes: tuple[int, int]) -> list[Row]:
    """Rows in which each class has a share proportional to the root of its size.

    Natural shares would make `noun` 70 % of the answers, and two syllables half.
    """
    by_class: dict[str, dict[bool, list[Row]]] = defaultdict(lambda: {False: [], True: []})
    for row in rows:
        by_class[row[label]][is_gold(next(iter(row.values())))].append(row)
    roots = {name: (len(side[False]) + len(side[True])) ** 0.5 for name, side in by_class.items()}
    kept = []
    for name, side in sorted(by_class.items()):
        for gold, size in zip((False, True), sizes, strict=True):
            share = -(-int(1000 * size * roots[name]) // int(1000 * sum(roots.values())))  # rounded up
            kept += pick(side[gold], f"{label} {name} {gold}", share)
    return kept


def gloss_tasks(entries: list[Synset], everything: Synsets, sizes: dict[str, tuple[int, int]]) -> Files:
    """The files of `pos`, `topic` and `genus`."""
    pos = [{"gloss": e.gloss, "pos": POS_LABELS[e.part]} for e in entries]
    topic = [{"gloss": e.gloss, "topic": e.topic} for e in entries if e.topic]
    nouns = ((e.gloss, genus(e, everything)) for e in entries if e.part == "noun")
    kinds = [{"gloss": gloss, "genus": word} for gloss, word in nouns if word]
    return {
        **sides(softened(pos, "pos", sizes["pos"]), "pos", sizes["pos"]),
        **sides(topic, "topic", sizes["topic"]),
        **sides(kinds, "genus", sizes["genus"]),
    }


def companions(entries: list[Synset], taken: set[str]) -> list[Row]:
    """Glosses that no task uses, with a true label and a random one.

    `shelf` is the supersense under another name; `lot` is drawn from the text's
    hash with equal chances, so that nothing can be learnt from it but the row itself.
    """
    return [
        {"gloss": e.gloss, "shelf": SHELVES[e.topic], "lot": f"lot {int(rank('lot', e.gloss)[:12], 16) % 10}"}
        for e in entries
        if e.topic and normal(e.gloss) not in taken
    ]


def syllables(dictionary: str) -> list[Row]:
    """Spelled words with 1 to 5 syllables; vowels carry a stress digit, and are counted.

    Words whose pronunciations disagree on the number are left out.
    """
    counts = defaultdict(set)
    for line in dictionary.splitlines():
        spelling, _, phones = line.partition("  ")
        counts[re.sub(r"\(\d+\)$", "", spelling)].add(sum(phone[-1].isdigit() for phone in phones.split()))
    return [
        {"word": spelling.lower(), "syllables": str(number)}
        for spelling, (number, *others) in sorted((s, sorted(c)) for s, c in counts.items())
        if not others and 1 <= number <= 5 and re.fullmatch(r"[A-Z]{2,}", spelling)
    ]


def docstrings(folder: Path) -> Iterator[str]:
    """Docstrings of public functions and classes below `folder`, tests left out, read and not imported."""
    for path in sorted(folder.rglob("*.py")):
        if "tests" not in path.parts and "externals" not in path.parts and "_vendor" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                    yield ast.get_docstring(node) or ""


def summary(docstring: str) -> Row | None:
    """First sentence and first paragraph of a docstring, or `None` if they are not plain prose."""
    title, *paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", docstring.strip())]
    body = paragraphs[0] if paragraphs else ""
    marked = re.search(r"---|===|::|>>>|\.\. |[|{}\\]|:[a-z]+:`|\[\d+\]_|^\s*[-*:]", body + title)
    if marked or not title.endswith(".") or not body.endswith(".") or not body[0].isupper():
        return None
    if not (4 <= len(words(title)) <= 14 and 15 <= len(words(body)) <= 60):
        return None
    return {"text": body, "summary": title}


def docsum(texts: Iterable[str]) -> list[Row]:
    """Rows in the order of the texts; one whose text or summary came before is left out."""
    rows: list[Row] = []
    seen: set[str] = set()
    for row in filter(None, map(summary, texts)):
        keys = {normal(row["text"]), normal(row["summary"])}
        if not keys & seen:
            rows.append(row)
        seen |= keys
    return rows


def tables(glosses: dict[str, str], dictionary: str, documentation: Iterable[str]) -> Files:
    """All rows by file name."""
    everything = wordnet(glosses)
    entries = usable(everything.values())
    spelled = syllables(dictionary)
    files = {
        **gloss_tasks(entries, everything, SIZES),
        **sides(softened(spelled, "syllables", SIZES["syllables"]), "syllables", SIZES["syllables"]),
        **sides(docsum(documentation), "docsum", SIZES["docsum"], "jsonl.gz"),
    }
    taken = {normal(row["gloss"]) for rows in files.values() for row in rows if "gloss" in row}
    crowd = pick((row for row in spelled if not is_gold(row["word"])), "crowd", CROWD)
    files |= sides(companions(entries, taken), "companions", SIZES["companions"], "jsonl.gz")
    files["crowd.jsonl.gz"] = sorted(crowd, key=lambda row: row["word"])  # neighbours compress well
    return files
