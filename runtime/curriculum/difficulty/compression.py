"""How little a row repeats itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Compression(Difficulty):
    """The part of a row that is left when it is compressed: what repeats itself is easy.

        score = bytes after zlib at level 9 / bytes of the prompt's values in UTF-8

    A low ratio is repetitive text. zlib adds about ten bytes of its own, so texts of a
    few words have ratios above 1 and are told apart by their length alone. Costs a few
    microseconds a row.
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The ratio of each row; float64 [n], 0 for a row without text."""
        import numpy as np

        return np.array([ratio(text.encode("utf-8", "surrogatepass")) for text in rows.texts])


def ratio(raw: bytes) -> float:
    """Compressed bytes a raw byte; 0 where there is none."""
    from zlib import compress

    return len(compress(raw, 9)) / len(raw) if raw else 0.0
