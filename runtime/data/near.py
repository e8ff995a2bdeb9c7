"""Near copies: gold rows of which training rows hold long runs of words, or all words but one.

Words are those of `leaks.word_list`, so case, width, signs and spacing do not matter. How near
a row must be depends on how long it is:

- from 8 words on, runs of 8 words are counted: at least 15 % of the gold row's own runs stand in one
  training row. A row of 60 words of which 6 are replaced keeps 42 % of its runs, less
  than 20 % in one case of a hundred.
- from 8 to 15 words one changed word may break every run; so a training row that
  differs from the gold row in one word is near, too.
- from 4 to 7 words the whole gold row is looked for inside longer training rows. One
  word's difference makes another row here: "a musician who plays the oboe".
- below that only equal rows count, which are the guard's.

A run that more than 10 gold rows and more than 1 % of them share is wording of the data
set, an instruction as it were, and no evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

from currc.runtime.data.leaks import Rows, once, word_list
from currc.runtime.data.templates import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Places = NDArray[np.int64]

RUN = 8
"""Words of a run (Brown et al. 2020 took 13, which misses half of the short rows with changes)."""
NEAR = 0.15
"""Share of the gold row's runs that make a training row near."""
FEWEST = 4
"""Words of the shortest gold row that is looked for inside training rows."""
PATCHED = 16
"""Words from which on one changed word leaves a run."""
COMMON, COMMON_SHARE = 10, 0.01
"""Gold rows, and share of them, that may have a run in common."""

CHUNK = 250_000
"""Words of training rows that are looked at together, so that memory does not grow with the rows."""
BITS = 22
"""Of a hash, that say at once of most runs that no gold row has them."""


@dataclass(frozen=True, slots=True)
class Near:
    """A gold row and the training row that is most like it."""

    gold_task: str
    gold: Example
    task: str
    training: Example
    share: float
    """Part of the gold row's runs that the training row has, in [0.15, 1]."""
    how: str

    def __str__(self) -> str:
        left = f"{self.gold.place} (gold of `{self.gold_task}`)"
        return f"{left} ≈ {self.training.place} (trains `{self.task}`): {self.how}"


def near(training: Rows, gold: Rows) -> list[Near]:
    """The gold rows that training rows nearly repeat, in the order of the gold rows.

    Time is linear in the words; memory in the words of the gold rows.
    """
    texts = {task: [tuple(word_list(example.inputs)) for example in rows] for task, rows in gold.items()}
    items = {text: i for i, text in enumerate(dict.fromkeys(chain.from_iterable(texts.values())))}
    search = _Search(list(items))
    for chunk in _chunks(training):
        search.look(chunk)
    found = []
    for task, rows in gold.items():
        for example, text in zip(rows, texts[task], strict=True):
            if (best := search.best.get(items[text])) is not None:
                found.append(Near(task, example, *best.row, best.share, search.how(items[text], best)))
    return found


_Row = tuple[str, Example]


@dataclass(frozen=True, slots=True)
class _Match:
    share: float
    runs: int
    """Shared runs; 0 where all words but one are shared."""
    row: _Row


def _chunks(training: Rows) -> Iterator[list[tuple[_Row, list[str]]]]:
    """Training rows with their words, some at a time."""
    chunk: list[tuple[_Row, list[str]]] = []
    size = 0
    for row in once(training):
        chunk.append((row, word_list(row[1].inputs)))
        size += len(chunk[-1][1])
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    yield chunk


class _Search:
    """The runs of all gold rows, and the nearest training row of each so far."""

    def __init__(self, items: Sequence[Sequence[str]]) -> None:
        import numpy as np

        self.sizes = np.array([len(item) for item in items])
        self.ids = {word: i for i, word in enumerate({word for item in items for word in item}, start=1)}
        draw = np.random.default_rng(0)
        self.worth = draw.integers(1, 2**63, len(self.ids) + 1, dtype=np.uint64)
        self.salts = draw.integers(1, 2**63, (PATCHED, PATCHED), dtype=np.uint64)
        self.best: dict[int, _Match] = {}
        text = self._text(items)
        self.runs = {
            size: self._table_of_runs(text, size, hashes, places)
            for size, hashes, places in _runs(text, range(FEWEST, RUN + 1))
        }
        self.totals = self.runs[RUN].counts(len(items))
        self.patches = _Table.of(*self._patches(text))

    def look(self, rows: Sequence[tuple[_Row, list[str]]]) -> None:
        """Compare some training rows with all gold rows."""
        import numpy as np

        text = self._text([of_row for _, of_row in rows])
        asked = [size for size, table in self.runs.items() if len(table.hashes)]
        for size, hashes, places in _runs(text, asked):
            which, items, counts = self.runs[size].matches(hashes, places)
            shares = counts / self.totals[items] if size == RUN else np.ones(len(items))
            self._keep(rows, which, items, counts, shares)
        if len(self.patches.hashes):
            which, items, counts = self.patches.matches(*self._patches(text))
            self._keep(rows, which, items, 0 * counts, 1.0 - 1.0 / self.sizes[items])

    def how(self, item: int, match: _Match) -> str:
        """What a gold row and its nearest training row have in common."""
        size = int(self.sizes[item])
        if not match.runs:
            return f"all but one of its {size} words"
        if size < RUN:
            return f"all its {size} words in a row"
        return f"{match.runs} of its {self.totals[item]} runs of {RUN} words"

    def _keep(
        self,
        rows: Sequence[tuple[_Row, list[str]]],
        which: Places,
        items: Places,
        counts: Places,
        shares: NDArray[np.float64],
    ) -> None:
        """Remember the best match of each gold row, if it is near."""
        import numpy as np

        order = np.lexsort((which, -shares, items))
        first = order[np.unique(items[order], return_index=True)[1]]
        for at in first[shares[first] >= NEAR].tolist():
            item, share = int(items[at]), float(shares[at])
            known = self.best.get(item)
            if known is None or share > known.share:
                self.best[item] = _Match(share, int(counts[at]), rows[which[at]][0])

    def _text(self, rows: Sequence[Sequence[str]]) -> _Words:
        import numpy as np

        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        known = map(self.ids.get, chain.from_iterable(rows), repeat(0))
        ids = np.fromiter(known, np.int64, int(lengths.sum()))
        return _Words(self.worth[ids], np.repeat(np.arange(len(rows)), lengths), lengths)

    def _table_of_runs(self, text: _Words, size: int, hashes: Hashes, places: Places) -> _Table:
        """The runs that gold rows are known by: of 8 words, or the whole of a shorter row."""
        lengths = text.lengths[places]
        mine = lengths >= RUN if size == RUN else lengths == size
        most = max(COMMON, int(COMMON_SHARE * len(text.lengths)))
        return _Table.of(hashes[mine], places[mine], most)

    def _patches(self, text: _Words) -> tuple[Hashes, Places]:
        """Of each row of 8 to 15 words, its hash without each of its words in turn."""
        import numpy as np

        chosen = (text.lengths >= RUN) & (text.lengths < PATCHED)
        if not chosen.any():
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        mine = chosen[text.rows]
        rows, worth = text.rows[mine], text.worth[mine]
        lengths = text.lengths[chosen]
        begins = np.cumsum(lengths) - lengths
        at = np.arange(len(rows)) - np.repeat(begins, lengths)
        whole = np.repeat(lengths, lengths)
        parts = worth * self.salts[at, 0]
        without = np.repeat(np.add.reduceat(parts, begins), lengths) - parts
        return without ^ self.salts[at, whole], rows


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Some rows as one array of words."""

    worth: Hashes
    """A random number for each word, uint64 [words]; words of no gold row have one in common."""
    rows: Places
    """Which row a word is of, int64 [words]."""
    lengths: Places
    """Words of each row, int64 [rows]."""


def _runs(text: _Words, sizes: Sequence[int]) -> Iterator[tuple[int, Hashes, Places]]:
    """The hashes of all runs of so many words within a row, and the rows that they are in."""
    import numpy as np

    base = np.uint64(0x9E3779B97F4A7C15)
    hashes = text.worth
    for size in range(1, max(sizes, default=0) + 1):
        if size > 1:
            hashes = hashes[:-1] * base + text.worth[size - 1 :]
        if size in sizes:
            within = text.rows[: len(hashes)] == text.rows[size - 1 :]
            yield size, hashes[within], text.rows[: len(hashes)][within]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Which gold rows have a hash."""

    hashes: Hashes
    """Different ones, sorted."""
    starts: Places
    """Where the gold rows of each hash begin in `items`; one more at the end."""
    items: Places
    maybe: NDArray[np.bool_]
    """By the first bits of a hash: whether any gold row has a hash that begins so."""

    @classmethod
    def of(cls, hashes: Hashes, items: Places, most: int = 2**62) -> _Table:
        """The table without the hashes that more than `most` gold rows have."""
        import numpy as np

        order = np.lexsort((items, hashes))
        hashes, items = hashes[order], items[order]
        new = np.ones(len(hashes), np.bool_)
        new[1:] = (hashes[1:] != hashes[:-1]) | (items[1:] != items[:-1])
        hashes, items = hashes[new], items[new]
        different, counts = np.unique(hashes, return_counts=True)
        few = counts <= most
        starts = np.concatenate([[0], np.cumsum(counts[few])]).astype(np.int64)
        maybe = np.zeros(2**BITS, np.bool_)
        maybe[different[few] >> np.uint64(64 - BITS)] = True
        return cls(different[few], starts, items[np.repeat(few, counts)], maybe)

    def counts(self, items: int) -> Places:
        """How many hashes each gold row has, int64 [items]."""
        import numpy as np

        return np.bincount(self.items, minlength=items)

    def matches(self, hashes: Hashes, rows: Places) -> tuple[Places, Places, Places]:
        """Pairs of a row and a gold row that have hashes in common, and how many different ones.

        The table has some hash.
        """
        import numpy as np

        hopeful = np.flatnonzero(self.maybe[hashes >> np.uint64(64 - BITS)])
        hashes, rows = hashes[hopeful], rows[hopeful]
        at = np.searchsorted(self.hashes, hashes)
        at[at == len(self.hashes)] = 0
        equal = self.hashes[at] == hashes
        # A run that a row repeats counts once.
        once_each = np.unique(rows[equal] * len(self.hashes) + at[equal])
        row, which = np.divmod(once_each, len(self.hashes))
        many = self.starts[which + 1] - self.starts[which]
        place = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        items = self.items[np.repeat(self.starts[which], many) + place]
        width = int(self.items.max()) + 1
        pairs, counts = np.unique(np.repeat(row, many) * width + items, return_counts=True)
        return pairs // width, pairs % width, counts
