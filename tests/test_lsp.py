"""A real editor's talk with a real `currc lsp`, over its standard streams."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lsp_client import CURRC, PATIENCE, Editor, Refused
from specs import STAGED, TWO_ARMS, changed

from currc.compiler.format import format_text
from currc.compiler.source import Source
from currc.runtime.editor.positions import Lines
from currc.runtime.editor.server import quietly

SNIPPETS = {"completion": {"completionItem": {"snippetSupport": True}}, "rename": {"prepareSupport": True}}
NAMES = (f"spec_{number}.curr" for number in count())


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests of this file, which open a document each."""
    with Editor(tmp_path_factory.mktemp("project"), textDocument=SNIPPETS) as editor:
        yield editor


@pytest.fixture
def name() -> str:
    return next(NAMES)


def place(text: str, part: str, within: str = "") -> tuple[int, int]:
    """Line and UTF-16 column of a part of a text."""
    start = text.index(within) if within else 0
    position = Lines(text).position(text.index(part, start))
    return position.line, position.column


def covered(text: str, range: dict[str, Any]) -> str:
    """The characters of a range."""
    lines = Lines(text)
    start, end = (lines.offset(it["line"], it["character"]) for it in (range["start"], range["end"]))
    return text[start:end]


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits."""
    lines = Lines(text)
    for edit in sorted(edits, key=lambda it: -lines.offset(*it["range"]["start"].values())):
        start, end = (lines.offset(*edit["range"][side].values()) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


class TestDiagnostics:
    def test_mistakes_are_told_while_typing_and_taken_back(self, editor: Editor, name: str) -> None:
        bad = changed(TWO_ARMS, ("easy_first", "easy_frist"), ("by = reading_load", "by = reading_lod"))
        found = {it["code"]: it for it in editor.open(name, bad)}
        assert set(found) == {"C0104", "C0105"}
        assert covered(bad, found["C0105"]["range"]) == "easy_frist"
        assert found["C0105"]["severity"] == 1
        assert found["C0105"]["source"] == "currc"
        assert "did you mean `easy_first`?" in found["C0105"]["message"]
        [related] = found["C0104"]["relatedInformation"]
        assert related["message"] == "closest name"
        assert related["location"]["uri"] == editor.uri(name)
        assert covered(bad, related["location"]["range"]) == "reading_load"
        editor.change(name, TWO_ARMS, 2)
        assert editor.heard(name, 2) == []

    def test_warnings_are_warnings_and_idle_names_are_grey(self, editor: Editor, name: str) -> None:
        [found] = editor.open(name, changed(TWO_ARMS, ("model student", "let top = 1e-3\n\nmodel student")))
        assert (found["code"], found["severity"], found["tags"]) == ("W0102", 2, [1])

    def test_many_fast_changes_end_with_the_last(self, editor: Editor, name: str) -> None:
        editor.open(name, TWO_ARMS)
        for version in range(2, 30):
            editor.change(name, changed(TWO_ARMS, ("easy_first", f"easy_{version}")), version)
        [found] = editor.heard(name, 29)
        assert "`easy_29`" in found["message"]

    def test_columns_count_utf16(self, editor: Editor, name: str) -> None:
        line = 'labels = ["😀", "e\u0301", "🏳️‍🌈"] + wrong'
        text = changed(TWO_ARMS, ("  metric = macro_f1", f"  {line}"))
        found = editor.open(name, text)
        assert found
        [wrong] = [it for it in found if covered(text, it["range"]).endswith("wrong")]
        end = wrong["range"]["end"]["character"]
        assert end == len(f"  {line}".encode("utf-16-le")) // 2
        assert end != len(f"  {line}")

    def test_a_used_file_is_told_of_its_own_mistakes(self, editor: Editor, name: str) -> None:
        library = next(NAMES)
        (editor.root / library).write_text('edition 2026\n\nsource rows {\n  pth = "rows.jsonl"\n}\n')
        use = ("edition 2026\n", f'edition 2026\n\nuse "{library}" as lib\n')
        editor.open(name, changed(TWO_ARMS, use).replace("train = tickets\n", "train = lib.rows\n"))
        assert sorted(it["code"] for it in editor.heard(library, None)) == ["C0103", "C0204"]
        editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri(name)}})
        assert editor.heard(library, None) == []


class TestAnswers:
    def test_completion_in_a_line_that_cannot_be_read_yet(self, editor: Editor, name: str) -> None:
        text = changed(TWO_ARMS, ("pacing = root(start = 20%, full_at = 60%)", "pacing = ro"))
        editor.open(name, text)
        line, column = place(text, "pacing = ro")
        found = editor.ask("textDocument/completion", editor.at(name, line, column + 11))
        [root] = [item for item in found["items"] if item["label"] == "root"]
        assert covered(text, root["textEdit"]["range"]) == "ro"
        assert "documentation" not in root
        page = editor.ask("completionItem/resolve", root)["documentation"]
        assert page["kind"] == "markdown"
        assert "Opens the rows fast at first" in page["value"]

    def test_completion_of_a_block_is_a_skeleton(self, editor: Editor, name: str) -> None:
        text = TWO_ARMS + "\nta"
        editor.open(name, text)
        line = text.count("\n")
        items = editor.ask("textDocument/completion", editor.at(name, line, 2))["items"]
        [task] = [item for item in items if item["label"] == "task"]
        assert task["insertTextFormat"] == 2
        assert task["textEdit"]["newText"].startswith("task ${1:name}: ${2|classify,")

    def test_a_blank_asks_for_completion_only_where_something_has_to_follow(
        self, editor: Editor, name: str
    ) -> None:
        text = changed(TWO_ARMS, ("  metric = macro_f1\n", "  metric = \n  \n"))
        editor.open(name, text)
        line, column = place(text, "metric = \n")
        typed = {"context": {"triggerKind": 2, "triggerCharacter": " "}}
        assert editor.ask("textDocument/completion", editor.at(name, line, column + 9, **typed))["items"]
        assert editor.ask("textDocument/completion", editor.at(name, line + 1, 2, **typed)) is None

    def test_hover(self, editor: Editor, name: str) -> None:
        editor.open(name, TWO_ARMS)
        line, column = place(TWO_ARMS, "full_at")
        found = editor.ask("textDocument/hover", editor.at(name, line, column + 2))
        assert "progress at which all rows are open" in found["contents"]["value"]
        assert covered(TWO_ARMS, found["range"]) == "full_at"
        assert editor.ask("textDocument/hover", editor.at(name, 1, 0)) is None

    def test_definition_and_references(self, editor: Editor, name: str) -> None:
        text = changed(TWO_ARMS, ('"{body}"', '"😀e\u0301 {body}"'))
        editor.open(name, text)
        where = editor.at(name, *place(text, "gentle", "schedule = gentle"))
        [found] = editor.ask("textDocument/definition", where)
        assert found["uri"] == editor.uri(name)
        assert (found["range"]["start"]["line"], covered(text, found["range"])) == (
            place(text, "schedule gentle")[0],
            "gentle",
        )
        both = editor.ask("textDocument/references", {**where, "context": {"includeDeclaration": True}})
        uses = editor.ask("textDocument/references", {**where, "context": {"includeDeclaration": False}})
        assert len(both) == text.count("gentle")
        assert [it for it in both if it not in uses] == [found]

    def test_definition_leads_into_a_used_file(self, editor: Editor, name: str) -> None:
        library = next(NAMES)
        (editor.root / library).write_text('edition 2026\n\n# 😀\nsource rows {\n  path = "rows.jsonl"\n}\n')
        use = ("edition 2026\n", f'edition 2026\n\nuse "{library}" as lib\n')
        text = changed(TWO_ARMS, use).replace("train = tickets\n", "train = lib.rows\n")
        editor.open(name, text)
        [found] = editor.ask("textDocument/definition", editor.at(name, *place(text, "rows", "lib.rows")))
        assert found["uri"] == editor.uri(library)
        assert found["range"]["start"] == {"line": 3, "character": 7}

    def test_rename(self, editor: Editor, name: str) -> None:
        text = changed(STAGED, ('"{body}"', '"😀e\u0301 {body}"'))
        editor.open(name, text)
        where = editor.at(name, *place(text, "basics"))
        assert editor.ask("textDocument/prepareRename", where)["placeholder"] == "basics"
        edit = editor.ask("textDocument/rename", {**where, "newName": "first"})
        assert list(edit["changes"]) == [editor.uri(name)]
        assert applied(text, edit["changes"][editor.uri(name)]) == text.replace("basics", "first")
        with pytest.raises(Refused, match="`everything` is the name of a stage already"):
            editor.ask("textDocument/rename", {**where, "newName": "everything"})
        with pytest.raises(Refused, match="`by` belongs to the language"):
            editor.ask("textDocument/prepareRename", editor.at(name, *place(text, "by = ")))

    def test_formatting(self, editor: Editor, name: str) -> None:
        untidy = changed(TWO_ARMS, ("control = baseline", "control   =    baseline  # 😀"))
        editor.open(name, untidy)
        options = {"textDocument": {"uri": editor.uri(name)}, "options": {"tabSize": 2, "insertSpaces": True}}
        edits = editor.ask("textDocument/formatting", options)
        assert applied(untidy, edits) == format_text(Source("", untidy))
        editor.change(name, applied(untidy, edits), 2)
        assert editor.ask("textDocument/formatting", options) == []
        editor.change(name, "edition 2026\n\narm {{\n", 3)
        assert editor.ask("textDocument/formatting", options) is None

    def test_symbols(self, editor: Editor, name: str) -> None:
        editor.open(name, STAGED)
        found = editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": editor.uri(name)}})
        [school] = [it for it in found if it["name"] == "school"]
        assert [it["name"] for it in school["children"]] == ["basics", "everything"]
        assert covered(STAGED, school["selectionRange"]) == "school"

    def test_code_actions_are_the_fixes(self, editor: Editor, name: str) -> None:
        text = changed(TWO_ARMS, ("easy_first", "easy_frist"), ("by = reading_load", "by = reading_lod"))
        [_, wrong] = sorted(editor.open(name, text), key=lambda it: str(it["code"]))
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
        where = {"textDocument": {"uri": editor.uri(name)}, "context": {"diagnostics": []}}
        [fix, every] = editor.ask("textDocument/codeAction", {**where, "range": wrong["range"]})
        assert fix["title"] == "replace `easy_frist` with `easy_first`"
        assert fix["isPreferred"] is True
        mended = applied(text, fix["edit"]["changes"][editor.uri(name)])
        assert mended == text.replace("easy_frist", "easy_first")
        assert applied(text, every["edit"]["changes"][editor.uri(name)]) == TWO_ARMS
        kinds = {"context": {"diagnostics": [], "only": ["source.fixAll"]}}
        only = editor.ask("textDocument/codeAction", {**where, "range": whole, **kinds})
        assert [it["kind"] for it in only] == ["source.fixAll.currc"]

    def test_inlay_hints(self, editor: Editor, name: str) -> None:
        text = changed(
            TWO_ARMS,
            ("model student", "let top = 1e-3\n\nmodel student"),
            ("schedule = gentle", "schedule = gentle\n  train.lr = 2 * top"),
        )
        editor.open(name, text)
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
        found = editor.ask(
            "textDocument/inlayHint", {"textDocument": {"uri": editor.uri(name)}, "range": whole}
        )
        line, column = place(text, "2 * top")
        [value] = [it for it in found if it["label"] == "= 0.002"]
        assert value["position"] == {"line": line, "character": column + len("2 * top")}


class TestSturdiness:
    def test_nonsense_does_not_end_the_talk(self, editor: Editor, name: str) -> None:
        editor.send_raw(b"{no JSON")
        editor.send_raw(b'{"jsonrpc": "2.0", "id": "x", "method": "textDocument/hover", "params": {"a": 1}}')
        with pytest.raises(Refused):
            editor.ask("textDocument/noSuchThing", {})
        assert editor.ask("textDocument/hover", editor.at("never_opened.curr", 0, 0)) is None
        assert editor.open(name, '\x00\ufeff}}}{{{\n"""')
        assert "C0006" in editor.ask("textDocument/hover", editor.at(name, 99, 99))["contents"]["value"]

    def test_a_document_without_a_file(self, editor: Editor) -> None:
        uri = "untitled:Untitled-1"
        text = changed(TWO_ARMS, ("edition 2026\n", 'edition 2026\n\nuse "/etc/passwd" as lib\n'))
        document = {"uri": uri, "languageId": "curr", "version": 7, "text": text}
        editor.tell("textDocument/didOpen", {"textDocument": document})
        while editor._next().get("heard") != (uri, 7):
            pass
        assert [it["code"] for it in editor.published[uri]] == ["C0115"]

    def test_a_used_file_outside_the_folder_is_not_read(self, editor: Editor, name: str) -> None:
        secret = editor.root.parent / "secret.curr"
        secret.write_text('edition 2026\n\nsource rows {\n  path = "rows.jsonl"\n}\n')
        use = ("edition 2026\n", 'edition 2026\n\nuse "../secret.curr" as lib\n')
        found = editor.open(name, changed(TWO_ARMS, use).replace("train = tickets\n", "train = lib.rows\n"))
        assert [it["code"] for it in found] == ["C0116"]

    def test_a_failing_answer_is_no_answer(self, capsys: pytest.CaptureFixture[str]) -> None:
        def fail() -> None:
            raise RecursionError("too deep")

        assert quietly(fail)() is None
        assert "too deep" in capsys.readouterr().err


class TestProcess:
    def test_the_talk_ends_in_due_form(self, tmp_path: Path) -> None:
        with Editor(tmp_path, general={"positionEncodings": ["utf-8", "utf-16"]}) as editor:
            assert editor.server["capabilities"]["positionEncoding"] == "utf-8"
            line = 'labels = ["😀", "e\u0301"] + wrong'
            found = editor.open("a.curr", changed(TWO_ARMS, ("  metric = macro_f1", f"  {line}")))
            ends = [it["range"]["end"]["character"] for it in found]
            assert len(f"  {line}".encode()) in ends
            assert editor.end() == 0
            assert b"Traceback" not in b"".join(editor.noise)

    @pytest.mark.parametrize("last", ["exit", None])
    def test_an_editor_that_just_leaves_gives_1(self, tmp_path: Path, last: str | None) -> None:
        with Editor(tmp_path) as editor:
            if last is not None:
                editor.tell(last, None)
            else:
                assert editor.process.stdin is not None
                editor.process.stdin.close()
            assert editor.process.wait(PATIENCE) == 1

    def test_without_the_extra_it_says_what_to_install(self) -> None:
        program = "import sys; sys.modules['pygls'] = None; " + CURRC[2]
        ended = subprocess.run([sys.executable, "-c", program, "lsp"], capture_output=True, text=True)
        assert ended.returncode == 69
        assert "pip install 'currc[lsp]'" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_nothing_heavy_is_loaded(self) -> None:
        program = f"""
import json, sys
from pathlib import Path
from currc.runtime.editor.complete import complete
from currc.runtime.editor.columns import columns
from currc.runtime.editor.hints import hints
from currc.runtime.editor.hover import hover
from currc.runtime.editor.text import Text
from currc.runtime.vocabulary import Vocabulary
import currc.runtime.editor.features
text = Text({STAGED!r}, Vocabulary(), root=Path("curricula"))
for offset in range(0, len(text.source.text), 9):
    hover(text, offset)
    complete(text, offset, lambda address: columns(text, address))
hints(text, 0, 99999)
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
"""
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert set(json.loads(ended.stdout)).isdisjoint(
            {"torch", "numpy", "transformers", "scipy", "pyarrow"}
        )
