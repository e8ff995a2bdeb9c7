"""What may be written as a value, by the type that is expected."""

from __future__ import annotations

from collections.abc import Iterator

from currc.compiler.kinds import KINDS
from currc.compiler.language import ABOUT_AVERAGES, choices, word_entry
from currc.compiler.value_types import (
    Either,
    Flag,
    Layers,
    ListOf,
    MetricAt,
    Ref,
    Rhythm,
    Slot,
    Target,
    Type,
    Words,
)
from currc.runtime.editor.expected import field_info, slots_of
from currc.runtime.editor.meaning import Meaning
from currc.runtime.editor.offer import Columns, Item, named, word
from currc.runtime.editor.places import Field, Value
from currc.runtime.editor.text import Text


class Values:
    """What may stand at one place in a value; `front` is the dotted name before it."""

    def __init__(self, text: Text, front: str, place: Value, columns: Columns) -> None:
        self.text, self.front, self.place, self.columns = text, front, place, columns
        self.vocabulary = text.vocabulary

    def items(self) -> Iterator[Item]:
        """All of it, the likeliest first."""
        if self.front:
            yield from self.after_dot()
            return
        if self.place.call[0]:
            yield from self.parameters(*self.place.call)
        yield from self.of(self.place.type)
        yield from self.constants()

    def after_dot(self) -> Iterator[Item]:
        """Metrics after a task's name, blocks after a used file's."""
        if self.text.kind_of(self.front) == "task":
            yield from self.measured(self.front)
        for address in (*self.text.reading.scope.blocks, *self.text.reading.scope.constants):
            if address.startswith(f"{self.front}."):
                yield named(self.text, address, address.removeprefix(f"{self.front}."))

    def of(self, type: Type | Field | None) -> Iterator[Item]:
        """Words and names of a type."""
        match type:
            case Field():
                yield from self.argument(type)
            case Either(choices=several):
                for one in several:
                    yield from self.of(one)
            case ListOf(item=item):
                yield from self.of(item)
            case Slot(slot=slot, words=plain):
                yield from self.words(slot, plain)
            case Words(words=names):
                yield from (self.choice(name) for name in names)
            case Ref(kind=kind):
                yield from self.references(kind)
                yield from (self.choice(name) for name in choices(type)[0])
            case MetricAt():
                yield from self.metrics()
            case Target():
                for name, about in ABOUT_AVERAGES.items():
                    yield word(name, "average", name, about, f"{name}($1)")
                yield from self.metrics()
            case Layers():
                yield word("embeddings", "layers", "embeddings", "the table of token embeddings")
                yield word("layers", "layers", "layers", "layers by number", "layers(${1:0} .. ${2:0})")
            case Rhythm():
                yield self.choice("never")
                yield word("every", "choice", "every", "again and again, so far apart", "every(${1:10%})")
            case Flag():
                yield from (Item(name, "keyword") for name in ("true", "false"))
            case _:
                return

    def choice(self, name: str) -> Item:
        """A word of a closed set."""
        home, _, own = self.place.address.rpartition(".")
        return word(name, "choice", f"{self.text.kind_of(home) or home}.{own}.{name}")

    def words(self, slot: str, plain: tuple[str, ...] = ()) -> Iterator[Item]:
        """The words of a slot that fit, with brackets for those that need an argument."""
        for name in self.vocabulary.words(slot):
            if slot != "metric" or self.fits(name):
                it = word_entry(slot, name, self.vocabulary)
                needs = any(one["required"] for one in it["parameters"])
                yield word(name, "word", f"{slot}.{name}", it["about"], f"{name}($1)" if needs else "")
        yield from (self.choice(name) for name in plain if name not in self.vocabulary.words(slot))

    def fits(self, metric: str) -> bool:
        """Whether a metric judges the kind of task that it is to be written in."""
        part = self.text.reading.spec.parts.get(self.place.address.rpartition(".")[0])
        if part is None or part.kind != "task":
            return True
        return part.type in self.vocabulary.component("metric", metric).kinds

    def references(self, kind: str) -> Iterator[Item]:
        """The blocks of a kind; groups too where tasks are listed; stages of the schedule at hand."""
        if kind == "stage":
            yield from self.stages()
            return
        kinds = (kind, "group") if kind == "task" else (kind,)
        for address, entry in self.text.reading.scope.blocks.items():
            if entry.kind in kinds:
                yield named(self.text, address, address)

    def stages(self) -> Iterator[Item]:
        """The other stages of the schedule at hand."""
        names = self.place.address.rsplit(".", 2)
        for address in self.text.reading.spec.stages(names[0]) if len(names) == 3 else ():
            name = address.rpartition(".")[2]
            if name != names[1]:
                yield Item(name, "block", KINDS["stage"].about, meaning=Meaning("block", address))

    def metrics(self) -> Iterator[Item]:
        """Every metric of every task, as `route.macro_f1`; after a task's name those of the task."""
        if self.front:
            yield from self.measured(self.front)
            return
        for entry in self.text.reading.scope.of_kind("task"):
            for item in self.measured(entry.address):
                yield item._replace(label=f"{entry.address}.{item.label}")

    def measured(self, task: str) -> Iterator[Item]:
        """The metrics that a task measures."""
        settings = self.text.reading.spec.settings
        own, also = settings.get(f"{task}.metric"), settings.get(f"{task}.also")
        for bound in (*((own.value,) if own else ()), *(also.value if also else ())):
            about = word_entry("metric", bound.word, self.vocabulary)["about"]
            yield word(bound.word, "word", f"metric.{bound.word}", about)

    def parameters(self, slot: str, name: str) -> Iterator[Item]:
        """The parameters of a call; for those of any name, the tasks."""
        for it in word_entry(slot, name, self.vocabulary)["parameters"]:
            if it["any_name"]:
                tasks = self.text.reading.scope.of_kind("task")
                left = (entry.address for entry in tasks if entry.address not in self.place.given)
                yield from (named(self.text, address, address, " = ") for address in left)
            elif not it["any_number"] and it["name"] not in self.place.given:
                key = f"{slot}.{name}.{it['name']}"
                yield word(it["name"], "parameter", key, it["about"], f"{it['name']} = ")

    def argument(self, field: Field) -> Iterator[Item]:
        """The words that a parameter takes."""
        info = field_info(field, self.vocabulary)
        if info is None:
            return
        for slot in slots_of(field, self.vocabulary):
            yield from self.words(slot)
        key = f"{field.slot}.{field.word}.{field.name}"
        for it in word_entry(field.slot, field.word, self.vocabulary)["parameters"]:
            if it["name"] == field.name:
                yield from (word(name, "choice", f"{key}.{name}") for name in it["words"])
                if it["unit"] == "column":
                    columns = self.columns(self.place.address)
                    yield from (Item(name, "column", meaning=Meaning("column", name)) for name in columns)

    def constants(self) -> Iterator[Item]:
        """Every constant."""
        for address in self.text.reading.scope.constants:
            yield named(self.text, address, address)
