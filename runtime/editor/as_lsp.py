"""Answers of this folder in the types of the language server protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lsprotocol import types as lsp

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic
from currc.compiler.render import severity
from currc.compiler.source import Span
from currc.runtime.editor.hints import Hint
from currc.runtime.editor.hover import Hover
from currc.runtime.editor.offer import Item, Offer
from currc.runtime.editor.positions import Lines
from currc.runtime.editor.symbols import Symbol

Uri = Callable[[str], str]
"""The document of a source, by the source's name."""
LinesOf = Callable[[Span], Lines]
"""The lines of the text that a span lies in."""

ITEMS: Mapping[str, lsp.CompletionItemKind] = {
    "kind": lsp.CompletionItemKind.Struct,
    "attribute": lsp.CompletionItemKind.Property,
    "parameter": lsp.CompletionItemKind.Property,
    "type": lsp.CompletionItemKind.Class,
    "word": lsp.CompletionItemKind.Function,
    "average": lsp.CompletionItemKind.Function,
    "layers": lsp.CompletionItemKind.Function,
    "choice": lsp.CompletionItemKind.EnumMember,
    "block": lsp.CompletionItemKind.Variable,
    "constant": lsp.CompletionItemKind.Constant,
    "unit": lsp.CompletionItemKind.Unit,
    "column": lsp.CompletionItemKind.Field,
    "keyword": lsp.CompletionItemKind.Keyword,
}
SYMBOLS: Mapping[str, lsp.SymbolKind] = {
    "model": lsp.SymbolKind.Object,
    "source": lsp.SymbolKind.File,
    "task": lsp.SymbolKind.Class,
    "group": lsp.SymbolKind.Array,
    "difficulty": lsp.SymbolKind.Number,
    "schedule": lsp.SymbolKind.Namespace,
    "stage": lsp.SymbolKind.Method,
    "arm": lsp.SymbolKind.Interface,
    "let": lsp.SymbolKind.Constant,
    "use": lsp.SymbolKind.Module,
}
UNUSED = frozenset({Code.UNUSED_NAME, Code.UNUSED_CONSTANT})
"""Complaints about text that an editor may grey out."""


def range_of(lines: Lines, start: int, end: int) -> lsp.Range:
    """The characters from `start` to `end`."""
    return lsp.Range(lsp.Position(*lines.position(start)), lsp.Position(*lines.position(end)))


def diagnostic(it: Diagnostic, lines_of: LinesOf, uri: Uri) -> lsp.Diagnostic:
    """A complaint: what is wrong here as its message, why and where as related places."""
    text = it.message + (f"\n{it.primary.text}" if it.primary.text else "")
    return lsp.Diagnostic(
        range=_span(it.primary.span, lines_of),
        message=text + (f"\nhelp: {it.help}" if it.help else ""),
        severity=getattr(lsp.DiagnosticSeverity, severity(it).capitalize()),
        code=it.code.value,
        source="currc",
        tags=[lsp.DiagnosticTag.Unnecessary] if it.code in UNUSED else None,
        related_information=[
            lsp.DiagnosticRelatedInformation(
                lsp.Location(uri(label.span.source.name), _span(label.span, lines_of)), label.text
            )
            for label in it.secondary
        ],
    )


def _span(span: Span, lines_of: LinesOf) -> lsp.Range:
    return range_of(lines_of(span), span.start, span.end)


def location(span: Span, lines_of: LinesOf, uri: Uri) -> lsp.Location:
    """A place in a document."""
    return lsp.Location(uri(span.source.name), _span(span, lines_of))


def completion(offer: Offer, lines: Lines, snippets: bool) -> lsp.CompletionList:
    """An offer; an editor without snippets gets the bare words."""
    place = range_of(lines, offer.start, offer.end)
    items = [_item(item, place, index, snippets) for index, item in enumerate(offer.items)]
    return lsp.CompletionList(is_incomplete=False, items=items)


def _item(item: Item, place: lsp.Range, index: int, snippets: bool) -> lsp.CompletionItem:
    plain = not item.insert or (item.snippet and not snippets)
    return lsp.CompletionItem(
        label=item.label,
        kind=ITEMS[item.sort],
        detail=item.detail or None,
        sort_text=f"{index:04}",
        filter_text=item.label,
        text_edit=lsp.TextEdit(place, item.label if plain else item.insert),
        insert_text_format=lsp.InsertTextFormat.Snippet if item.snippet and snippets else None,
        data=list(item.meaning) if item.meaning is not None else None,
    )


def markdown(text: str) -> lsp.MarkupContent:
    """Markdown for a hover or a page."""
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


def hover(it: Hover, lines: Lines) -> lsp.Hover:
    """What is shown about a name."""
    return lsp.Hover(markdown(it.markdown), range_of(lines, it.start, it.end))


def hint(it: Hint, lines: Lines) -> lsp.InlayHint:
    """A value shown after what stands for it."""
    tooltip = it.full if it.full != it.label else None
    place = lsp.Position(*lines.position(it.offset))
    return lsp.InlayHint(place, it.label, padding_left=True, tooltip=tooltip)


def symbol(it: Symbol, lines: Lines) -> lsp.DocumentSymbol:
    """An entry of the outline with those inside it."""
    return lsp.DocumentSymbol(
        name=it.name,
        kind=SYMBOLS.get(it.kind, lsp.SymbolKind.Struct),
        detail=it.detail or None,
        range=range_of(lines, it.span.start, it.span.end),
        selection_range=range_of(lines, it.at.start, it.at.end),
        children=[symbol(inner, lines) for inner in it.inside],
    )
