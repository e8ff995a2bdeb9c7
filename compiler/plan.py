"""The plan: the one document that crosses from the compiler to the runtime.

Every name is resolved and every default written out, so the runtime looks
nothing up. Closed, frozen, canonical JSON, stable hash; the hash depends on
neither the machine nor the formatting, order or comments of the spec.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from currc.compiler.method import Method as Method
from currc.compiler.method import MetricRef as MetricRef
from currc.compiler.method import PlanNode as PlanNode
from currc.compiler.observers import Observer, folds_of
from currc.compiler.validated import Limits

FORMAT = 1
"""Version of the plan's JSON; raised when a reader of the old one would misread the new."""

PLATEAU_EVALS = 3
"""The last evaluations whose best must gain too little over the best before them, for a plateau."""

SOME = Limits(min_length=1)
Share = Annotated[float, Limits(ge=0.0, le=1.0)]
TaskKind = Literal["classify", "extract", "summarize", "generate", "regress", "tag"]
ModelKind = Literal["causal", "seq2seq", "encoder"]
BudgetUnit = Literal["steps", "examples", "tokens", "flops"]
Role = Literal["arm", "control", "reference"]


class Quantity(PlanNode):
    """An amount with its unit; a share of the arm's limit has the unit `share`."""

    amount: float
    unit: Literal["steps", "tokens", "examples", "epochs", "evals", "flops", "s", "MiB", "share"]
    """Minutes and hours are lowered to `s`, GiB to `MiB`."""


class ModelPlan(PlanNode):
    """The one small model, before training."""

    kind: ModelKind
    base: str
    """A hub id, a folder as written in the spec (`./folder`), or `bundled:NAME`."""
    revision: str | None = None
    init: Method = Method(word="pretrained")
    adapter: Method = Method(word="none")
    freeze: tuple[str, ...] = ()
    """`embeddings`, or `layers:FIRST:LAST` with both ends included."""
    max_tokens: int = 256
    precision: Literal["auto", "fp32", "bf16"] = "auto"


class SourcePlan(PlanNode):
    """Rows, and where they come from."""

    path: tuple[str, ...] = ()
    """Files or globs as written, relative to the spec's folder; empty for a hub source."""
    hub: Method | None = None
    """`hub(name, subset, split, revision)` when the rows come from a hub."""
    columns: dict[str, str] = {}  # noqa: RUF012 - nobody changes a part of the plan
    """New name of a column by its name in the file."""
    sample: Quantity | None = None
    """`None` takes all rows; else a share, or a number of `examples`."""
    dedup: Literal["exact", "none", "near"] = "exact"
    sha256: str | None = None


class TaskPlan(PlanNode):
    """One skill: what a row looks like to the model and how an answer is judged."""

    kind: TaskKind
    train: str | None
    """Name of a source; `None` for a task that is only scored."""
    gold: str
    validation: Share | str | None = 0.1
    """A share of `train`, the name of a source, or `None`."""
    prompt: str
    target: str
    labels: tuple[str, ...] = ()
    metric: Method
    also: tuple[Method, ...] = ()
    requires: tuple[str, ...] = ()
    """Tasks to be learnt first; empty in an arm whose order does not ask."""
    weight: float = 1.0
    lr_scale: float = 1.0
    classes: Method = Method(word="natural")
    max_new_tokens: int = 32


class DifficultyPlan(PlanNode):
    """One number per row; higher is harder."""

    score: Method
    within: Literal["task", "all"] = "task"
    observers: tuple[Observer, ...] = ()
    """The models that the score asks."""
    refresh: Quantity | None = None
    """How far apart the model that trains looks at its rows, for a score that is read from it."""

    @property
    def static(self) -> bool:
        """Whether the scores can be worked out before any trial, and are the same in each."""
        return self.refresh is None and self.score.word != "random"


class Window(PlanNode):
    """Percentiles of difficulty that may be drawn."""

    low: Share = 0.0
    high: Share = 1.0


class Guard(PlanNode):
    """A condition on validation, as `when route.macro_f1 >= 0.70`."""

    left: MetricRef
    op: Literal[">=", "<=", ">", "<", "=="]
    right: float


class Promote(PlanNode):
    """When a stage ends before its `max`; everything named must hold."""

    when: tuple[Guard, ...] = ()
    plateau: MetricRef | None = None
    keep: tuple[str, ...] = ()
    hold: int = 2
    """Evaluations in a row."""


class Segment(PlanNode):
    """A stretch of training under one stage; a schedule without stages has one, named `all`."""

    stage: str
    tasks: Annotated[tuple[str, ...], SOME]
    window: Window = Window()
    min: Quantity = Quantity(amount=0.0, unit="share")
    max: Quantity | None = None
    """Share of the arm's limit or a quantity; `None` for the last segment, which ends at the limit."""
    promote: Promote | None = None
    replay: Share = 0.0
    mix: Method
    weights: Method
    combine: Method
    lr_scale: float = 1.0
    freeze: tuple[str, ...] | None = None
    max_tokens: int | None = None
    reset_optimizer: bool = False


class SchedulePlan(PlanNode):
    """What is seen when."""

    by: DifficultyPlan | None = None
    order: Method
    pacing: Method = Method(word="none")
    lengthens: bool = False
    """Whether the pacing cuts inputs to a length that grows: token rows must then say what may go."""
    balance_by: Literal["none", "label"] = "none"
    """`label`: percentiles are taken within each class of a task, and each class is drawn by itself."""
    retire: Method = Method(word="none")
    """Which rows leave the pool for good."""
    segments: Annotated[tuple[Segment, ...], SOME]

    @property
    def retires(self) -> bool:
        """Whether rows may leave the pool."""
        return self.retire.word != "none"

    @property
    def noise(self) -> DifficultyPlan | None:
        """The score by which rows leave before training; `None` where none do."""
        if self.retire.word != "noisy":
            return None
        folds = self.retire.parameters["folds"]
        score = Method(word="label_noise", parameters={"folds": folds})
        return DifficultyPlan(score=score, observers=folds_of(folds))


class TrainPlan(PlanNode):
    """The optimiser and its law over progress p in [0, 1]."""

    batch: int = 16
    lr: float
    optimizer: Method
    lr_schedule: Method
    warmup: Share = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    example_weights: Method = Method(word="none")
    seeds: tuple[int, ...]
    packing: Literal["auto", "on", "off"] = "auto"
    compile: Literal["auto", "on", "off"] = "auto"


class BudgetPlan(PlanNode):
    """The same for every arm."""

    match: BudgetUnit
    limit: float
    """In units of `match`."""
    time: float | None = None
    """Seconds per trial."""
    memory: float | None = None
    """MiB per trial."""
    total: Quantity | None = None


class EvaluatePlan(PlanNode):
    """Validation while training."""

    every: Quantity = Quantity(amount=0.1, unit="share")
    subset: int = 512
    """Validation rows a task."""
    keep: Literal["last", "best"] = "last"


class Yoke(PlanNode):
    """What an arm takes from another arm's trial with the same seed."""

    arm: str
    what: Literal["stage_ends", "draws", "totals", "mean_weights", "mean_mix"]
    """`stage_ends`: the progress at which each stage of `arm` ended, replayed, and what an adaptive
    pacing of it opened when.
    `draws`: the number of draws of this arm's one task in `arm`, which is this arm's limit.
    `totals`: the draws of each task in `arm`, which are this arm's constant rates.
    `mean_weights`: the mean over the steps of `arm` of each task's loss weight, held fixed.
    `mean_mix`: the mean over the draws of each stage of `arm` of each task's rate, held fixed,
    and the stage ends."""


class ArmPlan(PlanNode):
    """One hypothesis, complete: nothing is looked up elsewhere but sources by name."""

    name: str
    role: Role = "arm"
    of: str | None = None
    """The arm that a control belongs to; `None` for arms and references."""
    parent: str | None = None
    """The arm that `extends` names."""
    factors: tuple[str, ...] = ()
    """Root addresses in which the arm differs from its parent, in alphabetical order."""
    model: ModelPlan
    tasks: Annotated[dict[str, TaskPlan], SOME]
    schedule: SchedulePlan
    train: TrainPlan
    yoke: Yoke | None = None
    goals: Literal["best", "single_task"] = "best"
    """What a mix that asks what could be reached on a task is told: the best value of its metric,
    or the validation score of the reference that trains it alone, with the same seed."""

    @property
    def trained(self) -> tuple[str, ...]:
        """The tasks that have training rows, in alphabetical order."""
        return tuple(sorted(name for name, task in self.tasks.items() if task.train is not None))

    @property
    def stacked(self) -> bool:
        """Whether its tasks enter one after another, by what each `requires`."""
        return any(task.requires for task in self.tasks.values())


class Objective(PlanNode):
    """The number that is decided on: metrics of several tasks as one."""

    kind: Literal["mean", "worst", "geometric_mean"] = "mean"
    parts: Annotated[tuple[MetricRef, ...], SOME]


class Protection(PlanNode):
    """A metric that may lose at most `loss` against the control."""

    metric: MetricRef
    loss: Annotated[float, Limits(ge=0.0)]
    """In the metric's own unit, so 0.01 is one point of a [0, 1] metric."""


class DecidePlan(PlanNode):
    """The verdict's rule, fixed before training."""

    control: str
    metric: Objective
    test: Method
    alpha: Annotated[float, Limits(gt=0.0, lt=1.0)] = 0.05
    correct: Method
    min_gain: float = 0.0
    equivalent: float | None = None
    on_tie: Literal["keep_control", "no_decision"] = "keep_control"
    protect: tuple[Protection, ...] = ()
    waived: tuple[str, ...] = ()
    """Controls that would have been added, waived in writing by `controls = none` or a list."""
    stand_ins: dict[str, str] = {}  # noqa: RUF012 - nobody changes a part of the plan
    """Arms that train just what a control would, by the name that the control would have had."""


class Plan(PlanNode):
    """The whole experiment."""

    format: Literal[1] = 1
    edition: int
    sources: dict[str, SourcePlan]
    arms: Annotated[tuple[ArmPlan, ...], SOME]
    """The user's arms, then controls, then references, each group in the order of the spec's names."""
    budget: BudgetPlan
    evaluate: EvaluatePlan
    decide: DecidePlan | None = None
    """`None` when there is one arm and nothing to decide."""
    moved: dict[str, str] = {}  # noqa: RUF012 - nobody changes a part of the plan
    """The name that a task, source, arm or stage had before, by the one it was given: the work of a task
    or source is stored under its first name. A stage is called `school.basics`."""

    def arm(self, name: str) -> ArmPlan:
        """The arm of that name.

        Raises:
            KeyError: There is none.
        """
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise KeyError(name)

    def canonical(self) -> str:
        """The plan as one line of JSON with sorted keys: equal plans give equal text."""
        return canonical(self.model_dump(mode="json"))

    def hash(self) -> str:
        """SHA-256 of `canonical()`, 64 hexadecimal digits."""
        return digest(self.model_dump(mode="json"))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; refuses NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`, 64 hexadecimal digits."""
    import hashlib  # loads OpenSSL, which no check needs

    return hashlib.sha256(canonical(value).encode()).hexdigest()
