"""A small editor for tests: speaks to a real `currc lsp` over its standard streams."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

CURRC = [sys.executable, "-c", "import sys; from currc.runtime.command import main; sys.exit(main())"]
PATIENCE = 120.0
"""Seconds after which an answer counts as lost; no test depends on how soon it comes."""


class Refused(Exception):
    """The server answered with an error."""


class Editor:
    """One server, started and initialised; its documents are named by their files."""

    def __init__(self, root: Path, **capabilities: Any) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [*CURRC, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.noise: list[bytes] = []
        self.published: dict[str, list[dict[str, Any]]] = {}
        self.number = 0
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._overhear, daemon=True).start()
        self.server = self.ask(
            "initialize",
            {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities},
        )
        self.tell("initialized", {})

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self.inbox.put(json.loads(stream.read(length)))
        self.inbox.put({"method": "$/gone"})

    def _overhear(self) -> None:
        assert self.process.stderr is not None
        self.noise += iter(self.process.stderr.readline, b"")

    def send(self, message: dict[str, Any]) -> None:
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_raw(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """The result of a request; raises `Refused` with the server's words."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self.number:
                if "error" in message:
                    raise Refused(message["error"]["message"])
                return message.get("result")

    def _next(self) -> dict[str, Any]:
        message = self.inbox.get(timeout=PATIENCE)
        assert message.get("method") != "$/gone", b"".join(self.noise).decode()
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
            message["heard"] = message["params"]["uri"], message["params"].get("version")
        return message

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str, version: int = 1) -> list[dict[str, Any]]:
        """Open a document and wait for what is said about it."""
        document = {"uri": self.uri(name), "languageId": "curr", "version": version, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.heard(name, version)

    def change(self, name: str, text: str, version: int) -> None:
        document = {"uri": self.uri(name), "version": version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def heard(self, name: str, version: int | None) -> list[dict[str, Any]]:
        """Wait for the complaints about one version of a document; a file that is not open has none."""
        while self._next().get("heard") != (self.uri(name), version):
            pass
        return self.published[self.uri(name)]

    def at(self, name: str, line: int, character: int, **more: Any) -> dict[str, Any]:
        """The parameters of a request about a place."""
        place = {"line": line, "character": character}
        return {"textDocument": {"uri": self.uri(name)}, "position": place, **more}

    def end(self) -> int:
        """Ask for the end in due form; the exit code."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
