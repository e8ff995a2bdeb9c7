"""From gold scores to the verdict: every arm's values, differences, outcomes, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from currc.compiler.plan import ArmPlan, DecidePlan, Method, Plan
from currc.runtime.judging import objective
from currc.runtime.judging.compare import Measure, difference, measures_of, objective_parts
from currc.runtime.judging.corrections import Correction
from currc.runtime.judging.course import stages, stream, totals
from currc.runtime.judging.descriptive import benjamini_hochberg
from currc.runtime.judging.explain import alike, explain
from currc.runtime.judging.outcome import decide, outcome, protected
from currc.runtime.judging.power import Doubt, detectable
from currc.runtime.judging.results import (
    ArmResult,
    Difference,
    Explanation,
    Interference,
    MetricScores,
    Protected,
    Rule,
    Standing,
    Transfer,
    Verdict,
)
from currc.runtime.judging.scores import ArmScores, finite_only
from currc.runtime.judging.tests import Test
from currc.runtime.judging.transfer import interference, transfer
from currc.runtime.vocabulary import Vocabulary


def judge(plan: Plan, scores: Sequence[ArmScores], vocabulary: Vocabulary) -> Verdict:
    """The verdict of a plan from the gold scores of its trials.

    Trials that are planned but not among the scores are missing, and seeds with a
    value that is not finite diverged; an arm with either has no mean and no
    difference, and the other arms are judged without it.

    Args:
        plan: The experiment as it was fixed before training.
        scores: What each arm's finished trials scored on gold, in any order.
        vocabulary: Where the plan's words for metric, test and correction are found.

    Raises:
        ValueError: Two arms were scored on different rows, or the objective mixes ranges.
    """
    given = {of_arm.arm: finite_only(of_arm) for of_arm in scores}
    court = _Court(plan, given, measures_of(plan, vocabulary), vocabulary)
    arms = court.arms()
    return Verdict(
        plan=plan.hash(),
        tasks=tuple((measure.task, measure.word) for measure in court.own_metrics()),
        arms=tuple(arms),
        rule=court.rule(),
        decision=decide(arms, plan.decide),
        explanations=tuple(court.explanations()),
        interference=tuple(court.interference()),
        transfer=tuple(court.transfer()),
        limit=(plan.budget.limit, plan.budget.match) if plan.budget.match else None,
        alike=tuple(alike(court.complete())),
        gold_rows=len({row for of_arm in given.values() for keys in of_arm.rows.values() for row in keys}),
        detectable=_largest(arms, plan.decide),
    )


@dataclass(frozen=True)
class _Court:
    """A plan and its scores, and the questions that are asked of them."""

    plan: Plan
    scores: dict[str, ArmScores]
    measures: dict[str, dict[str, Measure]]
    vocabulary: Vocabulary

    def own_metrics(self) -> list[Measure]:
        """Each task's own metric."""
        return [next(iter(of_task.values())) for of_task in self.measures.values()]

    def parts(self, decide: DecidePlan) -> tuple[Measure, ...]:
        """The measures of the objective."""
        return objective_parts(decide.metric.parts, self.measures)

    def complete(self) -> dict[str, ArmScores]:
        """The arms whose planned trials were all scored, by name, in the plan's order."""
        return {
            arm.name: self.scores[arm.name]
            for arm in self.plan.arms
            if arm.name in self.scores and set(arm.train.seeds) <= set(self.scores[arm.name].seeds)
        }

    def on_metrics(self, arm: ArmScores, other: ArmScores, parts: Sequence[Measure]) -> Difference:
        """Difference of two arms on the mean of some measures."""
        decide = self._decide()
        return difference(arm, other, "mean", parts, self._test(decide.test), decide.alpha)

    def on_objective(self, arm: ArmScores, other: ArmScores) -> Difference:
        """Difference of two arms on `decide.metric`."""
        decide = self._decide()
        parts = self.parts(decide)
        return difference(arm, other, decide.metric.kind, parts, self._test(decide.test), decide.alpha)

    def family(self) -> list[str]:
        """The arms whose p values are corrected together: the user's, but for the control."""
        control = self._decide().control
        return [arm.name for arm in self.plan.arms if arm.role == "arm" and arm.name != control]

    def arms(self) -> list[ArmResult]:
        """Every planned arm with its values, its difference to the control, and its outcome."""
        differences = self.differences()
        return [self._arm(arm, differences.get(arm.name)) for arm in self.plan.arms]

    def differences(self) -> dict[str, Difference]:
        """Every complete arm against the control, corrected in its family or in the list of control arms."""
        decide, complete = self.plan.decide, self.complete()
        if decide is None or decide.control not in complete:
            return {}
        found = {
            name: self.on_objective(scores, complete[decide.control])
            for name, scores in complete.items()
            if name != decide.control and self._has_objective(scores, decide)
        }
        family = self.family()
        rest = [name for name in found if name not in family]
        # An arm without all its trials keeps its place in the family: leaving it out would favour the others.
        in_family = [found[name].p if name in found else 1.0 for name in family]
        adjusted = dict(zip(family, self._correction(decide.correct).adjust(in_family), strict=True))
        adjusted |= dict(zip(rest, benjamini_hochberg([found[name].p for name in rest]), strict=True))
        return {
            name: one.model_copy(
                update={
                    "corrected": adjusted[name],
                    "detectable": _detectable(one, decide.alpha, len(family) if name in family else 1),
                }
            )
            for name, one in found.items()
        }

    def explanations(self) -> list[Explanation]:
        """What each control arm says about its arm."""
        decide, complete = self.plan.decide, self.complete()
        if decide is None or decide.control not in complete:
            return []
        return explain(complete, complete[decide.control], decide.stand_ins, self.on_objective)

    def interference(self) -> list[Interference]:
        """The control against each task trained alone."""
        decide, complete = self.plan.decide, self.complete()
        if decide is None:
            return []
        references = [arm.name for arm in self.plan.arms if arm.role == "reference"]
        control = complete.get(decide.control)
        return interference(complete, references, control, self.own_metrics(), self.on_metrics, decide.alpha)

    def transfer(self) -> list[Transfer]:
        """The control against itself with one task less, and against pairs of its tasks."""
        decide = self.plan.decide
        if decide is None:
            return []
        references = [arm for arm in self.plan.arms if arm.role == "reference"]
        tasks, control = self.own_metrics(), decide.control
        return transfer(self.complete(), references, control, tasks, self.on_metrics, decide.alpha)

    def rule(self) -> Rule | None:
        """The rule of the verdict in full."""
        decide = self.plan.decide
        if decide is None:
            return None
        parts = self.parts(decide)
        return Rule(
            control=decide.control,
            objective=decide.metric.kind,
            parts=tuple((part.task, part.word) for part in parts),
            range=parts[0].range,
            higher_is_better=parts[0].higher_is_better,
            test=decide.test,
            correct=decide.correct,
            correct_title=self._correction(decide.correct).title,
            alpha=decide.alpha,
            min_gain=decide.min_gain,
            equivalent=decide.equivalent,
            on_tie=decide.on_tie,
            family=tuple(self.family()),
            waived=decide.waived,
            stand_ins=decide.stand_ins,
        )

    def _arm(self, arm: ArmPlan, found: Difference | None) -> ArmResult:
        scores, decide = self.scores.get(arm.name), self.plan.decide
        standing, diverged, missing = _standing(arm, scores)
        result = ArmResult(
            name=arm.name,
            role=arm.role,
            of=arm.of,
            standing=standing,
            seeds=scores.seeds if scores else (),
            diverged=diverged,
            missing=missing,
            totals=totals(scores, self.plan.budget.limit) if scores else None,
            stages=stages(arm, scores, self.plan.budget.limit) if scores else (),
            stream=stream(arm, scores, self.vocabulary) if scores else None,
            scores=tuple(self._metric_scores(scores, standing)) if scores else (),
            difference=found,
        )
        if scores is None or decide is None or not self._has_objective(scores, decide):
            return result
        judged = found is not None and arm.name in self.family()
        guards = self._guards(scores) if judged else ()
        return result.model_copy(
            update={
                "objective": self._objective(scores, decide) if standing == "complete" else None,
                "objective_per_seed": self._per_seed(scores, decide),
                "protect": guards,
                "outcome": outcome(found, guards, decide) if found and judged else None,
            }
        )

    def _guards(self, scores: ArmScores) -> tuple[Protected, ...]:
        decide = self._decide()
        control = self.scores[decide.control]
        found = []
        for guard in decide.protect:
            measure = self.measures[guard.metric.task][guard.metric.metric.word]
            found.append(protected(guard, self.on_metrics(scores, control, [measure])))
        return tuple(found)

    def _metric_scores(self, scores: ArmScores, standing: Standing) -> list[MetricScores]:
        measures = [measure for of_task in self.measures.values() for measure in of_task.values()]
        return [_of_metric(measure, scores, standing) for measure in measures if measure.measured(scores)]

    def _objective(self, scores: ArmScores, decide: DecidePlan) -> float:
        means = np.array([part.better(scores).mean() for part in self.parts(decide)])
        return objective.level(decide.metric.kind, means)

    def _per_seed(self, scores: ArmScores, decide: DecidePlan) -> tuple[float, ...]:
        table = np.array([part.better(scores).mean(axis=1) for part in self.parts(decide)])
        return tuple(objective.level(decide.metric.kind, column) for column in table.T)

    def _has_objective(self, scores: ArmScores, decide: DecidePlan) -> bool:
        return all(part.measured(scores) for part in self.parts(decide))

    def _decide(self) -> DecidePlan:
        if self.plan.decide is None:
            raise ValueError("the plan has nothing to decide")
        return self.plan.decide

    def _test(self, method: Method) -> Test:
        component = self.vocabulary.component("test", method.word)(**method.parameters)
        if not isinstance(component, Test):
            raise TypeError(f"`{method.word}` is no test")
        return component

    def _correction(self, method: Method) -> Correction:
        component = self.vocabulary.component("correct", method.word)(**method.parameters)
        if not isinstance(component, Correction):
            raise TypeError(f"`{method.word}` is no correction")
        return component


def _standing(arm: ArmPlan, scores: ArmScores | None) -> tuple[Standing, tuple[int, ...], tuple[int, ...]]:
    """Whether an arm has all its trials, its diverged seeds, and its missing ones."""
    done = scores.seeds if scores else ()
    diverged = scores.diverged if scores else ()
    missing = tuple(seed for seed in arm.train.seeds if seed not in done and seed not in diverged)
    return "missing" if missing else "diverged" if diverged else "complete", diverged, missing


def _of_metric(measure: Measure, scores: ArmScores, standing: Standing) -> MetricScores:
    per_seed = scores.values[measure.task][measure.word].mean(axis=1)
    return MetricScores(
        task=measure.task,
        metric=measure.word,
        title=measure.title,
        higher_is_better=measure.higher_is_better,
        range=measure.range,
        per_seed=tuple(per_seed.tolist()),
        mean=float(per_seed.mean()) if standing == "complete" else None,
    )


def _detectable(found: Difference, alpha: float, family: int) -> float | None:
    return detectable(Doubt(inf if found.se is None else found.se, found.df), alpha, family)


def _largest(arms: Sequence[ArmResult], decide: DecidePlan | None) -> float | None:
    """The largest detectable effect of the family; `None` if one cannot be measured."""
    found = [arm.difference for arm in arms if arm.role == "arm" and arm.difference]
    sizes = [one.detectable for one in found if one.detectable is not None]
    return max(sizes) if decide and sizes and len(sizes) == len(found) else None
