from __future__ import annotations

import pytest
from specs import GENTLE, MATERIAL, STAGED, TWO_ARMS, changed, plan_of, with_arm

from currc.compiler.plan import Method, Plan, Quantity, Yoke


def names(plan: Plan, role: str) -> list[str]:
    return [arm.name for arm in plan.arms if arm.role == role]


class TestDefaults:
    """Section 3: every default is written out."""

    def test_what_nobody_says_stands_in_the_plan(self) -> None:
        plan = plan_of(TWO_ARMS)
        arm = plan.arm("baseline")
        assert arm.model.max_tokens == 256
        assert arm.model.init == Method(word="pretrained")
        assert arm.train.seeds == (0, 1, 2, 3, 4, 5)
        assert (arm.train.batch, arm.train.warmup, arm.train.clip) == (16, 0.06, 1.0)
        assert arm.train.optimizer == Method(
            word="adamw", parameters={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        )
        assert arm.train.lr_schedule == Method(word="linear")
        assert arm.tasks["route"].validation == 0.1
        assert arm.tasks["product"].metric == Method(word="token_f1")
        assert plan.evaluate.every == Quantity(amount=0.1, unit="share")
        assert plan.decide is not None
        assert (plan.decide.alpha, plan.decide.test.word, plan.decide.correct.word) == (
            0.05,
            "crossed",
            "holm",
        )

    @pytest.mark.parametrize(
        ("kind", "metric"), [("classify", "accuracy"), ("extract", "token_f1"), ("summarize", "rouge_l")]
    )
    def test_the_default_metric_follows_the_kind_of_task(self, kind: str, metric: str) -> None:
        text = changed(
            TWO_ARMS, ("student: encoder", "student: causal"), ("product: extract", f"product: {kind}")
        )
        assert plan_of(text).arm("baseline").tasks["product"].metric.word == metric

    @pytest.mark.parametrize(
        ("model", "lr"),
        [
            ("", 5e-5),
            ("  adapter = lora(rank = 4)", 1e-3),
            ("  freeze = [embeddings, layers(0 .. 1)]", 1e-3),
            ("  freeze = [embeddings, layers(0 .. 0)]", 5e-5),
        ],
    )
    def test_the_learning_rate_follows_what_is_trained(self, model: str, lr: float) -> None:
        base = 'base = "bundled:minilm-l6/2"'
        assert plan_of(changed(TWO_ARMS, (base, f"{base}\n{model}"))).arm("baseline").train.lr == lr

    def test_seeds_are_counted_from_zero_or_listed(self) -> None:
        assert plan_of(f"{TWO_ARMS}\ntrain {{\n  seeds = 3\n}}\n").arm("other").train.seeds == (0, 1, 2)
        assert plan_of(f"{TWO_ARMS}\ntrain {{\n  seeds = [7, 3]\n}}\n").arm("other").train.seeds == (3, 7)

    def test_a_task_without_training_rows_is_scored_and_in_no_stage(self) -> None:
        text = changed(
            TWO_ARMS.replace(": encoder {", ": causal {"),  # an encoder answers only what it trains
            ("task product: extract {\n  train = tickets\n", "task product: extract {\n"),
        )
        arm = plan_of(text).arm("baseline")
        assert arm.tasks["product"].train is None
        assert arm.tasks["product"].validation is None
        assert arm.schedule.segments[0].tasks == ("route",)

    def test_the_metric_that_decides_is_the_mean_of_every_task_s(self) -> None:
        decide = plan_of(TWO_ARMS).decide
        assert decide is not None
        assert decide.metric.kind == "mean"
        assert [(part.task, part.metric.word) for part in decide.metric.parts] == [
            ("product", "token_f1"),
            ("route", "macro_f1"),
        ]

    def test_percent_are_points_and_a_protected_loss_is_positive_in_the_plan(self) -> None:
        protect = "control = baseline\n  min_gain = 1%\n  protect {\n    route.macro_f1 = -2%\n  }"
        decide = plan_of(changed(TWO_ARMS, ("control = baseline", protect))).decide
        assert decide is not None
        assert decide.min_gain == 0.01
        assert [(one.metric.task, one.loss) for one in decide.protect] == [("route", 0.02)]

    def test_renames_go_from_the_file_s_name_to_the_spec_s(self) -> None:
        columns = 'path = "data/tickets/*.jsonl"\n  columns {\n    body = "Ticket Text"\n  }'
        plan = plan_of(changed(TWO_ARMS, ('path = "data/tickets/*.jsonl"', columns)))
        assert plan.sources["tickets"].columns == {"Ticket Text": "body"}

    def test_only_sources_that_are_read_are_in_the_plan(self) -> None:
        assert sorted(plan_of(TWO_ARMS + '\nsource spare {\n  path = "x.csv"\n}\n').sources) == [
            "tickets",
            "tickets_gold",
        ]


class TestHash:
    """Section 4: the same text formatted, moved or commented differently has the same plan hash."""

    @pytest.mark.parametrize("text", [TWO_ARMS, STAGED])
    def test_form_does_not_matter(self, text: str) -> None:
        first, *blocks = text.split("\n\n")
        commented = text.replace("\n", " # why\n").replace("  ", "\t ")
        assert (
            plan_of("\n\n".join([first, *reversed(blocks)]) if text is TWO_ARMS else text).hash()
            == plan_of(text).hash()
        )
        assert plan_of(commented).hash() == plan_of(text).hash()
        assert plan_of(text.replace("\n", "\r\n")).hash() == plan_of(text).hash()

    @pytest.mark.parametrize(
        ("change", "constant"),
        [
            (("400 steps", "many"), "400 steps"),
            (("unimax(epochs = 4)", "unimax(epochs = few)"), "4"),
            (("start = 20%", "start = few"), "0.2"),
            (("mean_of(length, rarity)", "few"), "mean_of(length, rarity)"),
        ],
    )
    def test_an_extracted_constant_does_not_matter(self, change: tuple[str, str], constant: str) -> None:
        name = "many" if "many" in change[1] else "few"
        text = changed(TWO_ARMS, change, ("model student", f"let {name} = {constant}\n\nmodel student"))
        assert plan_of(text).hash() == plan_of(TWO_ARMS).hash()

    def test_a_default_that_is_written_does_not_matter(self) -> None:
        assert (
            plan_of(f"{TWO_ARMS}\ntrain {{\n  batch = 16\n  warmup = 6%\n}}\n").hash()
            == plan_of(TWO_ARMS).hash()
        )

    @pytest.mark.parametrize(
        "change",
        [
            ("400 steps", "401 steps"),
            ("start = 20%", "start = 21%"),
            ("macro_f1", "accuracy"),
            ('"{body}"', '"{body}."'),
            ("epochs = 4", "epochs = 5"),
        ],
    )
    def test_meaning_does(self, change: tuple[str, str]) -> None:
        assert plan_of(changed(TWO_ARMS, change)).hash() != plan_of(TWO_ARMS).hash()

    def test_a_plan_reads_back_from_its_json(self) -> None:
        plan = plan_of(STAGED)
        assert Plan.model_validate_json(plan.canonical()) == plan


class TestStages:
    """Section 5: windows, stages, and what a stage takes from its arm."""

    def test_a_shuffled_window_is_an_order_whose_window_stands_still(self) -> None:
        schedule = plan_of(STAGED).arm("other").schedule
        assert (schedule.order.word, schedule.pacing.word) == ("easy_first", "none")
        assert [(one.stage, one.window.low, one.window.high) for one in schedule.segments] == [
            ("basics", 0.0, 0.4),
            ("everything", 0.0, 1.0),
        ]

    def test_max_is_a_share_or_a_quantity_and_the_last_stage_has_none(self) -> None:
        schedule = plan_of(changed(STAGED, ("max = 30%", "max = 90 steps"))).arm("other").schedule
        assert [segment.max for segment in schedule.segments] == [Quantity(amount=90.0, unit="steps"), None]

    def test_a_stage_without_tasks_has_all_of_them(self) -> None:
        schedule = plan_of(STAGED).arm("other").schedule
        assert [segment.tasks for segment in schedule.segments] == [("route",), ("product", "route")]

    def test_a_stage_s_mix_goes_before_the_arm_s_and_that_before_the_default(self) -> None:
        own = changed(STAGED, ("after = basics", "after = basics\n    mix = temperature(t = 2)"))
        schedule = plan_of(own).arm("other").schedule
        assert [segment.mix.word for segment in schedule.segments] == ["unimax", "temperature"]
        plain = changed(STAGED, ("mix = unimax(epochs = 4)", "combine = sum"))
        assert plan_of(plain).arm("other").schedule.segments[0].mix.word == "proportional"

    def test_a_schedule_without_stages_is_one_segment(self) -> None:
        (segment,) = plan_of(TWO_ARMS).arm("other").schedule.segments
        assert (segment.stage, segment.max, segment.tasks) == ("all", None, ("product", "route"))

    def test_an_arm_changes_one_value_of_a_stage(self) -> None:
        text = STAGED + "\narm third extends other {\n  school.basics.max = 20%\n}\n"
        plan = plan_of(text)
        assert plan.arm("third").schedule.segments[0].max == Quantity(amount=0.2, unit="share")
        assert plan.arm("third").factors == ("school.basics.max",)
        assert plan.arm("other").schedule.segments[0].max == Quantity(amount=0.3, unit="share")


class TestControls:
    """Section 5, "Controls": what is added, and what each changes."""

    def test_an_ordering_gets_the_same_pacing_in_random_order_and_hard_first(self) -> None:
        plan = plan_of(TWO_ARMS)
        assert names(plan, "control") == ["other~random_order", "other~hard_first"]
        own, random, hard = (plan.arm(name) for name in ("other", "other~random_order", "other~hard_first"))
        assert random.schedule.pacing == hard.schedule.pacing == own.schedule.pacing
        assert random.schedule.by is not None
        assert random.schedule.by.score == Method(word="random")
        assert random.schedule.order.word == "random_order"
        assert (hard.schedule.by, hard.schedule.order.word) == (own.schedule.by, "hard_first")
        assert random.of == hard.of == "other"

    def test_controls_of_a_staged_schedule_replay_the_ends_of_its_stages(self) -> None:
        plan = plan_of(STAGED)
        assert names(plan, "control") == ["other~random_order", "other~hard_first", "other~all_tasks"]
        for word in ("random_order", "hard_first"):
            control = plan.arm(f"other~{word}")
            assert control.yoke == Yoke(arm="other", what="stage_ends")
            assert [one.window for one in control.schedule.segments] == [
                one.window for one in plan.arm("other").schedule.segments
            ]
            assert all(segment.promote is None for segment in control.schedule.segments)

    def test_what_an_adaptive_pacing_opens_is_replayed_by_its_controls(self) -> None:
        follows = "adaptive_competence(metric = route.macro_f1, goal = 0.8)"
        plan = plan_of(changed(TWO_ARMS, ("root(start = 20%, full_at = 60%)", follows)))
        own = plan.arm("other").schedule.pacing
        assert own.parameters["metric"] == {
            "task": "route",
            "metric": {"word": "macro_f1", "parameters": {}},
        }
        for word in ("random_order", "hard_first"):
            control = plan.arm(f"other~{word}")
            assert control.schedule.pacing == own
            assert control.yoke == Yoke(arm="other", what="stage_ends")

    def test_a_reference_without_the_watched_task_is_not_paced(self) -> None:
        follows = "adaptive_competence(metric = route.macro_f1, goal = 0.8)"
        plan = plan_of(
            changed(
                TWO_ARMS,
                ("root(start = 20%, full_at = 60%)", follows),
                ("control = baseline", "control = other"),
            )
        )
        assert plan.arm("single_task~route").schedule.pacing.word == "adaptive_competence"
        assert plan.arm("single_task~product").schedule.pacing.word == "none"

    def test_a_strict_sequence_gets_itself_by_chance_and_from_the_hard_end(self) -> None:
        text = changed(
            TWO_ARMS,
            ("order = easy_first", "order = interleaved(window = 32)"),
            ("  pacing = root(start = 20%, full_at = 60%)\n", ""),
        )
        plan = plan_of(text)
        own = plan.arm("other").schedule
        assert names(plan, "control") == ["other~random_order", "other~hard_first"]
        random, hard = (plan.arm(f"other~{word}").schedule for word in ("random_order", "hard_first"))
        assert random.order == own.order
        assert random.by is not None
        assert random.by.score == Method(word="random")
        assert hard.by == own.by
        assert hard.order.parameters == {"window": 32, "first": "hard"}

    def test_buckets_of_length_are_ranked_by_length_and_claim_nothing(self) -> None:
        text = changed(
            TWO_ARMS,
            ("  by = reading_load\n  order = easy_first", "  order = length_buckets"),
            ("  pacing = root(start = 20%, full_at = 60%)\n", ""),
        )
        schedule = plan_of(text).arm("other").schedule
        assert schedule.by is not None
        assert schedule.by.score == Method(word="length", parameters={"of": "tokens"})
        assert names(plan_of(text), "control") == []

    def test_longer_inputs_over_time_are_no_ordering(self) -> None:
        longer = changed(
            TWO_ARMS,
            ("  by = reading_load\n  order = easy_first\n", ""),
            ("root(start = 20%, full_at = 60%)", "sequence_length(start = 32 tokens)"),
        )
        schedule = plan_of(longer).arm("other").schedule
        assert (schedule.order.word, schedule.lengthens, schedule.by) == ("shuffled", True, None)
        assert names(plan_of(longer), "control") == []

    def test_stages_that_restrict_tasks_get_the_same_totals_without_stages(self) -> None:
        control = plan_of(STAGED).arm("other~all_tasks")
        assert control.yoke == Yoke(arm="other", what="totals")
        (segment,) = control.schedule.segments
        assert segment.tasks == ("product", "route")
        assert control.schedule.order.word == "shuffled"

    def test_stages_that_restrict_no_tasks_need_no_such_control(self) -> None:
        assert names(plan_of(changed(STAGED, ("    tasks = [route]\n", ""))), "control") == [
            "other~random_order",
            "other~hard_first",
        ]

    def test_stages_of_tasks_alone_are_no_ordering(self) -> None:
        text = changed(STAGED, ("  by = reading_load\n\n  stage", "  stage"), ("    take = 0% .. 40%\n", ""))
        assert names(plan_of(text), "control") == ["other~all_tasks"]

    def test_a_hard_first_arm_is_its_own_control(self) -> None:
        plan = plan_of(changed(TWO_ARMS, ("easy_first", "hard_first")))
        assert names(plan, "control") == ["other~random_order"]

    def test_a_random_order_arm_is_a_control_already(self) -> None:
        text = changed(TWO_ARMS, ("  by = reading_load\n  order = easy_first", "  order = random_order"))
        assert names(plan_of(text), "control") == []

    def test_a_control_that_an_arm_is_already_is_not_added(self) -> None:
        arm = "\narm third extends other {\n  gentle.order = random_order\n}\n"
        assert names(plan_of(TWO_ARMS + arm), "control") == ["other~hard_first"]

    def test_two_arms_share_a_control_that_is_the_same_for_both(self) -> None:
        harder = GENTLE.replace("gentle", "by_length").replace("reading_load", "only_length")
        score = "\ndifficulty only_length {\n  score = length\n}\n"
        more = f"{score}{harder}\narm third extends baseline {{\n  schedule = by_length\n}}\n"
        assert names(plan_of(TWO_ARMS + more), "control") == [
            "other~random_order",
            "other~hard_first",
            "third~hard_first",
        ]

    def test_an_arm_that_trains_just_what_a_control_would_stands_in_for_it(self) -> None:
        arm = "\narm third extends other {\n  gentle.order = random_order\n}\n"
        decide = plan_of(TWO_ARMS + arm).decide
        assert decide is not None
        assert decide.stand_ins == {"other~random_order": "third"}
        weighted = plan_of(with_arm("  weights = uncertainty")).decide
        assert weighted is not None
        assert weighted.stand_ins == {"third~equal": "baseline"}

    ONE_BY_ONE = changed(
        STAGED,
        ("  by = reading_load\n\n  stage", "  stage"),
        ("    take = 0% .. 40%\n    max = 30%\n", "    max = 50%\n"),
        ("\n    promote {\n      when route.macro_f1 >= 0.70\n    }\n", ""),
        ("    after = basics\n", "    after = basics\n    tasks = [product]\n"),
        ("difficulty reading_load {\n  score = mean_of(length, rarity)\n}\n", ""),
        ("mix = unimax(epochs = 4)", "mix = equal"),
    )

    def test_totals_that_the_plan_knows_are_compared_with_the_mixes_of_arms(self) -> None:
        """Half of the steps for each of two tasks, one after the other: together that is `mix = equal`."""
        plan = plan_of(self.ONE_BY_ONE)
        assert names(plan, "control") == []
        assert plan.decide is not None
        assert plan.decide.stand_ins == {"other~all_tasks": "baseline"}

    @pytest.mark.parametrize(
        "change",
        [
            ("max = 50%", "max = 40%"),
            ("mix = equal", "mix = proportional"),
            ("mix = equal", "mix = equal(floor = 20%)"),
            ("match = steps\n  limit = 400 steps", "match = tokens\n  limit = 400 tokens"),
            ("max = 50%", "max = 50%\n\n    promote {\n      when route.macro_f1 >= 0.70\n    }"),
            ("tasks = [product]", "tasks = [product]\n    replay = 10%"),
        ],
    )
    def test_other_totals_or_unknown_ones_are_a_control_of_their_own(self, change: tuple[str, str]) -> None:
        assert names(plan_of(changed(self.ONE_BY_ONE, change)), "control") == ["other~all_tasks"]

    def test_totals_are_compared_also_with_shares_in_writing(self) -> None:
        text = changed(
            self.ONE_BY_ONE,
            ("max = 50%", "max = 100 steps"),
            ("mix = equal", "mix = shares(product = 3, route = 1)"),
        )
        assert names(plan_of(text), "control") == []

    def test_dynamic_weights_get_the_equal_sum_and_their_own_mean_held_fixed(self) -> None:
        plan = plan_of(changed(TWO_ARMS, ("schedule = gentle", "schedule = gentle\n  weights = uncertainty")))
        assert names(plan, "control")[2:] == ["other~equal", "other~mean_weights"]
        assert plan.arm("other~equal").schedule.segments[0].weights == Method(word="equal")
        assert plan.arm("other~mean_weights").yoke == Yoke(arm="other", what="mean_weights")

    def test_a_mix_that_adapts_gets_the_sizes_and_its_own_mean_held_fixed(self) -> None:
        plan = plan_of(with_arm("  mix = odm"))
        by_size, mean = plan.arm("third~proportional"), plan.arm("third~mean_mix")
        assert [arm.schedule.segments[0].mix.word for arm in (by_size, mean)] == ["proportional"] * 2
        assert by_size.yoke is None
        assert mean.yoke == Yoke(arm="third", what="mean_mix")

    def test_only_the_stages_that_adapt_or_learn_are_held_fixed(self) -> None:
        school = """schedule school {
  stage first {
    mix = exp3s
    max = 30%
    promote {
      when route.macro_f1 >= 0.7
    }
  }
  stage second {
    after = first
    mix = learned
    max = 30%
  }
  stage third {
    after = second
    mix = temperature
  }
}
"""
        plan = plan_of(with_arm("  schedule = school", f"{TWO_ARMS}\n{school}"))
        for word in ("proportional", "mean_mix"):
            segments = plan.arm(f"third~{word}").schedule.segments
            assert [one.mix.word for one in segments] == ["proportional", "proportional", "temperature"]
            assert (segments[0].promote is None) == (word == "mean_mix")

    def test_a_goal_is_what_a_task_reaches_alone_where_the_plan_trains_it(self) -> None:
        follows = with_arm("  mix = gap")
        plan = plan_of(follows)
        told = {arm.name: arm.goals for arm in plan.arms if arm.role != "reference"}
        assert told.pop("third") == "single_task"
        assert set(told.values()) == {"best"}
        without = changed(follows, ("control = baseline", "control = baseline\n  references = none"))
        assert plan_of(without).arm("third").goals == "best"

    def test_the_control_cannot_wait_for_references_that_wait_for_it(self) -> None:
        plan = plan_of(changed(TWO_ARMS, ("unimax(epochs = 4)", "gap")))
        assert plan.arm("baseline").goals == "best"
        assert plan.arm("other").goals == "single_task"

    def test_the_equal_sum_of_an_arm_that_differs_in_nothing_else_is_its_parent(self) -> None:
        assert names(plan_of(with_arm("  weights = uncertainty")), "control") == [
            "other~random_order",
            "other~hard_first",
            "third~mean_weights",
        ]

    def test_fixed_weights_are_not_dynamic(self) -> None:
        assert "third~mean_weights" not in names(plan_of(with_arm("  weights = fixed(route = 2)")), "control")

    def test_a_combiner_gets_the_equal_sum(self) -> None:
        both = changed(TWO_ARMS, ("schedule = gentle", "schedule = gentle\n  combine = pcgrad"))
        assert "other~equal" in names(plan_of(both), "control")
        assert plan_of(both).arm("other~equal").schedule.segments[0].combine == Method(word="sum")

    def test_controls_are_waived_in_writing_and_the_plan_says_which(self) -> None:
        plan = plan_of(changed(TWO_ARMS, ("control = baseline", "control = baseline\n  controls = none")))
        assert names(plan, "control") == []
        assert plan.decide is not None
        assert plan.decide.waived == ("other~random_order", "other~hard_first")

    def test_a_list_adds_only_what_it_names(self) -> None:
        own = "control = baseline\n  controls = [random_order]"
        assert names(plan_of(changed(TWO_ARMS, ("control = baseline", own))), "control") == [
            "other~random_order"
        ]


class TestReferences:
    """Section 5, "References"."""

    def plan(self, *words: str, text: str = TWO_ARMS) -> Plan:
        own = f"control = baseline\n  references = [{', '.join(words)}]"
        return plan_of(changed(text, ("control = baseline", own)))

    def test_single_task_is_on_as_many_own_draws_as_in_the_control(self) -> None:
        plan = plan_of(TWO_ARMS)
        assert names(plan, "reference") == ["single_task~product", "single_task~route"]
        arm = plan.arm("single_task~route")
        assert list(arm.tasks) == ["route"]
        assert arm.yoke == Yoke(arm="baseline", what="draws")
        assert arm.schedule.segments[0].tasks == ("route",)
        assert arm.train == plan.arm("baseline").train

    def test_a_reference_does_not_depend_on_how_tasks_were_mixed(self) -> None:
        other = changed(TWO_ARMS, ("unimax(epochs = 4)", "temperature(t = 3)"))
        assert plan_of(other).arm("single_task~route") == plan_of(TWO_ARMS).arm("single_task~route")

    def test_leave_one_out_drops_one_task_at_the_same_limit(self) -> None:
        plan = self.plan("leave_one_out")
        assert names(plan, "reference") == ["leave_one_out~product", "leave_one_out~route"]
        assert list(plan.arm("leave_one_out~product").tasks) == ["route"]
        assert plan.arm("leave_one_out~product").yoke is None

    def test_pairs_train_two(self) -> None:
        third = changed(
            MATERIAL[MATERIAL.index("task product") : MATERIAL.index("difficulty")],
            ("task product", "task place"),
        )
        plan = self.plan("pairs", text=TWO_ARMS + "\n" + third)
        assert names(plan, "reference") == ["pairs~place~product", "pairs~place~route", "pairs~product~route"]
        assert sorted(plan.arm("pairs~place~route").tasks) == ["place", "route"]

    def test_a_staged_control_loses_the_stages_and_guards_of_a_task_that_is_left_out(self) -> None:
        text = changed(STAGED, ("control = baseline", "control = other\n  references = [leave_one_out]"))
        plan = plan_of(text)
        without = plan.arm("leave_one_out~route").schedule.segments
        assert [(one.stage, one.tasks, one.max) for one in without] == [("everything", ("product",), None)]
        kept = plan.arm("leave_one_out~product").schedule.segments
        assert [one.stage for one in kept] == ["basics", "everything"]
        assert kept[0].promote is not None

    def test_none_are_trained_where_none_are_wanted(self) -> None:
        own = "control = baseline\n  references = none"
        assert names(plan_of(changed(TWO_ARMS, ("control = baseline", own))), "reference") == []
