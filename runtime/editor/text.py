"""A spec as it stands in an editor: its text, what the compiler makes of it, and what its names mean."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from currc.compiler.compile import Reading, examine
from currc.compiler.files import Folder
from currc.compiler.kinds import KINDS
from currc.compiler.scope import inside
from currc.compiler.source import Source, Span
from currc.compiler.syntax import Block, File
from currc.compiler.words import Vocabulary
from currc.runtime.editor.meaning import Lookup, Meaning
from currc.runtime.editor.places import Own, Spot
from currc.runtime.editor.spots import spots


class Text:
    """A spec as it stands in an editor: its text, and what the compiler makes of it.

    `root` is the folder of its file; `None` for a text that has none yet. `texts` are the
    unsaved texts of other files by their resolved path.
    """

    def __init__(
        self,
        text: str,
        vocabulary: Vocabulary,
        *,
        name: str = "<text>",
        root: Path | None = None,
        texts: dict[Path, str] | None = None,
    ) -> None:
        self.vocabulary, self.name, self.texts = vocabulary, name, dict(texts or {})
        self.root = root.resolve() if root is not None else None
        files = None if self.root is None else Folder(self.root, self.texts)
        self.reading: Reading = examine(text, vocabulary, name=name, root=files)
        self.source: Source = self.reading.file.span.source
        self._spots: dict[str, list[Spot]] = {}

    def changed(self, edited: dict[str, str]) -> Text:
        """The spec with other texts in place of its own and of its used files, by their names."""
        texts = dict(self.texts)
        texts |= {path: text for name, text in edited.items() if (path := self.path_of(name)) is not None}
        text = edited.get(self.name, self.source.text)
        return Text(text, self.vocabulary, name=self.name, root=self.root, texts=texts)

    def path_of(self, name: str) -> Path | None:
        """The file of a used source, by the source's name."""
        return None if self.root is None or name == self.name else self.root / name

    def modules_of(self, path: Path | None) -> list[str]:
        """The names under which the spec uses a file."""
        return [
            module
            for module, file in self.files.items()
            if path is not None and self.path_of(file.span.source.name) == path
        ]

    @cached_property
    def files(self) -> dict[str, File]:
        """The spec itself under the empty name, and each used file that could be read under its own."""
        found = {"": self.reading.file}
        for module, file in self.reading.modules.items():
            if file.span.source not in (other.span.source for other in found.values()) or file.blocks:
                found[module] = file
        return found

    @property
    def spots(self) -> list[Spot]:
        """Every name of the spec's own text."""
        return self.spots_of("")

    def spots_of(self, module: str) -> list[Spot]:
        """Every name of a file of the spec."""
        if module not in self._spots:
            source = self.files[module].span.source
            self._spots[module] = spots(
                source, self.vocabulary, lambda address: self.kind_of(inside(module, address))
            )
        return self._spots[module]

    def kind_of(self, address: str) -> str:
        """The kind of the block at a root address; empty where there is none."""
        part = self.reading.spec.parts.get(address)
        if part is not None:
            return part.kind
        entry = self.reading.scope.blocks.get(address)
        if entry is not None:
            return entry.kind
        return address if address in KINDS and KINDS[address].once else ""

    def spot_at(self, offset: int, module: str = "") -> Spot | None:
        """The name of a file that the character at `offset` belongs to, or that ends there."""
        touching = [spot for spot in self.spots_of(module) if spot.start <= offset <= spot.end]
        return touching[-1] if touching else None

    def meaning(self, spot: Spot, module: str = "") -> Meaning | None:
        """What a name of a file stands for; `None` for one that means nothing."""
        return Lookup(self, module).of(spot)

    def canonical(self, address: str) -> str:
        """The address of an inner block in the block that says it first; a child only adds to it."""
        scope = self.reading.scope
        outer, _, name = address.rpartition(".")
        while outer and outer not in scope.blocks:
            outer, _, front = outer.rpartition(".")
            name = f"{front}.{name}"
        if not outer or address in scope.blocks:
            return address
        homes = [entry for entry in scope.chain(outer) if _holds(entry.block, name.split("."))]
        return f"{homes[-1].address}.{name}" if homes else address

    def declaration(self, meaning: Meaning) -> Span | None:
        """Where something that a user has named is named."""
        for module in self.files:
            for spot in self.spots_of(module):
                if isinstance(spot.place, Own) and self.meaning(spot, module) == meaning:
                    return Span(self.files[module].span.source, spot.start, spot.end)
        return None

    def occurrences(self, meaning: Meaning) -> Iterator[Span]:
        """Every place that means the same, in all files of the spec."""
        seen: set[tuple[str, int]] = set()
        for module in self.files:
            source = self.files[module].span.source
            for spot in self.spots_of(module):
                if (source.name, spot.start) not in seen and self.meaning(spot, module) == meaning:
                    seen.add((source.name, spot.start))
                    yield Span(source, spot.start, spot.end)


def _holds(block: Block, names: list[str]) -> bool:
    """Whether a block has a block of that name in it, and that one the next."""
    for inner in block.statements:
        if isinstance(inner, Block) and (inner.name or inner.kind).text == names[0]:
            return len(names) == 1 or _holds(inner, names[1:])
    return False
