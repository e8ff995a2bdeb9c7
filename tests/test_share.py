"""The work graph of a plan: what must be trained anew after a change, and what two arms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest
from specs import MATERIAL, SCHOOL, TWO_ARMS, changed, plan_of

from currc.compiler.graph import Node
from currc.compiler.plan import Plan, Yoke
from currc.compiler.share import Facts, Shared, Trial, base_key, share

MACHINE = {"threads": 1, "precision": "fp32", "device": "cpu", "versions": {"torch": "2.13.0"}}
SEEDS = "train {\n  seeds = 2\n}\n"


def facts(plan: Plan, **other: object) -> Facts:
    sources = {name: f"digest of {name}" for name in plan.sources}
    models = {base_key(arm): "digest of the model" for arm in plan.arms}
    return Facts(**{"sources": sources, "models": models, "machine": MACHINE, **other})  # type: ignore[arg-type]


@cache
def shared(text: str, **_: object) -> Shared:
    plan = plan_of(text)
    return share(plan, facts(plan))


def trial(made: Shared, arm: str, seed: int = 0) -> Trial:
    (found,) = [one for one in made.trials if (one.arm, one.seed) == (arm, seed)]
    return found


def trained(made: Shared, arm: str = "baseline") -> dict[int, tuple[str, ...]]:
    return {one.seed: one.stages for one in made.trials if one.arm == arm}


def scored(made: Shared, arm: str = "baseline") -> dict[int, str]:
    return {one.seed: one.scores for one in made.trials if one.arm == arm}


BASE = TWO_ARMS + SEEDS


# What changes which keys


def test_equal_plans_give_equal_graphs():
    assert share(plan_of(BASE), facts(plan_of(BASE))).graph.nodes.keys() == shared(BASE).graph.nodes.keys()


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param((("seeds = 2", "seeds = 2\n  lr = 1e-3"),), id="lr"),
        pytest.param((("seeds = 2", "seeds = 2\n  batch = 8"),), id="batch"),
        pytest.param((("seeds = 2", "seeds = 2\n  warmup = 10%"),), id="warmup"),
        pytest.param((("seeds = 2", "seeds = 2\n  clip = 0.5"),), id="clip"),
        pytest.param((("seeds = 2", "seeds = 2\n  weight_decay = 0.1"),), id="weight decay"),
        pytest.param((("seeds = 2", "seeds = 2\n  optimizer = adamw(beta2 = 0.98)"),), id="optimizer"),
        pytest.param((("limit = 400 steps", "limit = 401 steps"),), id="limit"),
        pytest.param((("limit = 400 steps", "limit = 400 steps\n  time = 45 min"),), id="time"),
        pytest.param((("budget {", "evaluate {\n  every = 20%\n}\n\nbudget {"),), id="evaluation grid"),
        pytest.param((("budget {", "evaluate {\n  keep = best\n}\n\nbudget {"),), id="keep"),
        pytest.param((('minilm-l6/2"', 'minilm-l6/2"\n  freeze = [embeddings]'),), id="freeze"),
        pytest.param((('minilm-l6/2"', 'minilm-l6/2"\n  max_tokens = 64 tokens'),), id="max tokens"),
        pytest.param((('target = "{queue}"', 'target = "{queue}"\n  weight = 2'),), id="task weight"),
        pytest.param((('target = "{queue}"', 'target = "{queue}"\n  lr_scale = 2'),), id="task rate"),
        pytest.param((('prompt = "{body}"', 'prompt = "Q: {body}"'),), id="prompt"),
        pytest.param((("epochs = 4", "epochs = 3"),), id="mix"),
    ],
)
def test_what_influences_training_trains_every_trial_anew(edit):
    before, after = shared(BASE), shared(changed(BASE, *edit))
    for arm in ("baseline", "other"):
        for seed, stages in trained(before, arm).items():
            assert not set(stages) & set(trained(after, arm)[seed])


@pytest.mark.parametrize(
    "other",
    [
        {"machine": {**MACHINE, "threads": 2}},
        {"machine": {**MACHINE, "precision": "bf16"}},
        {"machine": {**MACHINE, "versions": {"torch": "2.14.0"}}},
        {"sources": {"tickets": "edited", "tickets_gold": "digest of tickets_gold"}},
        {"models": {"bundled:minilm-l6/2@": "another"}},
    ],
    ids=["threads", "precision", "version", "training data", "weights"],
)
def test_facts_that_influence_training_train_every_trial_anew(other):
    plan = plan_of(BASE)
    after = share(plan, facts(plan, **other))
    assert trained(shared(BASE)).keys() == trained(after).keys()
    for seed, stages in trained(shared(BASE)).items():
        assert not set(stages) & set(trained(after)[seed])


def test_another_seed_is_another_trial_and_leaves_the_first_alone():
    two, three = shared(BASE), shared(changed(BASE, ("seeds = 2", "seeds = 3")))
    assert trained(two)[0] != trained(two)[1]
    assert trained(two).items() <= trained(three).items()


def test_new_gold_scores_again_and_trains_nothing():
    plan = plan_of(BASE)
    digests = {"tickets": "digest of tickets", "tickets_gold": "edited"}
    after = share(plan, facts(plan, sources=digests))
    assert trained(after) == trained(shared(BASE))
    assert trained(after, "other") == trained(shared(BASE), "other")
    assert not set(scored(after).values()) & set(scored(shared(BASE)).values())
    assert after.guard != shared(BASE).guard


@pytest.mark.parametrize(
    "edit",
    [
        (("metric = macro_f1", "metric = macro_f1\n  also = [accuracy]"),),
        (("control = baseline", "control = baseline\n  alpha = 0.01"),),
        (("control = baseline", "control = baseline\n  min_gain = 2%"),),
    ],
    ids=["also", "alpha", "min_gain"],
)
def test_how_it_is_judged_trains_nothing(edit):
    assert trained(shared(changed(BASE, *edit))) == trained(shared(BASE))


def test_names_are_in_no_key():
    renamed = BASE
    for name in ("baseline", "other", "gentle", "reading_load"):
        renamed = renamed.replace(name, f"my_{name}")
    assert shared(renamed).graph.nodes.keys() == shared(BASE).graph.nodes.keys()


def test_an_edited_arm_leaves_the_others_alone():
    after = shared(changed(BASE, ("start = 20%", "start = 30%")))
    assert trained(after) == trained(shared(BASE))
    assert not set(trained(after, "other").values()) & set(trained(shared(BASE), "other").values())


def test_another_difficulty_does_not_touch_arms_without_order():
    after = shared(changed(BASE, ("mean_of(length, rarity)", "length")))
    assert trained(after) == trained(shared(BASE))
    assert trained(after, "other") != trained(shared(BASE), "other")


# Stages


STAGES = """
arm baseline {
  mix = unimax(epochs = 4)
}

arm one extends baseline {
  schedule = school
}

arm two extends baseline {
  schedule = school
  school.everything.SETTING
}
"""


def staged(setting: str, school: str = SCHOOL) -> str:
    return MATERIAL + school + SEEDS + STAGES.replace("SETTING", setting)


@pytest.mark.parametrize(
    "setting",
    ["replay = 10%", "lr_scale = 0.5", "weights = uncertainty", "mix = equal", "reset_optimizer = true",
     "combine = pcgrad", "max_tokens = 32 tokens", "take = 0% .. 90%"],
)  # fmt: skip
def test_arms_that_differ_in_a_later_stage_share_the_earlier_one(setting):
    made = shared(staged(setting))
    one, two = trial(made, "one"), trial(made, "two")
    assert one.stages[0] == two.stages[0]
    assert one.stages[1] != two.stages[1]
    assert one.scores != two.scores
    trainings = [node for node in made.graph.nodes.values() if node.kind == "train"]
    assert len(trainings) < made.segments


def test_a_first_stage_that_differs_is_not_shared():
    text = staged("replay = 10%").replace("school.everything.replay = 10%", "school.basics.max = 40%")
    one, two = (trial(shared(text), arm) for arm in ("one", "two"))
    assert not set(one.stages) & set(two.stages)


def test_guards_are_part_of_a_stage():
    text = staged("replay = 10%")
    after = changed(text, ("route.macro_f1 >= 0.70", "route.macro_f1 >= 0.80"))
    assert trial(shared(text), "one").stages[0] != trial(shared(after), "one").stages[0]


def test_arms_equal_in_all_but_name_are_one_training():
    plan = plan_of(BASE)
    twin = plan.arm("other").model_copy(update={"name": "twin"})
    plan = plan.model_copy(update={"arms": (*plan.arms, twin)})
    made = share(plan, facts(plan))
    assert trained(made, "twin") == trained(made, "other")
    assert scored(made, "twin") == scored(made, "other")


def test_a_stage_starts_from_the_state_of_the_one_before():
    made = shared(staged("replay = 10%"))
    one = trial(made, "one")
    nodes = made.graph.nodes
    assert "state" not in nodes[one.stages[0]].inputs
    assert nodes[one.stages[1]].inputs["state"] == one.stages[0]
    assert nodes[one.scores].inputs["state"] == one.stages[-1]


# Yokes and references


def behind(nodes: Mapping[str, Node], key: str) -> set[str]:
    """Everything that a node needs, directly or not."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for inner in nodes[waiting.pop()].inputs.values():
            if inner not in found:
                found.add(inner)
                waiting.append(inner)
    return found


@pytest.mark.parametrize("word", ["random_order", "hard_first", "all_tasks"])
def test_a_staged_control_waits_for_its_arm_with_the_same_seed(word):
    made = shared(staged("replay = 10%"))
    for seed in (0, 1):
        control, arm = trial(made, f"one~{word}", seed), trial(made, "one", seed)
        for stage in control.stages:
            assert made.graph.nodes[stage].inputs["yoke"] == arm.stages[-1]
        others = set(trial(made, "one", 1 - seed).stages)
        assert not behind(made.graph.nodes, control.scores) & others


def test_a_control_without_stages_waits_for_nobody():
    made = shared(BASE)
    for control in ("other~random_order", "other~hard_first"):
        (stage,) = trial(made, control).stages
        assert "yoke" not in made.graph.nodes[stage].inputs
        assert made.graph.nodes[stage].parameters["yoke"] is None


@pytest.mark.parametrize("task", ["route", "product"])
def test_a_single_task_reference_takes_its_draws_from_the_control(task):
    made = shared(BASE)
    for seed in (0, 1):
        (stage,) = trial(made, f"single_task~{task}", seed).stages
        node = made.graph.nodes[stage]
        assert node.inputs["yoke"] == trial(made, "baseline", seed).stages[-1]
        assert node.parameters["yoke"] == "draws"
        assert list(node.parameters["tasks"]) == [task]
        assert not any(role.startswith("tokens:") and role != f"tokens:{task}" for role in node.inputs)


def test_a_ring_of_yokes_is_refused():
    plan = plan_of(BASE)
    (reference,) = [arm for arm in plan.arms if arm.name == "single_task~route"]
    yoke = Yoke(arm=reference.name, what="draws")
    control = plan.arm("baseline").model_copy(update={"yoke": yoke})
    arms = tuple(control if arm.name == "baseline" else arm for arm in plan.arms)
    looped = plan.model_copy(update={"arms": arms})
    with pytest.raises(ValueError, match="ring"):
        share(looped, facts(looped))


# The gold


def test_no_gold_stands_behind_a_training():
    made = shared(staged("replay = 10%"))
    for one in made.trials:
        for stage in one.stages:
            for key in behind(made.graph.nodes, stage):
                assert made.graph.nodes[key].parameters.get("part") != "gold"


def test_the_guard_reads_every_row_and_stands_in_no_key():
    made = shared(BASE)
    assert set(made.graph.nodes[made.guard].inputs) == {
        "train:route",
        "gold:route",
        "train:product",
        "gold:product",
    }
    assert all(made.guard not in node.inputs.values() for node in made.graph.nodes.values())


def test_equal_rows_are_tokenised_once():
    made = shared(staged("replay = 10%"))
    names = [node.name for node in made.graph.nodes.values() if node.kind == "tokenize"]
    assert len(names) == len(set(names)) == 4


def test_the_graph_survives_json():
    made = shared(BASE)
    for key, node in made.graph.nodes.items():
        assert Node.from_json(node.as_json()).key == key


# Shared is unshared: the bytes


@pytest.fixture(scope="module")
def toy_states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Two arms that part after their first stage: the second's state with the first stage's result
    from memory, from disk, and trained by itself."""
    from toys import TASKS, Trial, bytes_of, law, method, segment
    from toys import share as part

    folder = tmp_path_factory.mktemp("shared")
    weights = method("uncertainty")
    first = law(segment(TASKS[:2], max=part(0.5), weights=weights), last=False)
    one = law(segment(weights=weights), index=1)
    two = replace(one, segment=segment(weights=weights, reset_optimizer=True), lr=0.02)

    def finished(trial: Trial, name: str) -> dict[str, bytes]:
        return bytes_of(trial.run().state, folder / name)

    stage = Trial(first)
    stage.state.enter(first)
    stage.stage(0, None, None, None)
    bytes_of(stage.state, folder / "first")

    def after(second: object) -> Trial:
        made = Trial(first, second)  # type: ignore[arg-type]
        made.state.load(folder / "first")
        return made

    return {
        "one alone": finished(Trial(first, one), "one alone"),
        "one shared": finished(after(one), "one shared"),
        "two alone": finished(Trial(first, two), "two alone"),
        "two shared": finished(after(two), "two shared"),
    }


def test_a_shared_stage_gives_the_bytes_of_an_unshared_one(toy_states):
    assert toy_states["one alone"] == toy_states["one shared"]
    assert toy_states["two alone"] == toy_states["two shared"]
    assert toy_states["one alone"] != toy_states["two alone"]
