"""`rouge_l`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.answers import folded
from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class RougeL(Metric):
    """Longest common subsequence of words of summary and target, as F1, averaged over the rows.

    Summary level: each line is a sentence; a word of a target line is found when it lies
    on a longest common subsequence with any line of the summary, and each occurrence of
    a word is found at most once. For one line against one line this is plain ROUGE-L.

        F1 = 2 * words found / (words of the summary + words of the target)

    Words are runs of letters, digits and underscores in any script, case-folded, in Unicode's
    compatibility form, without stemming. (The package rouge-score keeps a-z and 0-9
    only.) Where several subsequences are longest, the one that ends last in the target
    line is taken. A target without words is compared as it stands.

    Source: Lin 2004, sections 3.1 and 3.2 (ROUGE: a package for automatic evaluation of summaries).
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"summarize", "generate", "extract"})
    title: ClassVar[str] = "ROUGE-L"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """The F1 of each row."""
        import numpy as np

        return np.array([summary_f1(str(o.prediction), str(o.target)) for o in required(outcomes)])


def summary_f1(summary: str, target: str) -> float:
    """Summary-level ROUGE-L F1 of one summary, in [0, 1]."""
    found, wanted = _sentences(summary), _sentences(target)
    size = sum(map(len, found)) + sum(map(len, wanted))
    if not wanted:
        return float(summary.strip() == target.strip())
    left = Counter(word for line in found for word in line)
    hits = 0
    for line in wanted:
        for position in sorted({at for other in found for at in common(line, other)}):
            if left[line[position]] > 0:
                left[line[position]] -= 1
                hits += 1
    return 2 * hits / size


def _sentences(text: str) -> list[list[str]]:
    lines = (_WORD.findall(folded(line)) for line in text.splitlines())
    return [line for line in lines if line]


def common(target: Sequence[str], other: Sequence[str]) -> list[int]:
    """Positions in `target` of one longest common subsequence with `other`, last first.

    Bit-parallel: after j words of `other`, bit i of `row[j]` is 0 where the longest
    common subsequence of the first i + 1 words of `target` is longer than that of the
    first i. One addition of integers does a whole row.

    Source: Hyyrö 2004 (Bit-parallel LCS-length computation revisited).

    >>> common("police killed the gunman".split(), "police kill the gunman".split())
    [3, 2, 0]
    """
    where: dict[str, int] = {}
    for i, word in enumerate(target):
        where[word] = where.get(word, 0) | 1 << i
    rows = [(1 << len(target)) - 1]
    for word in other:
        overlap = rows[-1] & where.get(word, 0)
        rows.append((rows[-1] + overlap | rows[-1] - overlap) & rows[0])
    return _walk_back(rows, len(target))


def _walk_back(rows: list[int], i: int) -> list[int]:
    positions: list[int] = []
    j = len(rows) - 1
    while i > 0 and j > 0:
        if rows[j] >> (i - 1) & 1:  # word i adds nothing
            i -= 1
        elif rows[j - 1] >> (i - 1) & 1:  # it adds through word j of the other
            i -= 1
            j -= 1
            positions.append(i)
        else:
            j -= 1
    return positions
