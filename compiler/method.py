"""A word of the vocabulary as the plan holds it.

Apart from the rest of the plan, so that checking a spec need not build the plan's classes.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class PlanNode(BaseModel):
    """A part of the plan: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Method(PlanNode):
    """A word of the vocabulary with all its parameters, defaults included."""

    word: str
    parameters: dict[str, Any] = {}
    """JSON values by field name; a nested word is `{"word": ..., "parameters": ...}`."""
