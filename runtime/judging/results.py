"""What judging says, as `results.json` holds it: closed, frozen, versioned."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from currc.compiler.plan import Method, Role

FORMAT = 1
"""Version of `results.json`; raised when a reader of the old one would misread the new."""

Outcome = Literal["better", "worse", "equivalent", "undecided"]
Shown = Literal["harmed", "helped", "not shown"]
Standing = Literal["complete", "diverged", "missing"]


class ResultNode(BaseModel):
    """A part of the results: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Difference(ResultNode):
    """How much better one arm is than another, in the metric's unit; above 0 is better."""

    against: str
    """Name of the other arm."""
    estimate: float
    low: float | None
    high: float | None
    """Ends of the unadjusted interval of level 1 - alpha; `None`: cannot be measured."""
    p: float
    """Two-sided, as the test gave it."""
    corrected: float | None = None
    """Adjusted for the family, or by Benjamini-Hochberg in a list that describes."""
    se: float | None
    df: float
    detectable: float | None = None
    """Smallest true difference found with probability 0.8 after correction."""


class MetricScores(ResultNode):
    """One metric of one task under one arm, on gold."""

    task: str
    metric: str
    title: str
    higher_is_better: bool
    range: tuple[float, float] | None
    per_seed: tuple[float, ...]
    """In the order of the arm's `seeds`."""
    mean: float | None
    """Over all planned seeds; `None` when a trial is missing or diverged."""


class Protected(ResultNode):
    """Whether a metric lost more than it may against the control."""

    metric: str
    """As `route.macro_f1`."""
    loss: float
    """Largest loss allowed."""
    difference: Difference
    status: Literal["protected", "not shown", "violated"]


class Totals(ResultNode):
    """What the scored trials of one arm drew and used."""

    drawn: dict[str, float]
    """Rows of each trained task, the mean over seeds."""
    used: float
    """In the unit of the limit, the mean over seeds."""
    past: float
    """What the trial that used most took beyond the limit: less than one batch."""


class StageEnd(ResultNode):
    """How one stage of one trial ended."""

    stage: str
    seed: int
    at: float
    """Share of the limit that was used by then; a little above 1 at the limit."""
    reason: str
    """`the limit`, `its yoke`, `its max`, or what the promotion said with the numbers that it used."""

    @property
    def promoted(self) -> bool:
        """Whether it ended because its conditions held."""
        return not self.reason.startswith(("the limit", "its yoke", "its max"))


class Stream(ResultNode):
    """What the scored trials of one arm drew in equal parts of the limit: means over seeds.

    All numbers are shares in [0, 1], rounded to four digits.
    """

    shares: dict[str, tuple[float, ...]]
    """Of the rows drawn in each part, by task; all 0 in a part that went to looking ahead."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """The percentiles of difficulty that rows came from as each part ended."""
    shares_apart: float
    """The largest difference between two seeds in one of the shares."""
    window_apart: float
    """The same in one of the percentiles."""
    by: str | None
    """Word of the score behind the percentiles; `None` where rows are not sorted, or only by chance."""
    sequence: str | None = None
    """Word of an order whose rows come one by one in a sequence of its own."""


class ArmResult(ResultNode):
    """One arm: what it scored, and how it compares with the control."""

    name: str
    role: Role
    of: str | None
    standing: Standing
    seeds: tuple[int, ...]
    """Seeds whose trials were scored."""
    diverged: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    totals: Totals | None = None
    stages: tuple[StageEnd, ...] = ()
    """By stage and seed; empty for a schedule without stages."""
    stream: Stream | None = None
    """`None` for references, and where a trial of an earlier version kept no log of it."""
    scores: tuple[MetricScores, ...] = ()
    objective: float | None = None
    """`decide.metric` of the tasks' means over seeds, lower-is-better metrics negated."""
    objective_per_seed: tuple[float, ...] = ()
    difference: Difference | None = None
    """Against the control on `decide.metric`."""
    protect: tuple[Protected, ...] = ()
    outcome: Outcome | None = None
    """`None` for the control, control arms, references, and arms without all their trials."""

    def mean(self, task: str, metric: str) -> float | None:
        """The mean over seeds of one metric; `None` when it has none."""
        for scores in self.scores:
            if (scores.task, scores.metric) == (task, metric):
                return scores.mean
        return None


class Explanation(ResultNode):
    """What part of an arm's gain one of its control arms already has."""

    arm: str
    control: str
    """Name of the control arm, as `easy~random_order`, or of the arm that stands in for it."""
    kind: str
    """Its kind, as `random_order`."""
    gain: Difference
    """Control arm against the control."""
    added: Difference
    """Arm against its control arm: what only the arm's own idea adds."""
    shown: Literal["matters", "hurts", "not shown"]
    """`matters` or `hurts` when the interval of `added` excludes 0."""


class Interference(ResultNode):
    """One task trained with all others against the same task alone (`equal own data`)."""

    task: str
    metric: str
    range: tuple[float, float] | None
    difference: Difference | None
    """Control against the single-task reference; below 0 the other tasks harm. `None`: trials are missing."""
    shown: Shown
    """After Benjamini-Hochberg over the tasks."""


class Transfer(ResultNode):
    """What one task does to another, by a reference that trains without it or with it alone."""

    reference: Literal["leave_one_out", "pairs"]
    task: str
    """The task whose own metric is compared."""
    other: str
    metric: str
    range: tuple[float, float] | None
    difference: Difference | None
    """`leave_one_out`: the control against the reference without `other`; above 0 `other` helps `task`.
    `pairs`: the pair against the control; above 0 `task` is better with `other` alone than with all.
    `None`: trials are missing."""
    shown: Shown
    """After Benjamini-Hochberg over all entries of the reference."""


class Rule(ResultNode):
    """The rule of the verdict, as fixed before training."""

    control: str
    objective: Literal["mean", "worst", "geometric_mean"]
    parts: tuple[tuple[str, str], ...]
    """Task and metric of each part of the objective."""
    range: tuple[float, float] | None
    higher_is_better: bool
    """False when every part is better lower; the objective is then negated."""
    test: Method
    correct: Method
    correct_title: str
    alpha: float
    min_gain: float
    equivalent: float | None
    on_tie: Literal["keep_control", "no_decision"]
    family: tuple[str, ...]
    """The arms whose p values are corrected together."""
    waived: tuple[str, ...]
    stand_ins: dict[str, str] = {}
    """Arms that trained just what a control would, by the name that the control would have had."""


class Decision(ResultNode):
    """What to do."""

    verdict: Literal["keep arm", "keep control", "no decision"]
    arm: str | None
    """The arm to keep; `None` for no decision."""
    reason: str


class Verdict(ResultNode):
    """Everything that is known after judging: the content of `results.json`."""

    format: Literal[1] = 1
    plan: str
    """Hash of the plan."""
    tasks: tuple[tuple[str, str], ...]
    """Each task with its own metric, in the order of the plan."""
    arms: tuple[ArmResult, ...]
    rule: Rule | None
    """`None` when there was nothing to decide."""
    decision: Decision
    explanations: tuple[Explanation, ...] = ()
    interference: tuple[Interference, ...] = ()
    transfer: tuple[Transfer, ...] = ()
    limit: tuple[float, str] | None = None
    """Size and unit of the limit that the arms are matched on."""
    alike: tuple[tuple[str, str], ...] = ()
    """Control arms that scored every gold row as another arm did under every seed, with that arm."""
    gold_rows: int
    """Different source rows among the gold rows of all tasks."""
    detectable: float | None = None
    """The largest detectable effect among the family: a true difference of this size would likely be seen."""

    def listed(self) -> list[ArmResult]:
        """The control, the other arms, then the control arms; references are not listed."""
        control = self.rule.control if self.rule else None
        listed = [arm for arm in self.arms if arm.role != "reference"]
        return sorted(listed, key=lambda arm: (arm.name != control, arm.role != "arm"))

    def arm(self, name: str) -> ArmResult:
        """The result of that arm.

        Raises:
            KeyError: There is none.
        """
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise KeyError(name)
