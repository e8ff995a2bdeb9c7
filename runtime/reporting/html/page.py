"""The whole page, from the decision down to what the spec says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from currc.runtime.judging.results import ArmResult, Rule, Verdict
from currc.runtime.reporting.html import sections
from currc.runtime.reporting.html.element import Element, element
from currc.runtime.reporting.html.style import STYLE
from currc.runtime.reporting.lines import alike

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Told to the browser: nothing is loaded and nothing is run, whatever stands in the page."""

Docs = Sequence[tuple[str, str]]
"""What a spec's `##` lines say, by block, as `task route`."""


def page(verdict: Verdict, name: str, docs: Docs = ()) -> str:
    """The report as one HTML file; equal arguments give equal text.

    Args:
        verdict: What judging said of the run.
        name: The spec's name.
        docs: What its blocks say of themselves, in the order of the text.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", f"{name}: {verdict.decision.verdict}"),
        element("style", STYLE),
    )
    body = element(
        "body",
        element(
            "main",
            sections.opening(verdict, name),
            sections.comparison(verdict),
            sections.by_task(verdict),
            sections.rows_drawn(verdict),
            sections.what_came_when(verdict),
            sections.stages(verdict),
            sections.between_tasks(verdict),
            _notes(verdict),
            _docs(docs),
        ),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _notes(verdict: Verdict) -> Element | None:
    items = [element("li", note) for note in _footnotes(verdict)]
    return sections.section("Notes", element("ul", *items, class_="notes soft"))


def _footnotes(verdict: Verdict) -> Iterator[str]:
    rule = verdict.rule
    if rule is not None:
        yield from _of_rule(rule)
    for arm in verdict.arms:
        yield from _lost(arm)
    yield from map(alike, verdict.alike)
    if any(arm.stream for arm in verdict.arms):
        yield (
            "What came when is the mean over seeds in equal parts of the limit; a window is what was open "
            "as its part ended, and seeds whose stages end at other times blur the step between them."
        )
    yield f"{verdict.gold_rows:,} different gold rows were scored; they were read once, after training."
    yield f"Plan {verdict.plan}."


def _of_rule(rule: Rule) -> Iterator[str]:
    parts = ", ".join(f"{task}.{metric}" for task, metric in rule.parts)
    yield f"Decided on: {rule.objective.replace('_', ' ')} of {parts}, against {rule.control}."
    family = ", ".join(rule.family)
    yield (
        f"Tested by {rule.test.word}, alpha {rule.alpha:g}, p values corrected by {rule.correct_title} over "
        f"{family}; intervals are unadjusted, control arms are described and not tested."
    )
    if rule.min_gain:
        yield f"An arm must gain at least {rule.min_gain:g} (min_gain)."
    if rule.equivalent is not None:
        yield f"Within {rule.equivalent:g} on both sides, arms count as equivalent."
    if rule.waived:
        yield f"Control arms waived by the spec: {', '.join(rule.waived)}."
    for name, arm in rule.stand_ins.items():
        yield f"{name} would train just what {arm} does, which stands in for it."


def _lost(arm: ArmResult) -> Iterator[str]:
    for word, seeds in (("missing", arm.missing), ("diverged", arm.diverged)):
        if seeds:
            yield f"{arm.name}: {word} under seed {', '.join(map(str, seeds))}, so it has no mean."


def _docs(docs: Docs) -> Element | None:
    if not docs:
        return None
    pairs = [part for name, text in docs for part in (element("dt", name), element("dd", text))]
    return sections.section("What the spec says", element("dl", *pairs))
