"""Texts as metrics compare them."""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def squad_words(text: str) -> list[str]:
    """Lower-case words without ASCII punctuation and without the articles a, an, the.

    Source: the evaluation script of SQuAD 1.1 (Rajpurkar et al. 2016, arXiv:1606.05250).

    >>> squad_words("The U.S. Army, in an  attack")
    ['us', 'army', 'in', 'attack']
    """
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def comparable(prediction: str, target: str) -> tuple[list[str], list[str]]:
    """Both texts as SQuAD words; as plain lower-case words where the target would be left empty.

    Without the second rule any answer of punctuation would equal any other.
    """
    if words := squad_words(target):
        return squad_words(prediction), words
    return prediction.lower().split(), target.lower().split()


def folded(text: str) -> str:
    """The text in Unicode's compatibility form, case-folded, with single spaces between words.

    >>> folded("  Grün  STRASSE ")
    'grün strasse'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
