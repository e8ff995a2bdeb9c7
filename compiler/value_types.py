"""The types that a value of the language may have; `read_values.py` reads an expression as one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from currc.compiler.observers import Observer
from currc.compiler.record import Record


class Share(Record):
    """A part of a whole, written `20%` or `0.2`; read as a float in [`least`, `most`]."""

    least: float = 0.0
    most: float = 1.0
    above: bool = False
    """Whether `least` itself is refused."""
    below: bool = False
    """Whether `most` itself is refused."""


class Count(Record):
    """A whole number, read as an int; it may carry one of `units`."""

    least: int = 0
    most: int | None = None
    units: tuple[str, ...] = ()


class Real(Record):
    """A number without unit, read as a float."""

    least: float | None = None
    most: float | None = None
    above: float | None = None


class Measure(Record):
    """A number with one of `units`, read as an `Amount`."""

    units: tuple[str, ...]
    share: bool = False
    """Whether `20%` is allowed: a part of the arm's limit, or of all rows."""
    bare: bool = False
    """Whether a number without a unit is allowed."""


class Gain(Record):
    """A difference of a metric: `1%` for one point of a [0, 1] metric, else a plain number."""


class Text(Record):
    """A string."""


class Template(Record):
    """A string with `{placeholders}`."""


class Flag(Record):
    """`true` or `false`."""


class Ref(Record):
    """The name of a block of a kind, or one of `words`; read as the block's root name."""

    kind: str
    words: tuple[str, ...] = ()


class Address(Record):
    """The name of a block that need not exist, as `route` or `school.basics`; read as it is written."""


class Words(Record):
    """One of a closed set of words; those in `later` belong to the language but cannot run yet."""

    words: tuple[str, ...]
    later: tuple[str, ...] = ()


class Slot(Record):
    """A component of the vocabulary, or one of `words`, which stand for nothing at all."""

    slot: str
    words: tuple[str, ...] = ()


class MetricAt(Record):
    """A metric of a task, as `route.macro_f1`."""


class Target(Record):
    """What is decided on: a metric of a task, or `mean`, `worst` or `geometric_mean` of several."""


class Layers(Record):
    """`embeddings`, or `layers(0 .. 3)`; read as `embeddings` or `layers:0:3`."""


class Rhythm(Record):
    """`never`, or `every(10%)`; read as that word, or as an `Every`."""

    units: tuple[str, ...]


class Window(Record):
    """Percentiles of difficulty, as `0% .. 40%`; read as two floats in [0, 1]."""


class ListOf(Record):
    """A list without repetition, read as a tuple."""

    item: Type
    least: int = 0


class Either(Record):
    """The first of `choices` that takes an expression of this form."""

    choices: tuple[Type, ...]


Type = (
    Share
    | Count
    | Real
    | Measure
    | Gain
    | Text
    | Template
    | Flag
    | Ref
    | Address
    | Words
    | Slot
    | MetricAt
    | Target
    | Layers
    | Rhythm
    | Window
    | ListOf
    | Either
)

UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "": ("", 1.0),
        "%": ("share", 0.01),
        "steps": ("steps", 1.0),
        "tokens": ("tokens", 1.0),
        "examples": ("examples", 1.0),
        "epochs": ("epochs", 1.0),
        "evals": ("evals", 1.0),
        "s": ("s", 1.0),
        "min": ("s", 60.0),
        "h": ("s", 3600.0),
        "MiB": ("MiB", 1.0),
        "GiB": ("MiB", 1024.0),
    }
)
"""Every unit: its dimension, and how much of the dimension's own unit it is."""

ABOUT_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "%": "hundredths: of the arm's limit, of rows, or points of a metric in [0, 1]; glued to its number",
        "steps": "updates of the parameters",
        "tokens": "input tokens of the model after rows are cut to fit, without padding; each draw counts",
        "examples": "rows",
        "epochs": "passes over the rows of a task",
        "evals": "evaluations on validation rows",
        "s": "seconds",
        "min": "minutes",
        "h": "hours",
        "MiB": "mebibytes, 1_048_576 bytes each",
        "GiB": "gibibytes",
    }
)
"""Every unit in a line."""


class Amount(Record):
    """A number and its dimension: a unit that no other converts to, `share`, or the empty string."""

    value: float
    unit: str = ""

    def __str__(self) -> str:
        if self.unit == "share":
            return f"{tidy(self.value * 100)}%"
        return f"{tidy(self.value)} {self.unit}".rstrip()


class Every(Record):
    """How far apart the moments are at which something is done."""

    amount: Amount

    def __str__(self) -> str:
        return f"every({self.amount})"


class Bound(Record):
    """A word of the vocabulary with all its parameters, and what its class says of itself."""

    word: str
    parameters: Mapping[str, object] = MappingProxyType({})
    """JSON values; a nested word is `{"word": ..., "parameters": ...}`."""
    traits: frozenset[str] = frozenset()
    """What the rules of the compiler ask about: `sorts`, `dynamic`, `adaptive`, needs …"""
    observers: tuple[Observer, ...] = ()
    """The models that a score asks, those of the scores inside it too."""
    score: Bound | None = None
    """The score that takes the place of `by`, of an order that brings its own."""

    def __hash__(self) -> int:
        return hash((self.word, self.traits))


class Measured(Record):
    """A metric of a task."""

    task: str
    metric: Bound


class Compared(Record):
    """Metrics of several tasks as one number: their `mean`, `worst` or `geometric_mean`."""

    kind: str
    parts: tuple[Measured, ...]


class Condition(Record):
    """`when route.macro_f1 >= 0.70`."""

    left: Measured
    op: str
    right: float


def tidy(value: float) -> str:
    """A number as a person writes it: no exponent up to a billion, no trailing zeros."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):_}" if abs(value) >= 10_000 else str(int(value))
    return f"{value:.12g}"
