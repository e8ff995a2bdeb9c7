"""What a correction is: p values of a family, adjusted for how many there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from currc.runtime.component import Component


class Correction(Component):
    """Guards a family of comparisons against winning by number."""

    title: ClassVar[str]
    """Its name in the head of a table."""

    @abstractmethod
    def adjust(self, p: Sequence[float]) -> list[float]:
        """The adjusted p values in the order given, each in [0, 1] and not below its own."""
