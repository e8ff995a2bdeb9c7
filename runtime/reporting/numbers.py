"""Numbers as tables and sentences show them."""

from __future__ import annotations

Range = tuple[float, float] | None

NONE = "–"
"""Stands where there is no number."""


def decimals(bounds: Range) -> int:
    """Digits after the point: 3 for metrics up to a few units wide or without bounds, else 1."""
    return 1 if bounds and bounds[1] - bounds[0] > 10 else 3


def score(value: float | None, bounds: Range) -> str:
    """A metric's value, as `0.781`."""
    return NONE if value is None else minus(f"{value:.{decimals(bounds)}f}")


def change(value: float, bounds: Range) -> str:
    """A difference with its sign, as `+0.014`; `±0.000` where nothing is left after rounding."""
    return signed(value, decimals(bounds))


def points(value: float) -> str:
    """A difference of a [0, 1] metric in points, as `+0.6`."""
    return signed(100 * value, 1)


def signed(value: float, digits: int) -> str:
    """A number with its sign, in so many digits after the point."""
    text = f"{abs(value):.{digits}f}"
    sign = "±" if not float(text) else "+" if value > 0 else "−"
    return sign + text


def p_value(p: float, alpha: float) -> str:
    """A p value in two digits, or as many as tell it from alpha; `<0.001` below that."""
    if p < 0.001 <= alpha:
        return "<0.001"
    for digits in range(2, 8):
        text = f"{p:.{digits}g}"
        if (float(text) < alpha) == (p < alpha):
            break
    return text


def told_apart(value: float, bound: float, bounds: Range) -> str:
    """A difference in as many digits as tell it from a bound that it does not reach."""
    for digits in range(decimals(bounds), 9):
        text = signed(value, digits)
        shown = float(text.lstrip("+−±")) * (-1 if text[0] == "−" else 1)
        if (shown < bound) == (value < bound):
            break
    return text


def minus(text: str) -> str:
    """The text with a true minus sign."""
    return text.replace("-", "−")


def aligned(texts: list[str], width: int) -> list[str]:
    """The texts as wide as the widest and at least `width`, their points below each other.

    >>> aligned(["0.031", "0.6", "1"], 7)
    ['  0.031', '  0.6  ', '  1    ']
    """
    tail = max((_after(text) for text in texts), default=0)
    filled = [text + " " * (tail - _after(text)) for text in texts]
    widest = max(width, *map(len, filled)) if filled else width
    return [text.rjust(widest) for text in filled]


def _after(text: str) -> int:
    """Characters from the point on."""
    return len(text) - len(text.partition(".")[0])


def rough(seconds: float) -> str:
    """A time that is only estimated, as `45 s`, `12 min` or `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
