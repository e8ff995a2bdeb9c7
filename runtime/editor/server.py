"""The language server's state: the open specs, and what was said about them."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from currc.compiler.source import Span
from currc.compiler.words import Vocabulary
from currc.runtime.editor import as_lsp
from currc.runtime.editor.open_specs import OpenSpecs, Problem
from currc.runtime.editor.positions import Encoding, Lines
from currc.runtime.editor.text import Text

QUIET = 0.003
"""Seconds without a further change after which complaints are sent; keys come 30 ms apart at best."""

MOST_SENT = 100
"""Complaints sent for one document."""

ENCODINGS: Mapping[str, Encoding] = {
    lsp.PositionEncodingKind.Utf8: "utf-8",
    lsp.PositionEncodingKind.Utf16: "utf-16",
    lsp.PositionEncodingKind.Utf32: "utf-32",
}
"""What a column may count, by the name that the two programs agree on."""

P = ParamSpec("P")
R = TypeVar("R")


class Failed(JsonRpcException):
    """A request that cannot be met; the editor shows why."""

    CODE = lsp.LSPErrorCodes.RequestFailed.value
    MESSAGE = "Request failed"


_lines = lru_cache(maxsize=8)(Lines)
"""Every complaint about a text needs its lines."""


def quietly(answer: Callable[P, R]) -> Callable[P, R | None]:
    """The same answer, but nothing where it fails; the failure goes to standard error.

    An editor is better off without one hover than without a server.
    """

    @wraps(answer)
    def safely(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return answer(*args, **kwargs)
        except Failed:
            raise
        except Exception:
            traceback.print_exc()
            return None

    return safely


class Server(LanguageServer):
    """What is open, what was said about it, and when to say more.

    Documents come whole with each change, as a spec is small: what a column means then never
    depends on how two programs split lines.
    """

    def __init__(self, vocabulary: Vocabulary, version: str) -> None:
        super().__init__("currc", version, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.specs = OpenSpecs(vocabulary)
        self.said: dict[str, list[lsp.Diagnostic]] = {}
        self.due: asyncio.TimerHandle | None = None
        self.took = 0.0

    @property
    def ended_well(self) -> bool:
        """Whether the editor asked for the end before it came."""
        return bool(self.protocol._shutdown)

    def lines(self, text: str) -> Lines:
        """A text's lines in the columns that the editor counts."""
        return _lines(text, ENCODINGS.get(self.workspace.position_encoding or "", "utf-16"))

    def lines_of(self, span: Span) -> Lines:
        """The lines of the text that a span lies in."""
        return self.lines(span.source.text)

    def uri(self, text: Text) -> as_lsp.Uri:
        """The documents of a spec's sources."""
        names = {it.path: it.name for it in self.specs.documents.values()}

        def find(source: str) -> str:
            path = text.path_of(source)
            return names.get(path, from_fs_path(str(path)) or text.name) if path else text.name

        return find

    def later(self) -> None:
        """Say what is wrong once no further change comes; a slow spec waits as long as it took."""
        if self.due is not None:
            self.due.cancel()
        wait = QUIET if self.took < 0.05 else self.took
        self.due = asyncio.get_running_loop().call_later(wait, quietly(self.say))

    def say(self) -> None:
        """Send the complaints about each document whose complaints have changed."""
        begun = time.perf_counter()
        found: dict[str, list[lsp.Diagnostic]] = {name: [] for name in self.said}
        for place, problems in self.specs.problems().items():
            name = from_fs_path(str(place)) if isinstance(place, Path) else place
            worst = sorted(problems, key=lambda it: not it.complaint.is_error)[:MOST_SENT]
            found[name or ""] = [self.diagnostic(it) for it in worst]
        for name, ones in found.items():
            if ones != self.said.get(name):
                document = self.specs.documents.get(name)
                version = document.version if document is not None else None
                self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(name, ones, version))
        self.said = {name: ones for name, ones in found.items() if ones or name in self.specs.documents}
        self.took = time.perf_counter() - begun

    def diagnostic(self, it: Problem) -> lsp.Diagnostic:
        """A complaint for the editor."""
        return as_lsp.diagnostic(it.complaint, self.lines_of, self.uri(it.text))

    def show(self, message: str) -> None:
        """Tell the user something in words."""
        self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, message))
