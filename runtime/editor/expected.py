"""What is expected inside a list, a call or a parameter, given what is expected around it."""

from __future__ import annotations

from typing import Any

from currc.compiler.read_metrics import AVERAGES
from currc.compiler.value_types import Count, Either, Layers, ListOf, MetricAt, Slot, Target, Type
from currc.compiler.words import Vocabulary
from currc.runtime.editor.places import Field


def item_of(type: Type | Field | None) -> Type | Field | None:
    """What an item of a list is, where a list is expected."""
    match type:
        case ListOf(item=item):
            return item
        case Either(choices=several):
            return next((one.item for one in several if isinstance(one, ListOf)), None)
        case Field():
            return type
        case _:
            return None


def slot_of(type: Type | Field | None, word: str, vocabulary: Vocabulary) -> str:
    """The slot of a word where a type is expected; empty where the word belongs to none."""
    for slot in slots_of(type, vocabulary):
        if word in vocabulary.words(slot):
            return slot
    return ""


def slots_of(type: Type | Field | None, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The slots whose words may stand where a type is expected; any, where nobody knows what is."""
    match type:
        case None:
            return vocabulary.slots()
        case Slot(slot=slot):
            return (slot,)
        case Either(choices=several):
            return tuple(slot for one in several for slot in slots_of(one, vocabulary))
        case Field():
            info = field_info(type, vocabulary)
            return (info.slot,) if info is not None and info.unit == "component" else ()
        case _:
            return ()


def field_info(field: Field, vocabulary: Vocabulary) -> Any:
    """What a word's class says of a parameter; that of any name stands for names that it lacks."""
    cls = vocabulary.component(field.slot, field.word)
    found = cls.model_fields.get(field.name)
    loose = getattr(cls, "open_keywords", None)
    return cls.model_fields[loose] if loose is not None and (found is None or field.name == loose) else found


def plain_argument(type: Type | Field | None, word: str) -> Type | None:
    """What an argument is of a call that is no word of the vocabulary."""
    if isinstance(type, Either | ListOf):
        inner = type.choices if isinstance(type, Either) else (type.item,)
        return next((found for one in inner if (found := plain_argument(one, word)) is not None), None)
    if isinstance(type, Target) and word in AVERAGES:
        return MetricAt()
    return Count() if isinstance(type, Layers) and word == "layers" else None
