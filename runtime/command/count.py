"""A number on the command line that counts something."""

from __future__ import annotations

from argparse import ArgumentTypeError


def count(text: str) -> int:
    """A whole number of at least 1; argparse says what is wrong with another text."""
    return _at_least(1, text)


def any_count(text: str) -> int:
    """The same for what may be none at all: at least 0."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ArgumentTypeError(f"`{text}` is no whole number") from None
    if number < least:
        raise ArgumentTypeError(f"`{text}` is less than {least}")
    return number
