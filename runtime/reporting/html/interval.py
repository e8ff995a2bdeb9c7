"""A difference as a dot with its interval, on one scale for all that stand below each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from currc.runtime.judging.results import Difference
from currc.runtime.reporting.html.element import Element, element
from currc.runtime.reporting.numbers import Range, change

EDGE = 4.0
"""Per cent of the width that stay free at each side."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From the smallest to the largest number that is drawn."""

    low: float
    high: float
    gain: float
    """`min_gain`, drawn as a dashed line; 0 for none."""
    bounds: Range

    @classmethod
    def over(cls, found: Iterable[Difference | None], gain: float, bounds: Range) -> Scale:
        """The scale that holds these differences, zero and `min_gain`."""
        known = [one for one in found if one is not None]
        ends = [end for one in known for end in (one.estimate, one.low, one.high) if end is not None]
        low, high = min([0.0, *ends]), max([0.0, gain, *ends])
        return cls(low, high if high > low else low + 1.0, gain, bounds)

    def at(self, value: float) -> str:
        """Where a number lies, from the left."""
        part = (value - self.low) / (self.high - self.low)
        return f"{EDGE + (100 - 2 * EDGE) * part:.2f}%"

    def axis(self) -> Element:
        """The names of the two lines."""
        names = [self._name(0.0, "0", 28.0)]
        if self.gain:
            names.append(self._name(self.gain, f"min_gain {change(self.gain, self.bounds)}", 12.0))
        return element("svg", *names, *self._lines(32.0, 36.0), height=36, role="img", aria_label="scale")

    def mark(self, found: Difference | None, kind: str) -> Element:
        """One difference; `kind` is the class that says its colour."""
        drawn = self._lines(0.0, 28.0)
        told = "no difference"
        if found is not None:
            told = change(found.estimate, self.bounds)
            if found.low is not None and found.high is not None:
                told += f", {change(found.low, self.bounds)} to {change(found.high, self.bounds)}"
                drawn.append(self._line("whisker " + kind, found.low, found.high, 14.0, 14.0))
            drawn.append(element("circle", class_=f"dot {kind}", cx=self.at(found.estimate), cy=14, r=4.5))
        return element("svg", *drawn, height=28, role="img", aria_label=told)

    def _lines(self, top: float, bottom: float) -> list[Element]:
        lines = [self._line("zero", 0.0, 0.0, top, bottom)]
        if self.gain:
            lines.append(self._line("gain", self.gain, self.gain, top, bottom))
        return lines

    def _line(self, kind: str, start: float, end: float, top: float, bottom: float) -> Element:
        return element("line", class_=kind, x1=self.at(start), x2=self.at(end), y1=top, y2=bottom)

    def _name(self, value: float, text: str, y: float) -> Element:
        right = (value - self.low) / (self.high - self.low) > 0.5
        return element(
            "text", text, class_="quiet", x=self.at(value), y=y, text_anchor="end" if right else "start"
        )
