"""The part of TextMate's tokeniser that our grammar uses, for tests: each character's scopes.

Follows vscode-textmate: line by line, the earliest match wins, of several at one place the
first in the list, and before all of them the end of the rule at hand.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

Rule = dict[str, Any]


class Grammar:
    def __init__(self, path: Path) -> None:
        self.root: Rule = json.loads(path.read_text(encoding="utf-8"))
        self.repository: dict[str, Rule] = self.root["repository"]
        self.compiled: dict[str, re.Pattern[str]] = {}

    @cached_property
    def patterns(self) -> list[Rule]:
        """Every rule that holds a regular expression."""
        found: list[Rule] = []

        def walk(rule: Rule) -> None:
            found.append(rule)
            for inner in (*rule.get("patterns", ()), *rule.get("repository", {}).values()):
                walk(inner)

        walk(self.root)
        return found

    def regex(self, text: str) -> re.Pattern[str]:
        if text not in self.compiled:
            self.compiled[text] = re.compile(text, re.MULTILINE)
        return self.compiled[text]

    def flat(self, rules: list[Rule]) -> list[Rule]:
        """Rules with includes put in."""
        found: list[Rule] = []
        for rule in rules:
            if "include" in rule:
                found += self.flat([self.repository[rule["include"].removeprefix("#")]])
            elif "match" in rule or "begin" in rule:
                found.append(rule)
            else:
                found += self.flat(rule["patterns"])
        return found

    def scopes(self, text: str) -> list[str]:
        """The innermost scope of each character; empty where only the root's holds."""
        found = [""] * len(text)
        stack: list[Rule] = [self.root]
        start = 0
        for line in text.splitlines(keepends=True):
            self.line(line, start, stack, found)
            start += len(line)
        return found

    def line(self, line: str, start: int, stack: list[Rule], found: list[str]) -> None:
        at = 0
        while at <= len(line):
            top = stack[-1]
            best: tuple[int, re.Match[str], Rule, bool] | None = None
            ends = [(top["end"], top, True)] if "end" in top else []
            rules = [(rule.get("match") or rule["begin"], rule, False) for rule in self.flat(top["patterns"])]
            for expression, rule, ending in (*ends, *rules):
                match = self.regex(expression).search(line, at)
                if match and (best is None or match.start() < best[0]):
                    best = match.start(), match, rule, ending
            stop = best[0] if best else len(line)
            self.paint(found, start + at, start + stop, top.get("name", "") if top is not self.root else "")
            if best is None:
                return
            _, match, rule, ending = best
            self.paint(found, start + match.start(), start + match.end(), rule.get("name", ""))
            key = "endCaptures" if ending else "captures" if "match" in rule else "beginCaptures"
            for number, capture in sorted(rule.get(key, {}).items(), key=lambda item: int(item[0])):
                if match.start(int(number)) >= 0:
                    place = start + match.start(int(number)), start + match.end(int(number))
                    self.paint(found, *place, capture["name"])
            if ending:
                stack.pop()
            elif "begin" in rule:
                stack.append(rule)
            moved = match.end() > at or ending or "begin" in rule
            at = match.end() if moved else at + 1

    def paint(self, found: list[str], start: int, end: int, scope: str) -> None:
        if scope:
            found[start:end] = [scope] * (end - start)
