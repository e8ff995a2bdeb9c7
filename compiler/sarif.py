"""Diagnostics as SARIF 2.1.0 (OASIS, errata 01), the form that code scanning reads."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.json_text import json_text
from currc.compiler.pages import page
from currc.compiler.render import severity
from currc.compiler.source import Source, Span
from currc.compiler.whereabouts import addressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_MARKS = re.compile(r"[\\\[\]]")


def as_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """A log of one run with all complaints and the rules that they break; columns count code points."""
    found = tuple(diagnostics)
    rules = sorted({it.code for it in found}, key=lambda code: code.value)
    places = {code: index for index, code in enumerate(rules)}
    prints = fingerprints(found)
    driver = {"name": "currc", "semanticVersion": version, "rules": [_rule(code) for code in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(it, places[it.code], print_) for it, print_ in zip(found, prints, strict=True)],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def fingerprints(diagnostics: tuple[Diagnostic, ...]) -> tuple[str, ...]:
    """What each complaint is known by when lines move: a hash of file, code and address, and a number."""
    seen: Counter[str] = Counter()
    prints = []
    for it, address in zip(diagnostics, addressed(diagnostics), strict=True):
        name = "\0".join((_uri(it.primary.span.source), it.code.value, address))
        seen[name] += 1
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
        prints.append(f"{digest}:{seen[name]}")
    return tuple(prints)


def _rule(code: Code) -> dict[str, Any]:
    told = page(code)
    return {
        "id": code.value,
        "name": "".join(word.capitalize() for word in code.name.split("_")),
        "shortDescription": {"text": _plain(code.title)},
        "fullDescription": {"text": _plain(told.why)},
        "help": {"text": _plain(told.text()), "markdown": told.markdown},
        "defaultConfiguration": {"level": "error" if code.forbids else "warning"},
    }


def _result(it: Diagnostic, rule: int, print_: str) -> dict[str, Any]:
    result = {
        "ruleId": it.code.value,
        "ruleIndex": rule,
        "level": severity(it),
        "message": {"text": _plain("\n".join(part for part in (it.message, it.help) if part))},
        "locations": [_location(it.primary)],
        "relatedLocations": [{"id": n, **_location(label)} for n, label in enumerate(it.secondary, 1)],
        # The key by which code scanning recognises a result; else it would hash the line's text.
        "partialFingerprints": {"primaryLocationLineHash": print_},
    }
    if it.fix is not None:
        result["fixes"] = [_fix(it.fix)]
    return result


def _location(label: Label) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(label.span.source)}
    if region := _region(label.span):
        place["region"] = region
    location: dict[str, Any] = {"physicalLocation": place}
    if label.text:
        location["message"] = {"text": _plain(label.text)}
    return location


def _fix(fix: Fix) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.replacement}}
    change = {"artifactLocation": _artifact(fix.span.source), "replacements": [replacement]}
    return {"description": {"text": _plain(fix.description)}, "artifactChanges": [change]}


def _artifact(source: Source) -> dict[str, str]:
    uri = _uri(source)
    return {"uri": uri} if ":" in uri.split("/")[0] else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _uri(source: Source) -> str:
    """The file as a URI, relative to where the command ran unless it was named from the root."""
    path = PurePath(source.name)
    if path.is_absolute():
        return path.as_uri()
    # A first part with a colon would read as a scheme; `quote` leaves none.
    return quote(path.as_posix(), safe="/", errors="surrogateescape")


def _region(span: Span) -> dict[str, int]:
    """Lines and columns from 1, the end exclusive; a byte order mark is no character of the first line."""
    if span.source.row is not None:
        return {"startLine": span.source.row} if span.source.row else {}
    marked = span.source.text.startswith("\ufeff")
    (line, column), (end_line, end_column) = span.source.place(span.start), span.source.place(span.end)
    return {
        "startLine": line,
        "startColumn": max(1, column - (marked and line == 1)),
        "endLine": end_line,
        "endColumn": max(1, end_column - (marked and end_line == 1)),
    }


def _plain(text: str) -> str:
    """Text without meaning to a viewer: `[x](y)` would be a link and `{0}` a placeholder (3.11.5, 3.11.6)."""
    return _MARKS.sub(r"\\\g<0>", text).replace("{", "{{").replace("}", "}}")
