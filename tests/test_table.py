"""The comparison table and its lines, rendered at fixed widths and compared as text."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from verdicts import plan, task, verdict

from currc.compiler.plan import Method
from currc.runtime.judging.course import stages as ends_of
from currc.runtime.judging.results import (
    ArmResult,
    Decision,
    Difference,
    Explanation,
    Interference,
    MetricScores,
    Protected,
    Rule,
    StageEnd,
    Totals,
    Verdict,
)
from currc.runtime.judging.scores import ArmScores, Spent
from currc.runtime.reporting.numbers import aligned, change, p_value, points, score, told_apart
from currc.runtime.reporting.table import Comparison, render

GOLDEN = Path(__file__).parent / "golden" / "tables"
UNIT = (0.0, 1.0)
TASKS = (
    ("route", "macro_f1", "macro-F1"),
    ("fields", "field_f1", "field F1"),
    ("headline", "rouge_l", "ROUGE-L"),
)

Three = tuple[float, float, float]
Row = tuple[str, Three, float, Three | None, float | None, str | None]
# The example of the design, section 9; its figures are invented.
ROWS: list[Row] = [
    ("baseline", (0.781, 0.640, 0.312), 0.578, None, None, None),
    ("easy", (0.796, 0.659, 0.321), 0.592, (0.014, 0.004, 0.024), 0.031, "better"),
    ("staged", (0.771, 0.661, 0.318), 0.583, (0.006, -0.006, 0.018), 0.62, "undecided"),
    ("surgery", (0.783, 0.641, 0.312), 0.579, (0.001, -0.008, 0.010), 0.81, "undecided"),
    ("easy~random_order", (0.794, 0.655, 0.320), 0.590, (0.012, 0.002, 0.022), 0.04, None),
    ("easy~hard_first", (0.779, 0.642, 0.310), 0.577, (-0.001, -0.010, 0.008), 0.8, None),
    ("staged~random_order", (0.770, 0.659, 0.317), 0.582, (0.004, -0.007, 0.015), 0.5, None),
    ("staged~hard_first", (0.769, 0.655, 0.316), 0.580, (0.002, -0.009, 0.013), 0.7, None),
    ("staged~all_tasks", (0.782, 0.643, 0.313), 0.579, (0.001, -0.008, 0.010), 0.8, None),
]


def gap(found: Three, corrected: float | None = None, against: str = "baseline") -> Difference:
    estimate, low, high = found
    return Difference(
        against=against, estimate=estimate, low=low, high=high, p=0.01, corrected=corrected, se=0.004, df=8.0
    )


def arm(row: Row) -> ArmResult:
    name, values, mean, found, corrected, outcome = row
    kept = gap((0.01, 0, 0.02))
    guard = Protected(metric="route.macro_f1", loss=0.01, difference=kept, status="protected")
    return ArmResult(
        name=name,
        role="control" if "~" in name else "arm",
        of=name.partition("~")[0] if "~" in name else None,
        standing="complete",
        seeds=(1, 2, 3, 4, 5, 6),
        scores=tuple(
            MetricScores(
                task=t, metric=m, title=title, higher_is_better=True, range=UNIT, per_seed=(v,) * 6, mean=v
            )
            for (t, m, title), v in zip(TASKS, values, strict=True)
        ),
        objective=mean,
        difference=gap(found, corrected) if found else None,
        protect=(guard,) if outcome else (),
        outcome=outcome,
    )


def support() -> Verdict:
    """The verdict behind the table of the design."""
    parts = tuple((name, metric) for name, metric, _ in TASKS)
    alone = {"route": (0.006, -0.01, 0.02), "fields": (0.021, 0.0, 0.04), "headline": (-0.002, -0.009, 0.004)}
    return Verdict(
        plan="7f3ac1d2",
        tasks=parts,
        arms=tuple(map(arm, ROWS)),
        rule=Rule(
            control="baseline",
            objective="mean",
            parts=parts,
            range=UNIT,
            higher_is_better=True,
            test=Method(word="crossed"),
            correct=Method(word="holm"),
            correct_title="Holm",
            alpha=0.05,
            min_gain=0.01,
            equivalent=None,
            on_tie="keep_control",
            family=("easy", "staged", "surgery"),
            waived=(),
        ),
        decision=Decision(verdict="keep arm", arm="easy", reason="the best of the arms that are better"),
        explanations=(
            Explanation(
                arm="easy",
                control="easy~random_order",
                kind="random_order",
                gain=gap((0.012, 0.002, 0.022)),
                added=gap((0.002, -0.006, 0.010), against="easy~random_order"),
                shown="not shown",
            ),
        ),
        interference=tuple(
            Interference(task=t, metric=m, range=UNIT, difference=gap(alone[t], 0.4), shown="not shown")
            for t, m, _ in TASKS
        ),
        gold_rows=812,
        detectable=0.009,
    )


@pytest.mark.parametrize("width", [160, 100, 80, 60])
def test_the_table_of_the_design(width: int) -> None:
    assert render(support(), width) == (GOLDEN / f"support_{width}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", range(34, 170, 3))
def test_no_width_cuts_a_number_or_runs_over(width: int) -> None:
    text = render(support(), width)
    words = text.split()
    for _, values, mean, found, corrected, _ in ROWS:
        for value in (*values, mean):
            assert f"{value:.3f}" in words
        if found:
            assert f"{change(found[1], UNIT)} .. {change(found[2], UNIT)}" in text
        if corrected is not None and found and corrected in (0.031, 0.62, 0.81):
            assert f"{corrected:.2g}" in words
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_nothing_but_text_when_it_is_no_terminal() -> None:
    page = StringIO()
    Console(file=page, width=120).print(Comparison(support()))
    assert "\x1b" not in page.getvalue()
    assert not set("─│┃━╭┌") & set(page.getvalue())


def test_a_terminal_without_unicode_gets_ascii() -> None:
    class Old(StringIO):
        encoding = "ascii"

    page = Old()
    Console(file=page, width=130).print(Comparison(support()))
    assert page.getvalue().isascii()
    assert "-0.006 .. +0.018" in page.getvalue()


def test_names_of_a_spec_are_no_markup() -> None:
    found = support()
    easy = found.arms[1].model_copy(update={"name": "[bold]easy[/bold]"})
    text = render(
        found.model_copy(update={"arms": (found.arms[0], easy, *found.arms[2:])}).model_copy(
            update={"decision": found.decision.model_copy(update={"arm": "[bold]easy[/bold]"})}
        ),
        160,
    )
    assert "[bold]easy[/bold]" in text


# The lines for verdicts of other kinds, through the judge.

ONE = {"route": task()}


def last_lines(found: Verdict) -> list[str]:
    text = render(found, 400)
    return text[text.index("Decision:") :].splitlines()


def test_the_control_is_kept_with_the_reason_of_the_best_arm() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.71}, "staged": {"route": 0.6}}
    decision, why, interference = last_lines(verdict(plan(list(means), ONE), means, spread=0.5))
    assert decision.startswith("Decision: keep control base   (no arm is better; easy +0.010, p ")
    assert "≥ 0.05; 3 arms × 6 seeds, 40 gold rows, detectable effect 0." in decision
    assert why == "Why: not taken apart, no control arm."
    assert interference == "Interference: not measured, no single-task references."


def test_a_gain_below_min_gain_is_told_apart_from_it() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.7198}}
    decision, *_ = last_lines(verdict(plan(list(means), ONE, min_gain=0.02), means, spread=0.001))
    assert "easy +0.0198 < 0.02" in decision


def test_a_violated_protection_is_the_reason() -> None:
    both = {"route": task(), "fields": task()}
    means = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": 0.68, "fields": 0.6}}
    found = verdict(plan(list(means), both, protect={"route.accuracy": 0.01}), means, spread=0.001)
    decision, *_ = last_lines(found)
    assert "easy +0.040, but route.accuracy violated: −0.020 < −0.010" in decision
    assert "undecided, harms" in render(found, 160)


def test_missing_and_diverged_trials_show_no_number() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}}
    found = verdict(plan(list(means), ONE), means, without={"easy": [2, 5]})
    row = next(line for line in render(found, 120).splitlines() if line.startswith(" easy"))
    assert row.split() == ["easy", "–", "–", "–", "–", "missing", "(2", "of", "6)"]
    assert last_lines(found)[0] == "Decision: no decision   (trials are missing: `easy` seeds 2, 5)"


def test_one_seed_says_that_nothing_can_be_measured() -> None:
    means = {"base": {"route": 0.2}, "easy": {"route": 0.9}}
    found = verdict(plan(list(means), ONE, seeds=1), means)
    assert "not measurable" in render(found, 120)
    decision = last_lines(found)[0]
    assert "easy +0.700, its doubt cannot be measured; 2 arms × 1 seed" in decision
    assert "detectable effect cannot be measured" in decision


def test_a_harmed_task_is_named_with_its_interval() -> None:
    both = {"route": task(), "fields": task()}
    alone = {"single_task~route": {"route": 0.72}, "single_task~fields": {"fields": 0.49}}
    means = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": 0.7, "fields": 0.5}, **alone}
    line = last_lines(verdict(plan(list(means), both), means, spread=0.001))[2]
    assert line.startswith("Interference: route −2.0 [−2.0 .. −2.0] points by training with the others")
    assert line.endswith("(against single-task, equal own data: fields +1.0 points)")


def test_the_why_of_an_arm_that_was_not_kept_names_it() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.71}, "easy~random_order": {"route": 0.73}}
    why = last_lines(verdict(plan(list(means), ONE), means, spread=0.001))[1]
    assert why.startswith("Why: the same pacing in random order gains +0.030; the order itself adds −0.020 [")
    assert why.endswith("]: shown to hurt.")
    unkept = last_lines(verdict(plan(list(means), ONE, min_gain=0.5), means, spread=0.001))[1]
    assert unkept.startswith("Why: of easy, the best arm: the same pacing in random order gains +0.030;")


def test_where_the_control_is_the_control_arm_too_the_why_says_so() -> None:
    means = {"base": {"route": 0.7}, "staged": {"route": 0.8}}
    given = plan(list(means), ONE, stand_ins={"staged~all_tasks": "base"})
    why = last_lines(verdict(given, means, spread=0.001))[1]
    assert why == (
        "Why: the same totals without stages is base itself, so the whole difference is staging itself."
    )


def test_an_arm_that_was_trained_twice_is_told() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "easy~hard_first": {"route": 0.75}}
    found = verdict(plan(list(means), ONE), means)
    assert last_lines(found.model_copy(update={"alike": (("easy~hard_first", "base"),)}))[3] == (
        "Alike: easy~hard_first scored every gold row as base did under every seed, so it tells nothing more"
    )


def test_a_loss_is_shown_in_its_own_direction_and_judged_in_the_other() -> None:
    means = {"base": {"route": 2.0}, "easy": {"route": 1.8}}
    text = render(verdict(plan(list(means), {"route": task("loss")}), means), 120)
    assert "loss ↓" in text
    row = next(line for line in text.splitlines() if line.startswith(" easy"))
    assert row.split()[:4] == ["easy", "1.800", "−1.800", "+0.200"]


def test_one_arm_has_a_table_of_its_values() -> None:
    text = render(verdict(plan(["only"], ONE), {"only": {"route": 0.7}}), 80)
    assert text.splitlines() == [
        " arm      route",
        "       accuracy",
        " only     0.700",
        "",
        "Decision: no decision   (one arm, nothing to compare)",
    ]


def test_reading_results_and_words_loads_nothing_heavy() -> None:
    code = """
import sys
from currc.runtime.reporting import model_card, table
from currc.runtime.judging import power
from currc.runtime.vocabulary import Vocabulary
words = Vocabulary()
for slot in ("metric", "test", "correct"):
    for word in words.words(slot):
        words.component(slot, word)()
print({"numpy", "scipy", "torch"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# Numbers.


def test_numbers() -> None:
    assert [score(0.7814, UNIT), score(None, UNIT), score(61.25, (0.0, 100.0))] == ["0.781", "–", "61.2"]
    assert [change(value, UNIT) for value in (0.0144, -0.0061, -0.0001)] == ["+0.014", "−0.006", "±0.000"]
    assert points(-0.0021) == "−0.2"
    assert aligned(["0.031", "0.62", "1"], 7) == ["  0.031", "  0.62 ", "  1    "]


@pytest.mark.parametrize(
    ("p", "text"), [(0.0312, "0.031"), (0.62, "0.62"), (0.0496, "0.0496"), (0.0004, "<0.001"), (1.0, "1")]
)
def test_a_p_value_is_never_rounded_over_alpha(p: float, text: str) -> None:
    assert p_value(p, 0.05) == text


def test_a_difference_is_never_rounded_onto_a_bound() -> None:
    assert told_apart(0.00996, 0.01, UNIT) == "+0.00996"
    assert told_apart(0.004, 0.01, UNIT) == "+0.004"
    assert told_apart(-0.01004, -0.01, UNIT) == "−0.01004"


# What arms drew, and what tasks do to each other.


def with_totals(found: Verdict, drawn: dict[str, dict[str, float]], limit: tuple[float, str]) -> Verdict:
    arms = tuple(
        arm.model_copy(
            update={"totals": Totals(drawn=drawn[arm.name], used=limit[0] + 9, past=17 + len(arm.name))}
        )
        for arm in found.arms
    )
    return found.model_copy(update={"arms": arms, "limit": limit})


PAIR = {"route": task(), "fields": task()}
SAME = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": 0.7, "fields": 0.5}}


def test_arms_that_drew_the_same_say_it_in_one_line() -> None:
    rows = {"base": {"route": 1200.0, "fields": 400.5}, "easy": {"route": 1201.0, "fields": 400.0}}
    found = with_totals(verdict(plan(["base", "easy"], PAIR), SAME), rows, (18_000, "tokens"))
    assert last_lines(found)[-1] == (
        "Drawn: route 1,200, fields 400 rows a trial in every arm; "
        "the limit of 18,000 tokens is passed by at most 21."
    )


def test_arms_that_drew_differently_have_a_table_of_it() -> None:
    rows = {"base": {"route": 1200.0, "fields": 400.0}, "easy": {"route": 800.0}}
    found = with_totals(verdict(plan(["base", "easy"], PAIR), SAME), rows, (18_000, "tokens"))
    text = render(found, 120)
    table = [line.split() for line in text.splitlines()[5:9]]
    assert table == [
        ["arm", "route", "fields", "used"],
        ["rows", "drawn", "rows", "drawn", "tokens"],
        ["base", "1,200", "400", "18,009"],
        ["easy", "800", "–", "18,009"],
    ]
    assert last_lines(found)[-1] == (
        "Drawn: mean rows a trial are above: arms are matched on tokens, not per task; "
        "the limit of 18,000 tokens is passed by at most 21."
    )


def test_a_limit_that_is_met_exactly_says_so() -> None:
    rows = {"base": {"route": 1600.0}, "easy": {"route": 1600.0}}
    found = with_totals(verdict(plan(["base", "easy"], ONE), SAME), rows, (100, "steps"))
    exact = tuple(
        arm.model_copy(update={"totals": arm.totals and arm.totals.model_copy(update={"past": 0.0})})
        for arm in found.arms
    )
    said = last_lines(found.model_copy(update={"arms": exact}))[-1]
    assert said == "Drawn: route 1,600 rows a trial in every arm; the limit of 100 steps is met exactly."


def test_what_tasks_do_to_each_other_is_a_table_of_points() -> None:
    three = {name: task() for name in ("route", "fields", "topic")}
    equal = dict.fromkeys(three, 0.7)
    means = {
        "base": equal,
        "easy": equal,
        "leave_one_out~topic": {"route": 0.6, "fields": 0.7},
        "pairs~fields~route": {"route": 0.9, "fields": 0.7},
    }
    found = verdict(plan(list(means), three), means)
    lines = [line.split() for line in render(found, 120).splitlines()]
    at = lines.index(["gain", "from", "topic"])
    assert lines[at : at + 4] == [
        ["gain", "from", "topic"],
        ["having"],
        ["route", "+10.0*"],
        ["fields", "±0.0"],
    ]
    at = lines.index(["gain", "from", "fields", "route"])
    assert lines[at : at + 4] == [
        ["gain", "from", "fields", "route"],
        ["only", "having"],
        ["route", "+20.0*", "–"],
        ["fields", "–", "±0.0"],
    ]
    assert last_lines(found)[-1] == (
        "Transfer: above, gains of each row's task in points; * marks what is shown "
        "(each reference has the whole limit)."
    )


def test_promotions_are_told_with_the_numbers_that_they_used() -> None:
    found = verdict(plan(["base", "easy"], PAIR), SAME)
    held, late = "held 2 of 2 evaluations: `route.accuracy` 0.71 >= 0.7", "its max, held 0 of 2 evaluations: "
    ends = [(0, 0.2, held), (1, 0.3, late + "`route.accuracy` 0.6 not >= 0.7")]
    stages = tuple(StageEnd(stage="basics", seed=seed, at=at, reason=why) for seed, at, why in ends)
    rest = tuple(StageEnd(stage="all", seed=seed, at=1.01, reason="the limit") for seed in (0, 1))
    arms = tuple(
        arm.model_copy(update={"stages": stages + rest if arm.name == "easy" else ()}) for arm in found.arms
    )
    assert last_lines(found.model_copy(update={"arms": arms}))[-1] == (
        "Stages: easy: basics ended at 20.0% .. 30.0% of the limit, 1 of 2 trials by promotion; seed 0: "
        "held 2 of 2 evaluations: `route.accuracy` 0.71 >= 0.7"
    )
    assert not any(line.startswith("Stages") for line in last_lines(found))


def test_the_ends_of_stages_are_named_and_shares_of_the_limit() -> None:
    plain = plan(["base"], PAIR, seeds=2).arms[0]
    (whole,) = plain.schedule.segments
    segments = tuple(whole.model_copy(update={"stage": name}) for name in ("basics", "all"))
    staged = plain.model_copy(update={"schedule": plain.schedule.model_copy(update={"segments": segments})})
    spent = {seed: Spent({}, 101.0, ((20.0 + seed, "its max"), (101.0, "the limit"))) for seed in (0, 1)}
    scores = ArmScores("base", "arm", None, (0, 1), {}, {}, (), spent)
    assert [(one.stage, one.seed, one.at, one.promoted) for one in ends_of(staged, scores, 100.0)] == [
        ("basics", 0, 0.20, False),
        ("basics", 1, 0.21, False),
        ("all", 0, 1.01, False),
        ("all", 1, 1.01, False),
    ]
    assert ends_of(plain, scores, 100.0) == ()
