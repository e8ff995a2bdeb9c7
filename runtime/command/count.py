"""A number on the command line that counts something."""

from __future__ import annotations

from argparse import ArgumentTypeError


def count(text: str) -> int:
    """A whole number of at least 1; argparse says what is wrong with any other text."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"`{text}` is less than 1")
    return number
