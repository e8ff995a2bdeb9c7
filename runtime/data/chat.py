"""Conversations in a column: `messages` as most tools write them, and ShareGPT's `conversations`."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "chatgpt": "assistant"}
"""ShareGPT's names of the roles; others are kept in lower case."""


class Message(NamedTuple):
    """One turn of a conversation."""

    role: str
    """`system`, `user`, `assistant` or another word that the chat template knows."""
    content: str


def is_chat(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    """Whether a value is a list of turns: objects with `role` and `content`, or `from` and `value`."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(turn, dict)
            and ({"role", "content"} <= turn.keys() or {"from", "value"} <= turn.keys())
            for turn in value
        )
    )


def turns(value: list[dict[str, Any]]) -> tuple[Message, ...]:
    """The turns of a list that `is_chat` accepts, roles mapped to the usual three.

    Raises:
        ValueError: A turn's content is no text, which names the turn.
    """
    return tuple(_turn(number, turn) for number, turn in enumerate(value, start=1))


def split_answer(conversation: tuple[Message, ...]) -> tuple[tuple[Message, ...], str]:
    """The turns before the last assistant turn, and that turn's content; what follows it is left out.

    Raises:
        ValueError: There is no assistant turn, or nothing before it.
    """
    last = max((i for i, turn in enumerate(conversation) if turn.role == "assistant"), default=-1)
    if last < 0:
        raise ValueError("the conversation has no assistant turn to learn")
    if last == 0:
        raise ValueError("the conversation has no turn before the assistant's")
    return conversation[:last], conversation[last].content


def _turn(number: int, turn: dict[str, Any]) -> Message:
    role, content = (turn["role"], turn["content"]) if "role" in turn else (turn["from"], turn["value"])
    if not isinstance(role, str) or not isinstance(content, str):
        wrong, value = ("content", content) if isinstance(role, str) else ("role", role)
        raise ValueError(f"turn {number} has a {wrong} of type `{type(value).__name__}`, not text")
    return Message(ROLES.get(role.lower(), role.lower()), content)
