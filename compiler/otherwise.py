"""Other values that an attribute could have: what a change of it would look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from currc.compiler.read_components import at_defaults
from currc.compiler.read_metrics import AVERAGES
from currc.compiler.record import replaced
from currc.compiler.spec import Spec
from currc.compiler.value_types import (
    Amount,
    Bound,
    Compared,
    Count,
    Either,
    Every,
    Flag,
    Gain,
    Layers,
    ListOf,
    Measure,
    Measured,
    MetricAt,
    Real,
    Ref,
    Rhythm,
    Share,
    Slot,
    Target,
    Template,
    Text,
    Type,
    Window,
    Words,
)
from currc.compiler.words import Vocabulary


def otherwise(value: Any, type: Type | None, spec: Spec, vocabulary: Vocabulary) -> Iterator[Any]:
    """Values other than the one at hand, each of the type; without a type, the same with a part less."""
    for other in _others(value, type, spec, vocabulary):
        if other != value:
            yield other


def _others(value: Any, type: Type | None, spec: Spec, vocabulary: Vocabulary) -> Iterator[Any]:
    match type:
        case Either(choices=several):
            for one in several:
                yield from _others(value, one, spec, vocabulary)
        case Share() | Real() if isinstance(value, float | int):
            yield from (value / 2, (value + 1.0) / 2)
        case Count(least=least) if isinstance(value, int):
            yield from (value + 1, max(value - 1, least))
        case Measure() | Gain() if isinstance(value, Amount):
            yield from (Amount(value.value / 2, value.unit), Amount(value.value + 0.5, value.unit))
        case Rhythm():
            most = value.amount.value / 2 if isinstance(value, Every) else 0.1
            yield from (
                "never",
                Every(Amount(most, value.amount.unit if isinstance(value, Every) else "share")),
            )
        case Window():
            low, high = value
            yield from ((low / 2, high), (low, (low + high) / 2))
        case Flag():
            yield not value
        case Text() | Template() if isinstance(value, str):
            yield f"{value}~"
        case Words(words=words):
            yield from words
        case Ref(kind=kind, words=words):
            yield from (*spec.of_kind(kind), *words, *(spec.arms if kind == "arm" else ()))
        case Slot(slot=slot, words=words):
            yield from _words(value, slot, vocabulary)
            yield from words
        case MetricAt():
            yield from _metrics(spec)
        case Target() if isinstance(value, Compared):
            yield from (Compared(kind, value.parts) for kind in AVERAGES)
        case Layers():
            yield from ("embeddings", "layers:0:0")
        case ListOf(item=item) if isinstance(value, tuple):
            yield from _lists(value, item, spec, vocabulary)
        case None if isinstance(value, tuple) and value:
            yield value[1:]
        case _:
            return


def _words(value: Any, slot: str, vocabulary: Vocabulary) -> Iterator[Bound]:
    """The words of a slot at their defaults, and the same word with another number."""
    for word in vocabulary.words(slot):
        cls = vocabulary.component(slot, word)
        if not any(one.is_required() for one in cls.model_fields.values()):
            yield at_defaults(word, cls)
    if isinstance(value, Bound):
        for name, number in value.parameters.items():
            if isinstance(number, float):
                yield replaced(value, parameters={**value.parameters, name: number / 2})


def _metrics(spec: Spec) -> Iterator[Measured]:
    for task in spec.of_kind("task"):
        for metric in (spec.value(f"{task}.metric"), *(spec.value(f"{task}.also") or ())):
            yield Measured(task, metric)


def _lists(value: tuple[Any, ...], item: Type, spec: Spec, vocabulary: Vocabulary) -> Iterator[Any]:
    """A list with one item less or one more."""
    if len(value) > 1:
        yield value[1:]
    sample = value[0] if value else ""
    yield from ((*value, one) for one in _others(sample, item, spec, vocabulary) if one not in value)
    yield ()
