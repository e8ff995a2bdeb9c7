"""No adapter: full fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.learning.adapters import Adapter

if TYPE_CHECKING:
    from torch.nn import Module


class None_(Adapter):  # noqa: N801 - the word is Python's own
    """Trains every weight of the model that `freeze` leaves free."""

    @classmethod
    def word(cls) -> str:
        """The word `none`."""
        return "none"

    def adapt(self, network: Module) -> None:
        """Change nothing: every weight keeps its gradient."""

    def merged(self, network: Module) -> Module:
        """The network itself."""
        return network
