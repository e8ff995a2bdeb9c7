"""`train`: one stage of one trial, from the state before it to the state after it."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import Any, Self

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.plan import EvaluatePlan, Method, TaskPlan, TrainPlan
from currc.runtime.curriculum.promotion import Measured, ready
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context, Stopped
from currc.runtime.engine.nodes.course import component, feed_of, law_of
from currc.runtime.engine.nodes.retire import that_stay
from currc.runtime.engine.nodes.seen import scoring_flops
from currc.runtime.engine.nodes.trial import fresh, task_plans, with_labels
from currc.runtime.engine.nodes.yoke import Yoked, reached_alone, yoked
from currc.runtime.judging.evaluate import Validation
from currc.runtime.judging.scores import metrics_of
from currc.runtime.learning.events import StageEnded, Stepped, TrialEvent
from currc.runtime.learning.gradients import backward
from currc.runtime.learning.groups import groups
from currc.runtime.learning.law import Law
from currc.runtime.learning.looking import MEMORY, look_before
from currc.runtime.learning.loop import Backward, Diverged, train
from currc.runtime.learning.loop import Stopped as Paused
from currc.runtime.learning.proof import verify
from currc.runtime.learning.row_losses import look_first
from currc.runtime.learning.state import Cursor, TrialState
from currc.runtime.vocabulary import Vocabulary

LOOKED = "looked"
"""The memory of what a stage whose dynamics are logged saw so far."""

CHECKPOINT_EVERY = 30.0
"""Seconds; when a checkpoint is written changes nothing but how much a killed trial repeats."""


def run(node: Node, context: Context) -> None:
    """Write the state after the stage; a trial that diverged says so in its cursor.

    Raises:
        Stopped: A signal came; the state is saved.
    """
    stage = Stage.of(node, context)
    state = stage.watched()
    if state is None:
        state = stage.start()
        if state.cursor.status == "running":
            stage.carry_out(state)
    context.memory["trial"] = (node.key, state.student)
    context.memory["state"] = (node.key, state, stage.seconds())
    state.save(context.folder, moments=not stage.law.last)


@dataclass(slots=True)
class Stage:
    """One stage of one trial with all it needs."""

    node: Node
    context: Context
    law: Law
    tasks: dict[str, TaskPlan]
    tokens: dict[str, TokenRows]
    yoke: Yoked
    began: float
    earlier: float = 0.0
    """Seconds that the trial took before this attempt, as far as they are known."""

    @classmethod
    def of(cls, node: Node, context: Context) -> Self:
        """The stage of a node, with what its inputs hold."""
        tasks = with_labels(node, context, task_plans(node.parameters["tasks"]))
        yoke = yoked(node, context)
        tokens = {name: TokenRows.open(context.input(f"tokens:{name}") / "train") for name in tasks}
        tokens = that_stay(node, context.store, tokens)
        law = law_of(node, tasks, yoke, reached_alone(node, context, tasks))
        return cls(node, context, law, tasks, tokens, yoke, time.monotonic())

    def seconds(self) -> float:
        """What the trial took so far: over attempts, and over stages as far as this store knows."""
        return self.earlier + time.monotonic() - self.began

    def start(self) -> TrialState:
        """The state at the stage's beginning, or at its newest checkpoint."""
        if (saved := self.context.latest()) is not None:
            state = self.blank()
            state.load(saved.folder)
            self.earlier = float(saved.about.get("seconds", 0.0))
        else:
            state = self._before()
            # A trial that was given up in an earlier stage stays as it is.
            if state.cursor.status == "running":
                state.student.freeze(self.law.frozen)
                look_first(self.law, state, self.tokens)
                self._rank_first(state)
                state.enter(self.law)
        return state

    def watched(self) -> TrialState | None:
        """The state after the stage where it was trained with its dynamics logged, which changes nothing."""
        key = self.context.settings.get("watched", {}).get(self.node.key)
        if key is None or not self.context.store.has(key):
            return None
        state = self.blank()
        state.memories[LOOKED] = {}
        state.load(self.context.store.open(key))
        del state.memories[LOOKED]
        if state.cursor.status.startswith("out_of"):  # looking may have been what took too long
            return None
        self.earlier = self.context.store.cost(key).get("seconds", 0.0)
        return state

    def _before(self) -> TrialState:
        """The state that comes in: a new one, that in memory, or that of the stage before."""
        if "state" not in self.node.inputs:
            state = self.blank()
            state.cursor.flops = scoring_flops(self.node, self.context)
            if state.cursor.flops >= self.law.limit and self.law.match == "flops":
                raise DataError(
                    Code.LIMIT_TOO_SMALL,
                    self.node.name,
                    f"the models that the score asks cost {state.cursor.flops:.3g} FLOPs,"
                    f" and the limit is {self.law.limit:.3g}",
                    "raise the limit, or score by something cheaper",
                )
            return state
        before = self.node.inputs["state"]
        key, state, seconds = self.context.memory.get("state", (None, None, 0.0))
        if state is None or key != before:
            state = self.blank()
            state.load(self.context.input("state"))
            seconds = self.context.store.cost(before).get("seconds", 0.0)
        self.earlier = seconds
        return state

    def _rank_first(self, state: TrialState) -> None:
        """Rank the rows before the first step, or say in the cursor why that cannot be."""
        try:
            look_before(self.law, state, self.tokens)
        except Diverged as reason:
            state.cursor.status = "diverged"
            state.cursor.promotions.append(f"{self.law.name}: {reason}")

    def blank(self) -> TrialState:
        """The state before the first step."""
        student = fresh(self.node, self.context, self.tasks)
        asked = TrainPlan.model_validate({**self.node.parameters["train"], "seeds": (self.law.seed,)})
        scales = {name: task.lr_scale for name, task in self.tasks.items()}
        optimizer = component("optimizer", asked.optimizer).build(groups(student, scales, asked.weight_decay))
        return TrialState(student, optimizer, self.memories())

    def memories(self) -> dict[str, dict[str, Any]]:
        """What is remembered between steps, as it is before the first one."""
        return self.law.memories()

    def carry_out(self, state: TrialState) -> None:
        """Train to the stage's end, or say in the cursor why that came to nothing.

        Raises:
            Stopped: A signal came; the state is saved.
        """
        feed = feed_of(self.node, self.context, self.law, self.yoke, self.tokens, state)
        validation = self.validation(state)
        saved = time.monotonic()

        def pause(state: TrialState) -> bool:
            nonlocal saved
            stop = self.context.stop_requested()
            if stop or time.monotonic() - saved > CHECKPOINT_EVERY:
                self.context.save(state.cursor.steps, state.save, {"seconds": self.seconds()})
                saved = time.monotonic()
            self._keep_within(state, self.seconds())
            return stop

        try:
            train(
                self.law,
                state,
                feed,
                lambda: validation.read(state.student),
                validation.objective,
                self._promoted,
                tell=self._tell,
                pause=pause,
                backward=self.backward(),
            )
        except Paused:
            raise Stopped from None
        except Diverged as reason:
            if state.cursor.status == "running":
                state.cursor.status = "diverged"
            state.cursor.promotions.append(f"{self.law.name}: {reason}")
            return
        verify(self.law, feed, state.cursor, state.student.flops, looks=state.memories[MEMORY])

    def backward(self) -> Backward:
        """What makes the gradients of a step."""
        return backward

    def _keep_within(self, state: TrialState, seconds: float) -> None:
        """End the trial where it takes more than `budget` grants; it has no scores then."""
        budget = self.node.parameters["budget"]
        used = {"time": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        for what, amount in used.items():
            if budget[what] is not None and amount > budget[what]:
                state.cursor.status = f"out_of_{what}"
                raise Diverged(f"the trial used more than its {what} limit of {budget[what]:g}")

    def validation(self, state: TrialState) -> Validation:
        """What is read at each point of the grid of `evaluate`."""
        rows = {
            name: TokenRows.open(self.context.input(f"tokens:{name}") / "validation") for name in self.tasks
        }
        metrics = {
            name: metrics_of(self._asked(name, task), Vocabulary()) for name, task in self.tasks.items()
        }
        subset = EvaluatePlan.model_validate(self.node.parameters["evaluate"]).subset
        return Validation(rows, metrics, subset)

    def _asked(self, name: str, task: TaskPlan) -> TaskPlan:
        """The task with the further metrics that a promotion, pacing or mix looks at; its own comes first."""
        promote, watched = self.law.segment.promote, self.law.pacing.watched()
        looked = [watched] if watched is not None else []
        if promote is not None:
            looked += [guard.left for guard in promote.when] + ([promote.plateau] if promote.plateau else [])
        also = tuple(one.metric for one in looked if one.task == name and one.metric != task.metric)
        losses = Method(word="loss")
        if "validation_loss" in self.law.mixing.demands() and losses not in (task.metric, *also):
            also = (*also, losses)
        return task.model_copy(update={"also": also})

    def _promoted(self, cursor: Cursor) -> tuple[bool, str]:
        """Whether the stage's guards hold, by what validation has said so far."""
        promote = self.law.segment.promote
        if promote is None:
            return False, ""
        history = [
            {tuple(name.split(".")): Measured(*found) for name, found in one["scores"].items()}
            for one in cursor.evaluations
        ]
        judged = {name: task.metric.word for name, task in self.tasks.items()}
        before = sum(one["stage"] < self.law.index for one in cursor.evaluations)
        return ready(promote, history, judged, before)

    def _tell(self, event: TrialEvent) -> None:
        if isinstance(event, StageEnded) and self.law.segment.promote is not None:
            self.context.note(f"left at {event.progress:.1%} of the limit: {event.reason}")
        if isinstance(event, Stepped):
            losses = event.losses.values()
            self.context.progress(
                event.progress, loss=sum(losses) / len(losses), steps=event.steps, tokens=event.tokens
            )
