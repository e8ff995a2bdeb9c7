from __future__ import annotations

import pytest
from specs import (
    GENTLE,
    MATERIAL,
    STAGED,
    TWO_ARMS,
    changed,
    codes,
    complaints_of,
    plan_of,
    spec_of,
    with_arm,
)

from currc.compiler.kinds import KINDS, LANGUAGE
from currc.compiler.value_types import Amount
from currc.runtime.vocabulary import Vocabulary


def test_the_specs_that_tests_start_from_have_no_complaints() -> None:
    assert codes(TWO_ARMS) == []
    assert codes(STAGED) == []


class TestValues:
    """What an attribute takes, and what is said about anything else."""

    @pytest.mark.parametrize("share", ["20%", "0.2", "10% * 2", "1 - 0.8"])
    def test_a_share_is_written_as_percent_or_as_a_number(self, share: str) -> None:
        assert spec_of(f"{TWO_ARMS}\ntrain {{\n  warmup = {share}\n}}\n").value("train.warmup") == 0.2

    @pytest.mark.parametrize(("written", "seconds"), [("90 s", 90.0), ("1.5 min", 90.0), ("2 h", 7200.0)])
    def test_minutes_and_hours_become_seconds(self, written: str, seconds: float) -> None:
        text = changed(TWO_ARMS, ("  match = steps", f"  time = {written}\n  match = steps"))
        assert spec_of(text).value("budget.time") == Amount(seconds, "s")
        assert plan_of(text).budget.time == seconds

    def test_gibibytes_become_mebibytes(self) -> None:
        text = changed(TWO_ARMS, ("  match = steps", "  memory = 2 GiB\n  match = steps"))
        assert plan_of(text).budget.memory == 2048.0

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("batch = 0", "C0203"),
            ("batch = 2.5", "C0203"),
            ("batch = 16 tokens", "C0202"),
            ('batch = "16"', "C0201"),
            ("lr = 0", "C0203"),
            ("lr = 3 steps", "C0202"),
            ("lr = 3%", "C0202"),
            ("warmup = 100%", "C0203"),
            ("warmup = -1%", "C0203"),
            ("warmup = [1%]", "C0201"),
            ("lr_schedule = linearr", "C0105"),
            ('lr_schedule = "linear"', "C0201"),
            ("lr_schedule = 3", "C0201"),
            ("seeds = []", "C0216"),
            ("seeds = [1, 1]", "C0215"),
            ("packing = yes", "C0105"),
            ("penalty = ewc", "C0220"),
            ("example_weights = focal(gamma = -1)", "C0203"),
            ("optimizer = adamw(beta1 = 1.0)", "C0203"),
            ("optimizer = adamw(beta3 = 0.5)", "C0206"),
            ("optimizer = adamw(beta1 = 2 steps)", "C0202"),
            ("lr = route", "C0201"),
        ],
    )
    def test_a_value_that_does_not_fit_is_one_complaint(self, line: str, code: str) -> None:
        assert codes(f"{TWO_ARMS}\ntrain {{\n  {line}\n}}\n") == [code]

    def test_every_mistake_of_a_spec_is_found_in_one_run(self) -> None:
        text = changed(
            TWO_ARMS,
            ("gold = tickets_gold", "gold = tickets_glod"),
            ("order = easy_first", "order = easy_frist"),
            ("limit = 400 steps", "limit = 400 minutes"),
            ("control = baseline", "control = baselin"),
        )
        assert complaints_of(text) == [
            ("C0104", "tickets_glod"),
            ("C0210", "minutes"),
            ("C0701", "baselin"),
            ("C0105", "easy_frist"),
        ]

    def test_a_statement_that_cannot_be_read_is_not_missed_a_second_time(self) -> None:
        assert codes(changed(TWO_ARMS, ("  train = tickets\n", "  train tickets\n"))) == ["C0002"]

    def test_names_are_suggested_among_those_that_fit(self) -> None:
        from currc.compiler.compile import analyse

        text = changed(TWO_ARMS, ("  gold = tickets_gold", "  gold = ticketsgold"))
        (found,) = analyse(text, Vocabulary())[1]
        assert found.fix is not None
        assert found.fix.replacement == "tickets_gold"
        assert found.secondary[0].span.text == "tickets_gold"

    @pytest.mark.parametrize("template", ["{body", "body}", "{}", "{two words}", "{a}{"])
    def test_a_template_has_its_braces_in_pairs_around_names(self, template: str) -> None:
        assert codes(changed(TWO_ARMS, ('prompt = "{body}"', f'prompt = "{template}"'))) == ["C0213"]

    def test_escaped_braces_are_text(self) -> None:
        assert codes(changed(TWO_ARMS, ('prompt = "{body}"', r'prompt = "\{x\} {body}"'))) == []

    def test_a_group_stands_for_its_tasks(self) -> None:
        group = "\ngroup both {\n  tasks = [route, product]\n}\n"
        text = changed(STAGED, ("tasks = [route]", "tasks = [both]")) + group
        assert plan_of(text).arm("other").schedule.segments[0].tasks == ("product", "route")


class TestComponents:
    """Calls bound to the classes of the vocabulary."""

    def mix(self, written: str) -> dict[str, object]:
        return (
            plan_of(changed(TWO_ARMS, ("unimax(epochs = 4)", written)))
            .arm("baseline")
            .schedule.segments[0]
            .mix.parameters
        )

    def test_defaults_are_written_out(self) -> None:
        assert self.mix("unimax") == {"unit": "examples", "floor": 0.0, "cap": 1.0, "epochs": 4.0}

    def test_an_argument_without_a_name_is_the_word_s_own_first_field(self) -> None:
        assert self.mix("unimax(2)") == self.mix("unimax(epochs = 2)") == self.mix("unimax(epochs = 2.0)")

    def test_arguments_of_any_name_are_collected(self) -> None:
        assert self.mix("shares(route = 30%, product = 0.7)")["shares"] == {"route": 0.3, "product": 0.7}

    def test_arguments_of_any_number_are_collected_and_may_be_components(self) -> None:
        by = plan_of(TWO_ARMS).arm("other").schedule.by
        assert by is not None
        assert by.score.parameters == {
            "parts": [{"word": "length", "parameters": PARTS}, {"word": "rarity", "parameters": RARITY}]
        }

    def test_a_column_is_named_bare_or_in_quotes(self) -> None:
        bare = changed(TWO_ARMS, ("mean_of(length, rarity)", "column(level)"))
        quoted = changed(TWO_ARMS, ("mean_of(length, rarity)", 'column(name = "level")'))
        assert plan_of(bare).hash() == plan_of(quoted).hash()

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("mean_of()", "C0207"),
            ("mean_of(lenght)", "C0105"),
            ("mean_of(length(3, 4, 5))", "C0209"),
            ("column(level, higher = better)", "C0205"),
            ("column(3)", "C0205"),
            ("own_loss(decay = 1.0)", "C0203"),
            ("own_loss", "C0204"),
            ("mean_of(own_loss)", "C0317"),
        ],
    )
    def test_a_call_that_does_not_fit_is_reported(self, written: str, code: str) -> None:
        assert code in codes(changed(TWO_ARMS, ("mean_of(length, rarity)", written)))

    def test_calls_nested_without_end_are_refused(self) -> None:
        deep = "mean_of(" * 90 + "length" + ")" * 90
        assert codes(changed(TWO_ARMS, ("mean_of(length, rarity)", deep))) == ["C0031"]

    def test_no_words_of_pydantic_reach_the_user(self) -> None:
        from currc.compiler.compile import analyse

        text = changed(TWO_ARMS, ("unimax(epochs = 4)", "unimax(epochs = 0, floor = 2, unit = tokns)"))
        for found in analyse(text, Vocabulary())[1]:
            said = f"{found.message} {found.primary.text}"
            assert not any(word in said for word in ("Input", "should be", "pydantic", "type="))


PARTS = (
    plan_of(changed(TWO_ARMS, ("mean_of(length, rarity)", "length")))
    .arm("other")
    .schedule.by.score.parameters
)  # type: ignore[union-attr]
RARITY = (
    plan_of(changed(TWO_ARMS, ("mean_of(length, rarity)", "rarity")))
    .arm("other")
    .schedule.by.score.parameters
)  # type: ignore[union-attr]


class TestOrigins:
    """Every value knows where it comes from."""

    TEXT = with_arm(
        "  train.lr = top\n  drop mix",
        changed(TWO_ARMS, ("model student", "let top = 1e-3\n\ntrain {\n  lr = 2e-4\n}\n\nmodel student")),
    )

    def kinds(self, address: str, arm: str | None = None) -> list[str]:
        setting = spec_of(self.TEXT).find(address, arm)
        assert setting is not None
        return [origin.kind for origin in setting.origins]

    def test_a_default_says_so(self) -> None:
        assert self.kinds("train.batch") == ["default"]

    def test_a_written_value_points_at_its_text(self) -> None:
        setting = spec_of(self.TEXT).find("train.lr")
        assert setting is not None
        assert setting.span is not None
        assert setting.span.text == "2e-4"

    def test_an_override_shows_the_constant_and_what_it_overrides(self) -> None:
        assert self.kinds("train.lr", "third") == ["override", "constant", "written"]

    def test_an_arm_inherits_from_its_parent(self) -> None:
        assert self.kinds("mix", "other") == ["inherited", "override", "default"]

    def test_a_drop_leads_back_to_the_default(self) -> None:
        spec = spec_of(self.TEXT)
        assert self.kinds("mix", "third")[0] == "override"
        assert spec.value("mix", "third") == spec.value("mix")

    def test_a_dropped_promotion_leaves_a_stage_that_ends_at_its_max(self) -> None:
        text = STAGED + "\narm fixed extends other {\n  drop school.basics.promote\n}\n"
        assert plan_of(text).arm("fixed").schedule.segments[0].promote is None
        assert plan_of(text).arm("other").schedule.segments[0].promote is not None


class TestFairness:
    """Section 4 of the language: a fair comparison is a type."""

    def test_arms_need_something_that_is_equal_between_them(self) -> None:
        assert codes(changed(TWO_ARMS, ("  match = steps\n", ""))) == ["C0501"]

    def test_one_arm_is_matched_in_the_unit_of_its_limit(self) -> None:
        text = changed(MATERIAL, ("decide {\n  control = baseline\n}\n", "arm only {\n  mix = equal\n}\n"))
        text = changed(
            text,
            ("  match = steps\n", ""),
            ("difficulty reading_load {\n  score = mean_of(length, rarity)\n}\n", ""),
        )
        assert codes(text) == []
        assert plan_of(text).budget.match == "steps"
        assert plan_of(text).decide is None

    @pytest.mark.parametrize("guard", ["route.gold.macro_f1", "tickets_gold.macro_f1", "gold.route.macro_f1"])
    def test_a_guard_never_reads_gold(self, guard: str) -> None:
        assert codes(changed(STAGED, ("when route.macro_f1", f"when {guard}"))) == ["C0308"]

    def test_a_guard_never_asks_a_task_that_has_gold_only(self) -> None:
        scored = changed(
            STAGED,
            ("task product: extract {\n  train = tickets\n", "task product: extract {\n"),
            ("model student: encoder", "model student: causal"),
            ("bundled:minilm-l6/2", "bundled:smollm2-135m"),
        )
        assert codes(changed(scored, ("when route.macro_f1", "when product.token_f1"))) == ["C0308"]

    def test_two_arms_are_equal_also_by_another_name_of_a_schedule(self) -> None:
        twin = GENTLE.replace("gentle", "twin") + "\narm third extends baseline {\n  schedule = twin\n}\n"
        assert complaints_of(TWO_ARMS + twin) == [("C0601", "third")]

    def test_two_arms_are_equal_also_when_one_says_a_default(self) -> None:
        assert complaints_of(with_arm("  weights = equal")) == [("C0601", "third")]

    @pytest.mark.parametrize("mix", ["shares(route = 50%, product = 50%)", "shares(product = 2, route = 2)"])
    def test_two_arms_are_equal_also_when_their_mixes_come_to_the_same_shares(self, mix: str) -> None:
        equal = changed(TWO_ARMS, ("unimax(epochs = 4)", "equal"))
        assert complaints_of(with_arm(f"  mix = {mix}", equal)) == [("C0601", "third")]
        assert codes(with_arm("  mix = shares(route = 51%, product = 49%)", equal)) == []

    def test_arms_that_differ_only_in_a_yet_unused_block_are_equal(self) -> None:
        assert complaints_of(with_arm("  gentle.pacing = linear")) == [("C0601", "third")]

    @pytest.mark.parametrize(
        "path",
        [
            "route.gold = tickets",
            "route.metric = accuracy",
            'route.labels = ["a", "b"]',
            'route.target = "{x}"',
            "budget.limit = 500 steps",
            "evaluate.every = 5%",
            "decide.alpha = 0.1",
            "train.seeds = 3",
            "route.validation = 20%",
            "tickets.sample = 10%",
        ],
    )
    def test_what_makes_the_comparison_fair_is_the_same_for_every_arm(self, path: str) -> None:
        assert codes(with_arm(f"  {path}")) == ["C0611"]

    @pytest.mark.parametrize(
        "path",
        ["train.lr = 1e-4", "route.weight = 2", "student.max_tokens = 64", 'route.prompt = "Read {body}"'],
    )
    def test_anything_else_may_be_a_hypothesis(self, path: str) -> None:
        assert codes(with_arm(f"  {path}")) == []

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("train.lrr = 1", "C0602"),
            ("school.basics.max = 20%", "C0602"),
            ("task.route.weight = 2", "C0602"),
            ("gentle = linear", "C0602"),
            ("lr = 3", "C0602"),
        ],
    )
    def test_an_override_of_nothing_is_an_error(self, path: str, code: str) -> None:
        assert codes(with_arm(f"  {path}")) == [code]

    def test_more_than_one_factor_is_confounded(self) -> None:
        assert codes(with_arm("  train.lr = 1e-4\n  weights = uncertainty")) == ["W0601"]

    def test_a_source_is_not_gold_and_training_at_once(self) -> None:
        assert "C0405" in codes(changed(TWO_ARMS, ("gold = tickets_gold", "gold = tickets")))

    def test_an_ordering_without_its_control_is_a_warning(self) -> None:
        assert codes(changed(TWO_ARMS, ("control = baseline", "control = baseline\n  controls = none"))) == [
            "W0302"
        ]
        listed = changed(TWO_ARMS, ("control = baseline", "control = baseline\n  controls = [random_order]"))
        assert codes(listed) == ["W0703"]

    @pytest.mark.parametrize(("test", "seeds", "code"), [("crossed", 1, ["W0701"]), ("crossed", 2, [])])
    def test_one_seed_is_too_few_for_any_test(self, test: str, seeds: int, code: list[str]) -> None:
        text = changed(TWO_ARMS, ("control = baseline", f"control = baseline\n  test = {test}"))
        assert codes(f"{text}\ntrain {{\n  seeds = {seeds}\n}}\n") == code

    @pytest.mark.parametrize(("arms", "seeds"), [(1, 6), (4, 8)])
    def test_a_permutation_demands_the_seeds_that_its_family_needs(self, arms: int, seeds: int) -> None:
        text = changed(TWO_ARMS, ("control = baseline", "control = baseline\n  test = permutation"))
        more = "".join(
            f"\narm more{i} extends baseline {{\n  train.lr = {i + 1}e-4\n}}\n" for i in range(arms - 1)
        )
        enough = f"{text}{more}\ntrain {{\n  seeds = {seeds}\n}}\n"
        assert codes(enough) == []
        assert codes(changed(enough, (f"seeds = {seeds}", f"seeds = {seeds - 1}"))) == ["C0703"]


class TestDeadOptions:
    """Each option changes the plan or is refused."""

    def test_what_nothing_uses_is_a_warning(self) -> None:
        more = '\nlet unused = 3\n\nsource spare {\n  path = "x.csv"\n}\n'
        assert complaints_of(TWO_ARMS + more) == [("W0102", "unused"), ("W0101", "spare")]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (("pacing = root(start = 20%, full_at = 60%)", "pacing = none"), "C0313"),
            (("order = easy_first", "order = shuffled"), "C0303"),
            (("root(start = 20%, full_at = 60%)", "sequence_length"), "C0313"),
            (("  by = reading_load\n", ""), "C0302"),
            (("task product: extract {", 'task product: extract {\n  labels = ["a"]'), "C0313"),
            (("task product: extract {", "task product: extract {\n  max_new_tokens = 8"), "C0313"),
            (('base = "bundled:minilm-l6/2"', 'base = "bundled:minilm-l6/2"\n  revision = "main"'), "C0313"),
            (
                (
                    'base = "bundled:minilm-l6/2"',
                    'base = "bundled:minilm-l6/2"\n  adapter = lora\n  freeze = [embeddings]',
                ),
                "C0317",
            ),
        ],
    )
    def test_an_option_without_effect_is_an_error(self, change: tuple[str, str], code: str) -> None:
        assert [found for found in codes(changed(TWO_ARMS, change)) if found[0] == "C"] == [code]

    def test_every_attribute_that_cannot_run_yet_is_refused(self) -> None:
        for kind in KINDS.values():
            for attribute in kind.attributes:
                if attribute.later and kind.name in ("schedule", "task"):
                    block = "schedule gentle" if kind.name == "schedule" else "task route: classify"
                    text = changed(TWO_ARMS, (f"{block} {{", f"{block} {{\n  {attribute.example}"))
                    assert "C0220" in codes(text), attribute.name

    def test_every_word_that_cannot_run_yet_is_refused_and_not_taken_for_a_mistake(self) -> None:
        words = Vocabulary()
        later = set(LANGUAGE["combine"]) - set(words.words("combine"))
        assert later
        for word in later:
            assert codes(changed(TWO_ARMS, ("mix = unimax(epochs = 4)", f"combine = {word}"))) == ["C0220"], (
                word
            )

    @pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.later])
    def test_every_kind_that_cannot_run_yet_is_refused(self, kind: str) -> None:
        assert codes(f"{TWO_ARMS}\n{KINDS[kind].example}\n") == ["C0220"]


class TestStages:
    """Section 5: stages, windows and promotions."""

    def test_stage_order_comes_from_after_alone(self) -> None:
        first, second = STAGED.index("  stage basics"), STAGED.index("  stage everything")
        end = STAGED.index("\n}\n", second)
        swapped = STAGED[:first] + STAGED[second:end] + "\n\n" + STAGED[first:second].rstrip() + STAGED[end:]
        assert plan_of(swapped).hash() == plan_of(STAGED).hash()

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (("    max = 30%\n", ""), "C0306"),
            (("    after = basics\n", ""), "C0312"),
            (("    after = basics\n", "    after = basics\n    max = 20%\n"), "C0313"),
            (("    max = 30%\n", "    max = 30%\n    min = 30%\n"), "C0307"),
            (("    max = 30%\n", "    max = 30 examples\n"), "C0202"),
            (("    max = 30%\n", "    max = 30%\n    replay = 10%\n"), "C0313"),
            ((">= 0.70", ">= 1.2"), "C0307"),
            ((">= 0.70", ">= 5 steps"), "C0202"),
            (("when route.macro_f1 >= 0.70", "when 0.7 <= route.macro_f1"), "C0201"),
            (("when route.macro_f1 >= 0.70", "hold = 3 evals"), "C0307"),
            (("when route.macro_f1", "when route.accuracy"), "C0311"),
            (("when route.macro_f1", "when macro_f1"), "C0201"),
            (("  by = reading_load\n\n  stage", "  stage"), "C0301"),
            (("  metric = macro_f1\n", "  metric = macro_f1\n  validation = none\n"), "C0309"),
        ],
    )
    def test_a_stage_that_cannot_work_is_an_error(self, change: tuple[str, str], code: str) -> None:
        assert [found for found in codes(changed(STAGED, change)) if found[0] == "C"] == [code]

    def test_a_circle_of_stages_is_never_reached(self) -> None:
        stage = "  stage {} {{\n    after = {}\n    max = 10%\n  }}\n\n"
        more = stage.format("left", "right") + stage.format("right", "left")
        assert codes(changed(STAGED, ("  stage everything", f"{more}  stage everything"))) == [
            "C0304",
            "C0304",
        ]

    def test_a_stage_after_the_limit_is_never_reached(self) -> None:
        promote = "\n    promote {\n      when route.macro_f1 >= 0.70\n    }\n"
        assert codes(changed(STAGED, ("max = 30%", "max = 100%"))) == []
        assert codes(changed(STAGED, ("max = 30%", "max = 100%"), (promote, ""))) == ["C0304"]

    @pytest.mark.parametrize(
        ("most", "every", "guards", "fits"),
        [
            ("30%", "10%", "", True),
            ("20%", "10%", "", True),
            ("19%", "10%", "", False),
            ("19%", "9.5%", "", True),
            ("100 steps", "50 steps", "", True),
            ("99 steps", "50 steps", "", False),
            ("25%", "50 steps", "", True),
            ("24%", "50 steps", "", False),
            ("19%", "10%", "hold = 1 evals", True),
            ("50%", "10%", "plateau = route.macro_f1", True),
            ("49%", "10%", "plateau = route.macro_f1", False),
            ("49%", "10%", "plateau = route.macro_f1\n      hold = 1 evals", True),
        ],
    )
    def test_a_promotion_has_room_for_the_evaluations_that_it_asks_for(
        self, most: str, every: str, guards: str, fits: bool
    ) -> None:
        text = changed(
            STAGED,
            ("max = 30%", f"max = {most}"),
            ("when route.macro_f1 >= 0.70", guards or "when route.macro_f1 >= 0.70"),
        )
        if guards.startswith("hold"):
            text = changed(text, ("hold", "when route.macro_f1 >= 0.70\n      hold"))
        assert codes(f"{text}\nevaluate {{\n  every = {every}\n}}\n") == ([] if fits else ["C0307"])

    def test_a_later_stage_may_begin_just_before_an_evaluation(self) -> None:
        promote = "    promote {\n      when route.macro_f1 > 0\n"
        middle = f"  stage middle {{\n    after = basics\n    max = 11%\n\n{promote}"
        text = changed(
            STAGED,
            (
                "  stage everything {\n    after = basics",
                f"{middle}    }}\n  }}\n\n  stage everything {{\n    after = middle",
            ),
        )
        assert codes(text) == []
        assert codes(changed(text, ("max = 11%", "max = 10%"))) == ["C0307"]

    @pytest.mark.parametrize(
        ("other", "possible"),
        [
            (">= 0.5", True),
            ("<= 0.7", True),
            ("< 0.7", False),
            ("< 0.6", False),
            ("== 0.7", True),
            ("== 0.6", False),
        ],
    )
    def test_guards_of_one_metric_leave_it_a_value(self, other: str, possible: bool) -> None:
        guards = f"when route.macro_f1 >= 0.70\n      when route.macro_f1 {other}"
        text = changed(STAGED, ("when route.macro_f1 >= 0.70", guards))
        assert codes(text) == ([] if possible else ["C0307"])

    def test_a_task_of_the_arm_that_no_stage_trains_is_a_warning(self) -> None:
        text = changed(STAGED, ("after = basics", "after = basics\n    tasks = [route]"))
        assert complaints_of(text) == [("W0304", "other")]
        alone = "\narm third extends other {\n  tasks = [route]\n}\n"
        own = changed(text, ("control = baseline", "control = baseline\n  metric = route.macro_f1"))
        assert complaints_of(own + alone) == [("W0304", "other")]

    def test_replay_of_rows_that_are_in_the_pool_is_a_warning(self) -> None:
        assert codes(changed(STAGED, ("after = basics", "after = basics\n    replay = 10%"))) == ["W0301"]
        narrow = changed(
            STAGED, ("after = basics", "after = basics\n    take = 40% .. 100%\n    replay = 10%")
        )
        assert codes(narrow) == []

    def test_rules_look_at_a_schedule_as_an_arm_sees_it(self) -> None:
        arm = "\narm third extends other {\n  drop school.basics.max\n}\n"
        assert codes(STAGED + arm) == ["C0306"]

    def test_an_arm_that_leaves_a_stage_without_tasks_is_an_error(self) -> None:
        arm = "\narm third extends other {\n  tasks = [product]\n}\n"
        assert "C0315" in codes(STAGED + arm)


class TestDecide:
    """Section 5: one number, its unit, and the arms that have it."""

    def decided(self, *lines: str) -> list[str]:
        also = ("  metric = macro_f1\n", "  metric = macro_f1\n  also = [loss]\n")
        own = ("  control = baseline\n", "  control = baseline\n" + "".join(f"  {line}\n" for line in lines))
        return codes(changed(TWO_ARMS, also, own))

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (["min_gain = 1%"], []),
            (["min_gain = 0.01"], []),
            (["min_gain = 1"], ["C0706"]),
            (["min_gain = -1%"], ["C0203"]),
            (["min_gain = 1%", "metric = route.loss"], ["C0706"]),
            (["min_gain = 0.1", "metric = route.loss"], []),
            (["min_gain = 1 steps"], ["C0202"]),
            (["metric = mean(route.macro_f1, product.token_f1)"], []),
            (["metric = worst(route.macro_f1, product.token_f1)"], []),
            (["metric = geometric_mean"], []),
            (["metric = mean(route.macro_f1, route.loss)"], ["C0702"]),
            (["metric = median(route.macro_f1)"], ["C0105"]),
            (["metric = mean(route.macro_f1, route.macro_f1)"], ["C0215"]),
            (["metric = product.exact_match"], ["C0311"]),
            (["protect {", "route.macro_f1 = -1%", "}"], []),
            (["protect {", "route.macro_f1 = 1%", "}"], ["C0706"]),
            (["protect {", "route.loss = -1%", "}"], ["C0706"]),
            (["protect {", "route.loss = -0.1", "}"], []),
            (["protect {", "route.exact_match = -1%", "}"], ["C0705"]),
            (["protect {", "rout.macro_f1 = -1%", "}"], ["C0104"]),
            (["race = halving"], ["C0220"]),
            (["references = none"], []),
            (["alpha = 0"], ["C0203"]),
        ],
    )
    def test_the_rule_is_in_the_unit_of_what_it_decides_on(
        self, lines: list[str], expected: list[str]
    ) -> None:
        assert self.decided(*lines) == expected

    def test_what_decides_is_measured_in_every_arm(self) -> None:
        assert codes(with_arm("  tasks = [route]")) == ["C0708"]
        route = changed(TWO_ARMS, ("control = baseline", "control = baseline\n  metric = route.macro_f1"))
        assert codes(with_arm("  tasks = [route]", route)) == []

    def test_arms_need_a_rule_and_a_rule_needs_arms(self) -> None:
        assert codes(changed(TWO_ARMS, ("decide {\n  control = baseline\n}\n", ""))) == ["C0704"]
        other = TWO_ARMS[: TWO_ARMS.index("arm other")]
        assert "C0707" in codes(other)

    @pytest.mark.parametrize(
        ("mix", "expected"),
        [
            ("shares(route = 50%, product = 50%)", []),
            ("shares(route = 50%)", ["C0610"]),
            ("shares(route = 50%, produce = 50%)", ["C0610"]),
        ],
    )
    def test_shares_are_given_to_the_tasks_there_are(self, mix: str, expected: list[str]) -> None:
        assert codes(changed(TWO_ARMS, ("unimax(epochs = 4)", mix))) == expected

    def test_fixed_weights_name_tasks_of_the_arm_and_need_not_name_all(self) -> None:
        assert codes(with_arm("  weights = fixed(route = 2)")) == []
        assert codes(with_arm("  weights = fixed(rout = 2)")) == ["C0610"]


class TestModel:
    def test_an_encoder_writes_no_text(self) -> None:
        assert codes(changed(TWO_ARMS, ("product: extract", "product: summarize"))) == ["C0317"]

    def test_a_causal_model_takes_every_kind_of_task_that_has_a_metric(self) -> None:
        causal = changed(TWO_ARMS, ("student: encoder", "student: causal"))
        assert codes(changed(causal, ("product: extract", "product: summarize"))) == []
        generated = changed(causal, ("product: extract", "product: generate"))
        assert (
            codes(changed(generated, ("control = baseline", "control = baseline\n  metric = route.macro_f1")))
            == []
        )

    @pytest.mark.parametrize(
        ("base", "expected"),
        [
            ("bundled:minilm-l6", []),
            ("./models/small", []),
            ("org/name", ["W0404"]),
            ("../small", ["C0407"]),
            ("/models/small", ["C0407"]),
            ("http://host/model", ["C0408"]),
        ],
    )
    def test_a_base_is_bundled_a_folder_of_the_project_or_a_hub_id(
        self, base: str, expected: list[str]
    ) -> None:
        assert codes(changed(TWO_ARMS, ("bundled:minilm-l6/2", base))) == expected

    def test_there_is_one_model(self) -> None:
        assert codes(
            changed(TWO_ARMS, ('model student: encoder {\n  base = "bundled:minilm-l6/2"\n}\n', ""))
        ) == ["C0606"]
        assert codes(TWO_ARMS + '\nmodel second: causal {\n  base = "bundled:smollm2-135m"\n}\n') == ["C0608"]
