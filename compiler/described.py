"""Types in words, for messages and for `explain`."""

from __future__ import annotations

from currc.compiler.complain import a, any_of, listed
from currc.compiler.value_types import (
    Address,
    Count,
    Either,
    Flag,
    Gain,
    Layers,
    ListOf,
    Measure,
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
    tidy,
)


def described(type: Type) -> str:
    """A type in words, to stand after `is`."""
    match type:
        case Share(least=least, most=most, above=above, below=below):
            low, high = f"{tidy(least * 100)}%", f"{tidy(most * 100)}%"
            return f"a share {'above' if above else 'from'} {low} {'and below' if below else 'to'} {high}"
        case Count(units=units):
            return "a whole number" + (f" of {any_of(units)}" if units else "")
        case Real():
            return "a plain number"
        case Measure(units=units, share=share):
            return "a number with a unit of " + listed((*units, "%") if share else units)
        case Gain():
            return "a number, or points of a metric as `1%`"
        case Text() | Template():
            return "a string in double quotes"
        case Flag():
            return "`true` or `false`"
        case Ref(kind=kind, words=words):
            return f"the name of {a(kind)}" + (f", or {any_of(words)}" if words else "")
        case Address():
            return "an address, as `route` or `school.basics`"
        case Words(words=words):
            return any_of(words) or "a call"
        case Slot(slot=slot):
            return a(slot)
        case MetricAt():
            return "a metric of a task, as `route.accuracy`"
        case Target():
            return "a metric of a task, or `mean(...)` of several"
        case Layers():
            return "`embeddings` or `layers(0 .. 3)`"
        case Rhythm():
            return "`never`, or a call with an amount, as `every(10%)`"
        case Window():
            return "a range of shares, as `0% .. 40%`"
        case ListOf(item=item):
            return f"a list in `[ ]`, of which each item is {described(item)}"
        case Either(choices=several):
            return ", or ".join(described(one) for one in several)
