"""The requests of an editor, each answered by the function of its name beside this file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from currc.compiler.diagnostic import CompileError, Fix
from currc.compiler.format import format_text
from currc.compiler.mended import mended
from currc.compiler.source import Span
from currc.compiler.words import Vocabulary
from currc.runtime.editor import as_lsp
from currc.runtime.editor.columns import columns
from currc.runtime.editor.complete import complete
from currc.runtime.editor.hints import hints
from currc.runtime.editor.hover import about, hover
from currc.runtime.editor.meaning import NAMEABLE, Meaning
from currc.runtime.editor.open_specs import Document, Problem
from currc.runtime.editor.positions import Lines
from currc.runtime.editor.rename import Edit, Refused, nameable, rename
from currc.runtime.editor.server import Failed, Server, quietly
from currc.runtime.editor.symbols import symbols
from currc.runtime.editor.text import Text

TRIGGERS = [".", "{", "(", "=", ":", ",", " "]
"""Signs after which an editor asks for completion by itself."""

FIX_ALL = "source.fixAll.currc"

At = tuple[Text, Lines, int]
"""A spec, its lines, and a place in it."""


def server(vocabulary: Vocabulary, version: str) -> Server:
    """A server that answers everything below."""
    made = Server(vocabulary, version)
    for method, (answer, options) in ANSWERS.items():
        made.feature(method, options)(_bound(made, answer))
    return made


def _bound(server: Server, answer: Callable[[Server, Any], Any]) -> Callable[[Any], Any]:
    safe = quietly(answer)

    def handle(params: Any) -> Any:
        return safe(server, params)

    return handle


def _opened(it: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    path = to_fs_path(document.uri) if document.uri.startswith("file:") else None
    file = Path(path).resolve() if path else None
    it.specs.put(Document(document.uri, document.text, file, document.version))
    it.later()


def _changed(it: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    known = it.specs.documents.get(params.text_document.uri)
    if known is not None and params.content_changes:
        text = it.workspace.get_text_document(known.name).source
        it.specs.put(Document(known.name, text, known.path, params.text_document.version))
        it.later()


def _closed(it: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    it.specs.close(params.text_document.uri)
    it.later()


def _saved(it: Server, params: lsp.DidSaveTextDocumentParams) -> None:
    it.specs.saved()
    it.later()


def _at(it: Server, params: Any) -> At | None:
    """The spec that a request is about, and the place in it."""
    text = it.specs.text(params.text_document.uri)
    if text is None:
        return None
    lines = it.lines(text.source.text)
    return text, lines, lines.offset(params.position.line, params.position.character)


def _completion(it: Server, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    if (at := _at(it, params)) is None:
        return None
    text, lines, offset = at
    if params.context is not None and params.context.trigger_character == " " and not _asks(text, offset):
        return None
    offer = complete(text, offset, lambda address: columns(text, address))
    return as_lsp.completion(offer, lines, _snippets(it))


def _asks(text: Text, offset: int) -> bool:
    """Whether a blank stands where a value, a unit or a name has to follow."""
    before = text.source.text[:offset].rpartition("\n")[2].rstrip(" ")
    return before[-1:] in tuple("=,:([") + tuple("0123456789") or before.endswith(("extends", "when", "drop"))


def _snippets(it: Server) -> bool:
    document = it.client_capabilities.text_document
    item = document.completion.completion_item if document and document.completion else None
    return bool(item and item.snippet_support)


def _resolved(it: Server, item: lsp.CompletionItem) -> lsp.CompletionItem:
    """An item with its page."""
    match item.data:
        case [str(sort), str(name)]:
            meaning = Meaning(sort, name)
            page = ""
            for text in it.specs.texts() if sort in NAMEABLE else it.specs.texts()[:1]:
                page = page or about(text, meaning)
            item.documentation = as_lsp.markdown(page) if page else None
    return item


def _hover(it: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    if (at := _at(it, params)) is None:
        return None
    problems = it.specs.problems().get(params.text_document.uri, [])
    found = hover(at[0], at[2], [problem.complaint for problem in problems])
    return as_lsp.hover(found, at[1]) if found is not None else None


def _named(it: Server, params: Any) -> Iterator[tuple[Text, Meaning]]:
    """What the user's name at a place means, in each spec that has a say."""
    at = _at(it, params)
    for text, module in it.specs.views(params.text_document.uri) if at is not None else ():
        spot = text.spot_at(at[2], module) if at is not None else None
        meaning = text.meaning(spot, module) if spot is not None else None
        if meaning is not None and meaning.sort in NAMEABLE:
            yield text, meaning


def _definition(it: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
    spans = ((text, text.declaration(meaning)) for text, meaning in _named(it, params))
    return _locations(it, [(text, span) for text, span in spans if span is not None])


def _references(it: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
    found: list[tuple[Text, Span]] = []
    for text, meaning in _named(it, params):
        own = None if params.context.include_declaration else text.declaration(meaning)
        found += [(text, span) for span in text.occurrences(meaning) if span != own]
    return _locations(it, found)


def _locations(it: Server, found: list[tuple[Text, Span]]) -> list[lsp.Location]:
    """Places, each once, however many specs it belongs to."""
    places = [as_lsp.location(span, it.lines_of, it.uri(text)) for text, span in found]
    return [place for index, place in enumerate(places) if place not in places[:index]]


def _can_rename(it: Server, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
    at = _at(it, params)
    for text, module in it.specs.views(params.text_document.uri) if at is not None else ():
        assert at is not None
        try:
            span, _ = nameable(text, at[2], module)
        except Refused as reason:
            raise Failed(str(reason)) from None
        return lsp.PrepareRenamePlaceholder(as_lsp.range_of(at[1], span.start, span.end), span.text)
    return None


def _rename(it: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    at = _at(it, params)
    edits: dict[tuple[str, int], tuple[Text, Edit]] = {}
    for text, module in it.specs.views(params.text_document.uri) if at is not None else ():
        assert at is not None
        try:
            found = rename(text, at[2], params.new_name, module)
        except Refused as reason:
            raise Failed(str(reason)) from None
        for edit in found:
            edits[it.uri(text)(edit.span.source.name), edit.span.start] = text, edit
    changes: dict[str, list[lsp.TextEdit]] = {}
    for (uri, _), (_, edit) in edits.items():
        place = as_lsp.range_of(it.lines_of(edit.span), edit.span.start, edit.span.end)
        changes.setdefault(uri, []).append(lsp.TextEdit(place, edit.text))
    return lsp.WorkspaceEdit(changes=changes) if changes else None


def _formatting(it: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
    """The canonical text; nothing while the text cannot be read, or where it is canonical."""
    text = it.specs.text(params.text_document.uri)
    if text is None:
        return None
    try:
        canonical = format_text(text.source)
    except CompileError:
        return None
    return [_whole(it, text, canonical)] if canonical != text.source.text else []


def _whole(it: Server, text: Text, new: str) -> lsp.TextEdit:
    """Another text in place of all of a document."""
    lines = it.lines(text.source.text)
    return lsp.TextEdit(as_lsp.range_of(lines, 0, len(text.source.text)), new)


def _symbols(it: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol] | None:
    text = it.specs.text(params.text_document.uri)
    if text is None:
        return None
    lines = it.lines(text.source.text)
    return [as_lsp.symbol(symbol, lines) for symbol in symbols(text.reading.file)]


def _hints(it: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
    text = it.specs.text(params.text_document.uri)
    if text is None:
        return None
    lines = it.lines(text.source.text)
    ends = (lines.offset(end.line, end.character) for end in (params.range.start, params.range.end))
    return [as_lsp.hint(hint, lines) for hint in hints(text, *ends)]


def _actions(it: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """The fixes of what is wrong in a range, and one that applies all that are safe."""
    name, wanted = params.text_document.uri, params.context.only
    problems = it.specs.problems().get(name, [])
    found = []
    if _wants(lsp.CodeActionKind.QuickFix, wanted):
        for problem in problems:
            shown, fix = it.diagnostic(problem), problem.complaint.fix
            if fix is not None and _touches(shown.range, params.range):
                found.append(_fix(it, problem, fix, shown))
    if _wants(FIX_ALL, wanted):
        found += _fix_all(it, name, problems)
    return found


def _wants(kind: str, wanted: Sequence[str] | None) -> bool:
    """Whether an editor asks for a kind of action: for all, for this one or for one that it belongs to."""
    return wanted is None or any(kind == one or kind.startswith(f"{one}.") for one in wanted)


def _touches(one: lsp.Range, other: lsp.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def _fix(it: Server, problem: Problem, fix: Fix, shown: lsp.Diagnostic) -> lsp.CodeAction:
    edit = lsp.TextEdit(as_lsp.range_of(it.lines_of(fix.span), fix.span.start, fix.span.end), fix.replacement)
    return lsp.CodeAction(
        title=fix.description,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[shown],
        is_preferred=fix.safe,
        edit=lsp.WorkspaceEdit(changes={it.uri(problem.text)(fix.span.source.name): [edit]}),
    )


def _fix_all(it: Server, name: str, problems: list[Problem]) -> list[lsp.CodeAction]:
    text = it.specs.text(name)
    own = [problem.complaint for problem in problems if problem.text is text]
    if text is None or not own:
        return []
    new, applied = mended(text.source, own)
    if not applied:
        return []
    edit = lsp.WorkspaceEdit(changes={name: [_whole(it, text, new)]})
    return [
        lsp.CodeAction(
            f"apply all {applied} safe fixes" if applied > 1 else "apply the safe fix",
            kind=FIX_ALL,
            edit=edit,
        )
    ]


ANSWERS: Mapping[str, tuple[Callable[[Server, Any], Any], Any]] = {
    lsp.TEXT_DOCUMENT_DID_OPEN: (_opened, None),
    lsp.TEXT_DOCUMENT_DID_CHANGE: (_changed, None),
    lsp.TEXT_DOCUMENT_DID_CLOSE: (_closed, None),
    lsp.TEXT_DOCUMENT_DID_SAVE: (_saved, None),
    lsp.TEXT_DOCUMENT_COMPLETION: (
        _completion,
        lsp.CompletionOptions(trigger_characters=TRIGGERS, resolve_provider=True),
    ),
    lsp.COMPLETION_ITEM_RESOLVE: (_resolved, None),
    lsp.TEXT_DOCUMENT_HOVER: (_hover, None),
    lsp.TEXT_DOCUMENT_DEFINITION: (_definition, None),
    lsp.TEXT_DOCUMENT_REFERENCES: (_references, None),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: (_can_rename, None),
    lsp.TEXT_DOCUMENT_RENAME: (_rename, lsp.RenameOptions(prepare_provider=True)),
    lsp.TEXT_DOCUMENT_FORMATTING: (_formatting, None),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (_symbols, None),
    lsp.TEXT_DOCUMENT_INLAY_HINT: (_hints, None),
    lsp.TEXT_DOCUMENT_CODE_ACTION: (
        _actions,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix, FIX_ALL]),
    ),
}
"""What the server can do: each method, its answer, and what the editor is told about it."""
