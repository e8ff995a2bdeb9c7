"""The kinds that say what is compared and how it is decided: arm, decide, protect, and what comes later."""

from __future__ import annotations

from currc.compiler.kind import Attribute, Kind
from currc.compiler.value_types import Address, Amount, Either, Gain, ListOf, Ref, Share, Slot, Target, Words

ARM = Kind(
    name="arm",
    about="one hypothesis; `path = value` overrides anything but what makes the comparison fair",
    example="arm easy extends baseline {\n  schedule = gentle\n}",
    extends=True,
    attributes=(
        Attribute(
            "tasks",
            ListOf(Ref("task"), least=1),
            "the tasks that are trained and scored",
            absent="all tasks",
            example="tasks = [route, fields]",
        ),
        Attribute(
            "schedule",
            Ref("schedule", words=("shuffled",)),
            "what is seen when",
            default="shuffled",
            example="schedule = gentle",
        ),
        Attribute(
            "mix",
            Slot("mix"),
            "how often each task is drawn",
            default="proportional",
            example="mix = unimax(epochs = 4)",
        ),
        Attribute(
            "weights",
            Slot("weights"),
            "how much each task's loss counts",
            default="equal",
            example="weights = uncertainty",
        ),
        Attribute(
            "combine",
            Slot("combine"),
            "how the tasks' gradients become one",
            default="sum",
            example="combine = pcgrad",
        ),
    ),
)

CONTROL_WORDS = (
    "random_order",
    "hard_first",
    "all_tasks",
    "equal",
    "mean_weights",
    "proportional",
    "mean_mix",
)

DECIDE = Kind(
    name="decide",
    about="the rule of the verdict, fixed before training",
    example="decide {\n  control = baseline\n  min_gain = 1%\n}",
    named=False,
    attributes=(
        Attribute(
            "control",
            Ref("arm"),
            "the arm that others are compared with",
            required=True,
            example="control = baseline",
        ),
        Attribute(
            "metric",
            Target(),
            "the number that is decided on",
            absent="`mean` of every task's metric",
            example="metric = mean(route.macro_f1, fields.field_f1)",
        ),
        Attribute(
            "test", Slot("test"), "how chance is ruled out", default="crossed", example="test = crossed"
        ),
        Attribute(
            "alpha",
            Share(above=True, below=True),
            "highest chance of a false `better`",
            default=0.05,
            example="alpha = 0.05",
        ),
        Attribute(
            "correct",
            Slot("correct", words=("none",)),
            "how p-values of several arms are corrected",
            default="holm",
            example="correct = holm",
        ),
        Attribute(
            "min_gain",
            Gain(),
            "smallest gain worth keeping an arm for",
            default=Amount(0.0),
            example="min_gain = 1%",
        ),
        Attribute(
            "equivalent",
            Either((Words(("none",)), Gain())),
            "half-width of the interval within which arms count as equal",
            default="none",
            example="equivalent = 1%",
        ),
        Attribute(
            "on_tie",
            Words(("keep_control", "no_decision")),
            "the verdict when no arm is better",
            default="keep_control",
            example="on_tie = keep_control",
        ),
        Attribute(
            "controls",
            Either(
                (
                    Words(("auto", "none")),
                    ListOf(Words(CONTROL_WORDS)),
                )
            ),
            "which control arms are added; `none` waives them in writing",
            default="auto",
            example="controls = [random_order]",
        ),
        Attribute(
            "references",
            Either((Words(("none",)), ListOf(Words(("single_task", "leave_one_out", "pairs"))))),
            "which models of fewer tasks are trained beside the control",
            default=("single_task",),
            example="references = [single_task]",
        ),
        Attribute(
            "race",
            Words(("none",), later=("halving", "confidence")),
            "whether hopeless arms stop early",
            default="none",
            example="race = none",
        ),
    ),
)

PROTECT = Kind(
    name="protect",
    about="metrics that may lose at most so much against the control",
    example="protect {\n  route.macro_f1 = -1%\n}",
    named=False,
    inside="decide",
    open=Gain(),
)

OBSERVE = Kind(
    name="observe",
    about="probes that never change the run",
    example="observe {\n  conflict = final\n}",
    named=False,
    later="probes are not in this release",
)

TRACK = Kind(
    name="track",
    about="where else to log",
    example="track {\n  to = [tensorboard]\n}",
    named=False,
    later="trackers are not in this release",
)

MOVED = Kind(
    name="moved",
    about="a rename, for `diff` and for reuse",
    example="moved {\n  from = route\n  to = queue\n}",
    named=False,
    several=True,
    attributes=(
        Attribute(
            "from",
            Address(),
            "the name that a block had before; it stays here as long as its stored work is to be found",
            required=True,
            example="from = route",
            same="a name is the same for every arm",
        ),
        Attribute(
            "to",
            Address(),
            "the name that it has now",
            required=True,
            example="to = queue",
            same="a name is the same for every arm",
        ),
    ),
)

VERDICT = (ARM, DECIDE, PROTECT, OBSERVE, TRACK, MOVED)
