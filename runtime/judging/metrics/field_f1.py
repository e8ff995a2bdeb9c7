"""`field_f1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.judging.answers import folded
from currc.runtime.judging.influence import around
from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pair = tuple[str, str]


class FieldF1(Metric):
    """F1 over all (name, value) pairs of all rows, where answers are `name: value` lines or one JSON object.

        F1 = 2 * pairs found / (pairs answered + pairs wanted), summed over the rows

    Names and values are compared in Unicode's compatibility form without case and with
    single spaces; numbers, lists and objects of JSON by their canonical JSON. A pair
    that is answered twice but wanted once is one pair too many. Lines without a colon
    are no pairs, and neither is JSON that cannot be parsed. A gold set without any pair scores 0.

    Each row enters tests as the value plus its centred jackknife influence.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"extract", "generate"})
    title: ClassVar[str] = "field F1"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """The metric plus each row's influence on it."""
        import numpy as np

        counts = [_counts(str(o.prediction), str(o.target)) for o in required(outcomes)]
        found, both = total = np.sum(counts, axis=0, dtype=float)
        left = (total - counts).T
        without = np.divide(2 * left[0], left[1], out=np.zeros(len(counts)), where=left[1] > 0)
        return around(2 * found / both if both else 0.0, without)


def pairs(text: str) -> Counter[Pair]:
    """The (name, value) pairs of one answer; none if it is in neither form."""
    if text.lstrip().startswith("{"):
        return _json_pairs(text)
    lines = (line.partition(":") for line in text.splitlines())
    return Counter((folded(name), folded(value)) for name, colon, value in lines if colon)


def _json_pairs(text: str) -> Counter[Pair]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return Counter()
    return Counter((folded(name), _value(value)) for name, value in fields.items())


def _value(value: Any) -> str:
    return folded(value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False))


def _counts(prediction: str, target: str) -> tuple[int, int]:
    """Pairs found, and pairs answered plus pairs wanted, of one row."""
    answered, wanted = pairs(prediction), pairs(target)
    return (answered & wanted).total(), answered.total() + wanted.total()
