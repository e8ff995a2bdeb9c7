"""A syntax mistake costs its own complaint: later passes say nothing about what it took away."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from currc.compiler.compile import analyse
from currc.runtime.vocabulary import Vocabulary
from tests.test_parse import ATTRIBUTES, CLOSERS, EXAMPLE, HEADERS, SLIPS

HEADER_SLIPS = {
    "no brace": lambda line: line.removesuffix(" {"),
    "number": lambda line: line.replace(" {", " 5x {"),
    "equals": lambda line: line.replace(" {", " = {"),
    "sign": lambda line: line + " @",
}


def said(text: str) -> set[tuple[str, int]]:
    """Code and line of each complaint of all passes."""
    complaints = analyse(text, Vocabulary(), name="t")[1]
    return {(d.code.value, d.primary.span.source.place(d.primary.span.start)[0]) for d in complaints}


@example(places=[6, 66], slips=["arrow", "reserved", "arrow"], header=5, header_slip="no brace")
@given(
    places=st.lists(st.sampled_from(ATTRIBUTES), min_size=1, max_size=3, unique=True),
    slips=st.lists(st.sampled_from(sorted(SLIPS)), min_size=3, max_size=3),
    header=st.sampled_from(HEADERS),
    header_slip=st.sampled_from(sorted(HEADER_SLIPS)),
)
@settings(max_examples=60, deadline=None)
def test_only_the_planted_lines_are_complained_about(
    places: list[int], slips: list[str], header: int, header_slip: str
) -> None:
    usual = {code for code, _ in said(EXAMPLE)}
    lines = EXAMPLE.split("\n")
    for place, slip in zip(places, slips, strict=False):
        lines[place] = SLIPS[slip](lines[place].split(" #")[0])
    lines[header] = HEADER_SLIPS[header_slip](lines[header])
    planted = {place + 1 for place in (*places, header)}
    found = said("\n".join(lines))
    assert {line for code, line in found if code not in usual} == planted, found


def test_a_missing_closing_brace_costs_one_complaint() -> None:
    usual = said(EXAMPLE)
    for place in CLOSERS:
        lines = EXAMPLE.split("\n")
        lines[place] = ""
        found = said("\n".join(lines)) - usual
        assert {code for code, _ in found} == {"C0005"}, place
