"""The page: nothing in it runs or is fetched, whatever names and data say; equal results give equal bytes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from verdicts import plan, task, verdict

from currc.runtime.judging.results import (
    ArmResult,
    Difference,
    Interference,
    StageEnd,
    Stream,
    Totals,
    Transfer,
    Verdict,
)
from currc.runtime.reporting.html.element import VOID, element
from currc.runtime.reporting.html.interval import Scale
from currc.runtime.reporting.html.page import page

PARTS = 25
EVIL = (
    "<script>alert(1)</script>",
    "[link=https://evil.example]x[/link]",
    '" onload="alert(1)',
    "' style='x",
    "</style><img src=https://evil.example/x.png onerror=alert(1)>",
    "a\x1b[2J\u202eb\x00",
)
INERT = """html head meta title style body main section div p strong h1 h2 table caption thead tbody tr th td
figure figcaption span ul li dl dt dd svg rect path line circle text"""
ATTRIBUTES = """charset name content http-equiv lang class scope data-head role aria-label height width x y
x1 x2 y1 y2 cx cy r d viewbox preserveaspectratio vector-effect text-anchor"""


class Reader(HTMLParser):
    """Elements, attributes and text of a page, as a browser would find them; every element must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.heads: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text.append(data)
        if self.open[-1:] == ["h2"]:
            self.heads.append(data)

    def said(self) -> str:
        return " ".join(self.text)


def gap(estimate: float, low: float | None, high: float | None, **other: Any) -> Difference:
    return Difference(against="plain", estimate=estimate, low=low, high=high, p=0.01, se=0.1, df=5.0, **other)


def full() -> Verdict:
    """A verdict in which every part of the page has something to say."""
    arms = ["plain", "staged", "staged~random_order", "single_task~x", "single_task~y"]
    asked = plan(
        arms, {"x": task(also=["macro_f1"]), "y": task()}, min_gain=0.01, protect={"x.accuracy": 0.01}
    )
    scores = {arm: {"x": 0.6, "y": 0.6} for arm in arms} | {"staged": {"x": 0.7, "y": 0.65}}
    found = verdict(asked, scores)
    stream = Stream(
        shares={"x": (1.0,) * 10 + (0.5,) * 15, "y": (0.0,) * 10 + (0.5,) * 15},
        low=(0.0,) * PARTS,
        high=(0.3,) * 10 + (1.0,) * 15,
        shares_apart=0.5,
        window_apart=0.1,
        by="length",
    )
    still = stream.model_copy(
        update={"shares": {"x": (0.5,) * PARTS, "y": (0.5,) * PARTS}, "high": (1.0,) * PARTS}
    )
    held = "held 2 of 2 evaluations: `x.accuracy` 0.71 >= 0.7"
    ends = tuple(
        StageEnd(stage=stage, seed=seed, at=at, reason=reason)
        for stage, at, reason in (("basics", 0.4, held), ("all", 1.0, "the limit"))
        for seed in (1, 2)
    )

    def told(arm: ArmResult) -> ArmResult:
        moved = arm.name.startswith("staged")
        rows = {"x": 700.0, "y": 300.0} if moved else {"x": 500.0, "y": 500.0}
        more = {"stream": stream if moved else still, "stages": ends if moved else ()}
        return arm.model_copy(update={**more, "totals": Totals(drawn=rows, used=100.0, past=3.0)})

    transfer = Transfer(
        reference="pairs", task="x", other="y", metric="accuracy", range=(0.0, 1.0),
        difference=gap(0.02, -0.01, 0.05, corrected=0.2), shown="not shown",
    )  # fmt: skip
    return found.model_copy(update={"arms": tuple(map(told, found.arms)), "transfer": (transfer,)})


def poisoned(value: Any, evil: str) -> Any:
    """The same results with every string that is no word of a closed set spoilt, keys of mappings too."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        closed = {name for name, field in fields.items() if "Literal" in str(field.annotation)}
        parts = {name: getattr(value, name) for name in fields}
        return value.model_copy(
            update={name: part if name in closed else poisoned(part, evil) for name, part in parts.items()}
        )
    if isinstance(value, dict):
        return {poisoned(key, evil): poisoned(part, evil) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(poisoned(part, evil) for part in value)
    return value + evil if isinstance(value, str) else value


DOCS = [("model student", "Small.\nAnd <b>quick</b>."), ("task x", "What it is.")]


def test_every_part_stands_in_its_place() -> None:
    text = page(full(), "desk", DOCS)
    assert Reader(text).heads == [
        "Comparison",
        "Tasks",
        "Rows drawn",
        "What came when",
        "Stages and promotions",
        "Between tasks",
        "Notes",
        "What the spec says",
    ]
    said = Reader(text).said()
    assert said.index("Decision:") < said.index("Why:") < said.index("Comparison")
    for part in (
        "keep staged",
        "held 2 of 2 evaluations: `x.accuracy` 0.71 >= 0.7",
        "protected",
        "macro-F1",
        "x 100 → 50 %",
        "One mix, from all of the rows, all along: plain.",
        "And <b>quick</b>.",
    ):
        assert part in said, part


@pytest.mark.parametrize("evil", EVIL)
def test_no_string_becomes_markup(evil: str) -> None:
    """In every name, reason, title and doc at once."""
    spoilt = poisoned(full(), evil)
    assert sum(evil in text for text in map(str, (spoilt.arms[0].name, spoilt.plan, spoilt.rule.parts))) >= 2
    text = page(spoilt, "desk" + evil, [("task" + evil, evil)])
    read = Reader(text)
    assert {tag for tag, _ in read.elements} <= set(INERT.split())
    for tag, attributes in read.elements:
        assert attributes.keys() <= set(ATTRIBUTES.split()), tag
        for name, value in attributes.items():
            assert name in ("aria-label", "data-head", "content") or "evil" not in (value or "")
    assert "url(" not in text
    assert "@import" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    if evil.isprintable():
        assert evil in read.said()


def test_equal_results_give_equal_bytes() -> None:
    again = Verdict.model_validate_json(full().model_dump_json())
    assert page(full(), "desk", DOCS) == page(again, "desk", DOCS)


def test_the_mix_is_stacked_to_the_top_and_its_steps_lie_where_they_were_drawn() -> None:
    """`x` alone for ten parts, then half of it above `y`: y = 0 is the top, 1 the bottom."""
    read = Reader(page(full(), "desk"))
    areas = [attributes for tag, attributes in read.elements if tag == "path"]
    x, y, band = (one["d"] for one in areas[:3])
    assert [one["class"] for one in areas[:3]] == ["area t0", "area t1", "band"]

    def points(outline: str | None) -> set[tuple[float, float]]:
        return {tuple(map(float, at.split())) for at in re.split("[ML]", (outline or "").rstrip("Z"))[1:]}  # type: ignore[misc]

    assert {(0, 0.0), (25, 0.0), (10, 1.0), (10, 0.5), (25, 0.5)} <= points(x)
    assert {(0, 1.0), (10, 1.0), (10, 0.5), (25, 0.5), (25, 1.0)} <= points(y)
    assert {(0, 0.7), (10, 0.7), (10, 0.0), (25, 0.0)} <= points(band)
    dotted = [attributes["x1"] for tag, attributes in read.elements if attributes.get("class") == "stage"]
    assert dotted == ["40.00%", "40.00%"]


def test_whiskers_lie_on_one_scale() -> None:
    found = [gap(0.1, 0.0, 0.2), gap(-0.1, -0.2, 0.0), gap(0.0, None, None), None]
    scale = Scale.over(found, 0.05, (0.0, 1.0))
    assert (scale.low, scale.high) == (-0.2, 0.2)
    assert (scale.at(-0.2), scale.at(0.0), scale.at(0.2)) == ("4.00%", "50.00%", "96.00%")
    marks = [str(scale.mark(one, "better")) for one in found]
    assert 'x1="50.00%" x2="96.00%"' in marks[0]
    assert 'cx="73.00%"' in marks[0]
    assert ["whisker" in one for one in marks] == [True, True, False, False]
    assert ["circle" in one for one in marks] == [True, True, True, False]
    assert all('class="gain" x1="61.50%"' in one for one in marks)


def test_one_arm_alone_has_a_page() -> None:
    text = page(verdict(plan(["only"], {"x": task()}), {"only": {"x": 0.5}}), "desk")
    assert Reader(text).heads == ["Tasks", "Notes"]


def test_what_is_lost_is_said() -> None:
    asked = plan(["plain", "other"], {"x": task()})
    found = verdict(asked, {"plain": {"x": 0.5}, "other": {"x": 0.6}}, without={"other": (2,)})
    assert "other: missing under seed 2, so it has no mean." in Reader(page(found, "desk")).said()


def test_interference_is_drawn_where_it_was_measured() -> None:
    found = gap(-0.1, -0.2, -0.05, corrected=0.01)
    entry = Interference(task="x", metric="accuracy", range=(0.0, 1.0), difference=found, shown="harmed")
    text = page(full().model_copy(update={"interference": (entry,)}), "desk")
    assert 'class="whisker worse"' in text[text.index("<h2>Between tasks") :]


def test_text_is_only_ever_text() -> None:
    made = element("p", "<b>", element("br"), class_="a", data_head='"', left_out=None)
    assert str(made) == '<p class="a" data-head="&quot;">&lt;b&gt;<br></p>'


def test_a_spoilt_file_of_docs_is_none(tmp_path: Path) -> None:
    from currc.runtime.command.results import as_page

    without = as_page(full(), tmp_path)
    for text in ("{", "[1]", '[["a"]]', "7"):
        (tmp_path / "docs.json").write_text(text)
        assert as_page(full(), tmp_path) == without
