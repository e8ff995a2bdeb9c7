"""The examples in the manual pages are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from currc.runtime.vocabulary import Vocabulary

WORDS = [(slot, word) for slot in Vocabulary().slots() for word in Vocabulary().words(slot)]


@pytest.mark.parametrize(("slot", "word"), WORDS, ids=lambda text: text)
def test_the_examples_of_a_manual_page_are_true(slot: str, word: str) -> None:
    module = import_module(Vocabulary().component(slot, word).__module__)
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    pages = [Vocabulary().component(slot, word).__doc__ or "" for slot, word in WORDS]
    assert sum(">>>" in page for page in pages) >= 4
