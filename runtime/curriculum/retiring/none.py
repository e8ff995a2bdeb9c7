"""No retiring."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.curriculum.retiring import Retiring


class None_(Retiring):  # noqa: N801 - the word is Python's own
    """Every row stays in the pool to the end."""

    retires: ClassVar[bool] = False
