"""Every component of a slot, built from its own example."""

from __future__ import annotations

from typing import Any

from currc.runtime.component import Component
from currc.runtime.vocabulary import Vocabulary

TASKS = tuple("abcdefgh")
"""Names of tasks; a component that takes parameters by task is given one for each."""


def every(slot: str) -> list[Component]:
    vocabulary = Vocabulary()
    return [vocabulary.build(slot, method(slot, word)) for word in vocabulary.words(slot)]


def method(slot: str, word: str) -> dict[str, Any]:
    kind = Vocabulary().component(slot, word)
    parameters = dict(kind.example)
    if kind.open_keywords:
        parameters[kind.open_keywords] = {task: 1.0 + i for i, task in enumerate(TASKS)}
    return {"word": word, "parameters": parameters}


def word(component: Component) -> str:
    return component.word()
