"""The specs that are open in an editor, read once for each change."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from currc.compiler.diagnostic import Diagnostic
from currc.compiler.words import Vocabulary
from currc.runtime.editor.text import Text

Name = str
"""What an editor calls a document: its URI."""


class Document:
    """One open text; `path` is its resolved file, `None` for a text that has none yet."""

    def __init__(self, name: Name, text: str, path: Path | None, version: int) -> None:
        self.name, self.text, self.path, self.version = name, text, path, version


class Problem(NamedTuple):
    """A complaint, and the spec as part of which it was found."""

    text: Text
    complaint: Diagnostic


class OpenSpecs:
    """Documents by name, and what was made of each.

    A spec sees other open documents as they stand in the editor, not as they lie on the disk.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.documents: dict[Name, Document] = {}
        self._read: dict[Name, tuple[str, int, Text]] = {}
        self._changes = 0

    def put(self, document: Document) -> None:
        """Open a document, or give an open one another text."""
        self.documents[document.name] = document
        self._changes += 1

    def close(self, name: Name) -> None:
        """Forget a document; its file counts again."""
        self.documents.pop(name, None)
        self._read.pop(name, None)
        self._changes += 1

    def saved(self) -> None:
        """Files have changed on the disk: specs that use others are read anew."""
        self._changes += 1

    def text(self, name: Name) -> Text | None:
        """What the compiler makes of an open document as it stands; `None` where none is open."""
        document = self.documents.get(name)
        if document is None:
            return None
        known = self._read.get(name)
        if known is not None and known[0] == document.text:
            _, changes, text = known
            if changes == self._changes or not text.reading.file.uses:
                return text
        others = {
            it.path: it.text for it in self.documents.values() if it.path is not None and it is not document
        }
        root = document.path.parent if document.path is not None else None
        text = Text(document.text, self.vocabulary, name=name, root=root, texts=others)
        self._read[name] = (document.text, self._changes, text)
        return text

    def views(self, name: Name) -> list[tuple[Text, str]]:
        """The specs in which a document has a say, with the name that each uses it under.

        Those are the open specs that use its file; the document itself, under the empty name,
        where there are none.
        """
        document, own = self.documents.get(name), self.text(name)
        if document is None or own is None:
            return []
        used = [(text, module) for text in self.texts() for module in text.modules_of(document.path)]
        return used or [(own, "")]

    def problems(self) -> dict[Path | Name, list[Problem]]:
        """All complaints by the document they are about, or by the file where that is not open.

        A file that an open spec uses is judged as part of that spec: alone it would lack
        a model and arms.
        """
        names = {it.path: it.name for it in self.documents.values() if it.path is not None}
        found: dict[Path | Name, dict[tuple[str, int, int, str], Problem]] = {
            name: {} for name in self.documents
        }
        for text in self.texts():
            used = any(it is not text for it, _ in self.views(text.name))
            for complaint in text.reading.complaints:
                span = complaint.primary.span
                path = text.path_of(span.source.name)
                place: Path | Name = names.get(path, path) if path is not None else text.name
                if not (used and place == text.name):
                    key = (complaint.code.value, span.start, span.end, complaint.message)
                    found.setdefault(place, {})[key] = Problem(text, complaint)
        return {place: list(ones.values()) for place, ones in found.items()}

    def texts(self) -> list[Text]:
        """What every open document reads as."""
        return [text for name in self.documents if (text := self.text(name)) is not None]
