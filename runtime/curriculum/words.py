"""Sentences, words and syllables of a text, by rules that are short enough to be stated whole."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")
_END = re.compile(r"[.!?…]+(?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")


def words(text: str) -> list[str]:
    """The words of a text in their order: letters and digits, held together by apostrophes and hyphens."""
    return _WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences a text has: parts with a word in them between `.`, `!`, `?` or line ends."""
    return sum(_WORD.search(part) is not None for part in _END.split(text))


@lru_cache(maxsize=65536)
def syllables(word: str) -> int:
    """How many syllables a word has, at least 1, by its runs of vowels.

    A run of `a e i o u y`, accents left out, is one syllable; a final `e` behind a
    consonant is silent and counts none, but the `e` of a final `le` behind a consonant
    counts. A word without a vowel, as a number, has one.

    >>> [syllables(word) for word in ("make", "table", "queue", "rhythm", "café", "42")]
    [1, 2, 1, 1, 2, 1]
    """
    plain = unicodedata.normalize("NFD", word.casefold())
    accented = len(plain) > 1 and unicodedata.combining(plain[-1]) > 0
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    count = len(_VOWELS.findall(letters))
    silent = re.search(r"[^aeiouy\W\d_]e$", letters) and not re.search(r"[^aeiouy\W\d_]le$", letters)
    return max(1, count - bool(silent and not accented))
