"""The one small model while it learns: what the loop, the judging and the store ask of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.codes import Code

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor
    from torch.nn import Parameter

    from currc.runtime.data.tokens import Ragged, TokenRows


class ModelError(Exception):
    """A user's mistake about a model, as one complaint without a place: the caller knows which spec.

    `exit_code` is 65 for a model that cannot be used and 69 for a package, an extra
    or a hub that is not there.
    """

    def __init__(self, message: str, help: str = "", *, missing: bool = False) -> None:
        super().__init__(message + (f"\nhelp: {help}" if help else ""))
        self.code = Code.EXTRA_MISSING if missing else Code.BAD_MODEL
        self.message = message
        self.help = help
        self.exit_code = 69 if missing else 65


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model answers to one row."""

    value: str | float | tuple[str, ...]
    """A label or a text; a number for `regress`; one tag a word for `tag`."""
    loss: float
    """The row's training loss, in nats (squared error for `regress`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the model thinks of some rows at one moment."""

    losses: np.ndarray
    """The training loss of each row; float64 [n]."""
    logits: np.ndarray | None
    """The logit of each label, up to a constant a row; float64 [n, labels]; `None` but for `classify`."""


class Student(ABC):
    """A model with the parts that its tasks need, ready to train.

    Parameters are named `trunk.…` where every task uses them and `heads.TASK.…` where
    one task owns them. Equal calls after an equal `torch.manual_seed` give equal bits
    on one thread of one machine.
    """

    _trainable: list[tuple[str, Parameter]] | None = None
    _own: frozenset[str] | None = None
    """What the model's own `freeze` leaves free: no state lacks it."""
    _held: frozenset[str] = frozenset()
    """What training has changed or may change: all that a state must hold."""

    @abstractmethod
    def adjustable(self) -> list[tuple[str, Parameter]]:
        """Every parameter that some stage may train, by name, always in the same order."""

    @abstractmethod
    def set_frozen(self, what: tuple[str, ...]) -> None:
        """Give every adjustable parameter a gradient but those of the parts, as in `ModelPlan.freeze`.

        Raises:
            ModelError: The model has no such part.
        """

    def trainable(self) -> list[tuple[str, Parameter]]:
        """Every parameter that training changes now, by name, in the order of `adjustable()`."""
        if self._trainable is None:
            self._trainable = [(name, p) for name, p in self.adjustable() if p.requires_grad]
        return self._trainable

    def freeze(self, what: tuple[str, ...]) -> None:
        """Train all but these parts from now on; what was trained before stays in `state()`."""
        self.set_frozen(what)
        self._trainable = None
        for _, parameter in self.adjustable():
            parameter.grad = None  # an optimiser would go on with what the last step left
        self._begun()
        self._held |= {name for name, _ in self.trainable()}

    def _begun(self) -> frozenset[str]:
        """The names in `_own`, found when first asked for."""
        if self._own is None:
            self._own = self._held = frozenset(name for name, _ in self.trainable())
        return self._own

    @property
    def shared_names(self) -> frozenset[str]:
        """Names of the parameters that every task uses."""
        return frozenset(name for name, _ in self.adjustable() if not name.startswith("heads."))

    def owner(self, name: str) -> str:
        """The task that owns the parameter `name`, which is none of `shared_names`."""
        return name.split(".")[1]

    @abstractmethod
    def each_loss(self, batches: Mapping[str, Ragged]) -> dict[str, Tensor]:
        """The loss of each row of each task: float32 [rows] with its graph, from one joint forward."""

    def losses(self, batches: Mapping[str, Ragged]) -> dict[str, Tensor]:
        """Mean loss over the rows of each task: float32 scalars with their graph, from one joint forward."""
        return {task: each.mean() for task, each in self.each_loss(batches).items()}

    @abstractmethod
    def unit_losses(self, batches: Mapping[str, Ragged], *, training: bool = True) -> dict[str, Tensor]:
        """The losses that the loss of each task is a mean of: float32 [units] with their graph, in order.

        A unit is a token of the answer, or a row where a head answers. `training` is with dropout.
        """

    @abstractmethod
    def predict(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> list[Prediction]:
        """The model's answer to each of the given rows, in the order of `indices`; no dropout, no graph."""

    @abstractmethod
    def row_losses(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The training loss of each of the given rows, float64 [n]; no dropout, no graph."""

    @abstractmethod
    def look(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> Look:
        """What the model thinks of each of the given rows; no dropout, no graph."""

    @abstractmethod
    def vectors(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The mean of the last hidden states of each of the given rows, float64 [n, width]."""

    @abstractmethod
    def flops(self, lengths: Mapping[str, np.ndarray]) -> float:
        """Floating point operations of one training step over rows of the given lengths, in tokens."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder into the existing `folder`: it loads with `from_pretrained`."""

    def call(self, names: Mapping[str, str]) -> None:  # noqa: B027 - nothing to do without heads
        """Give tasks other names, by the names they have; only what `save` writes knows the new ones."""

    def state(self) -> dict[str, Tensor]:
        """Copies of what training has changed or may change, by name in the order of `adjustable()`.

        A tensor that was frozen from the beginning is that of the base, and is left out.
        """
        self._begun()
        return {name: p.detach().clone() for name, p in self.adjustable() if name in self._held}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over tensors that `state()` gave, bit for bit.

        It may lack what is unfrozen only now, and hold what is frozen now but was trained before.

        Raises:
            ValueError: The names or shapes are not those of this student.
        """
        import torch

        mine = dict(self.adjustable())
        if strange := (state.keys() - mine.keys()) | (self._begun() - state.keys()):
            raise ValueError(f"the state is of another student: {sorted(strange)[:3]}")
        with torch.no_grad():
            for name, value in state.items():
                if mine[name].shape != value.shape:
                    raise ValueError(f"{name}: {tuple(value.shape)} is not {tuple(mine[name].shape)}")
                mine[name].copy_(value)
        self._held |= state.keys()
