"""What holds for every mix, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.balancing import Balancing, MixState, bounded, expected_epochs
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import TASKS, every, method, word

MIXES = every("mix")
WORDS = [mix.word() for mix in MIXES]
sizes = st.lists(st.integers(1, 10**6), min_size=1, max_size=8)
lengths = st.floats(1.0, 500.0)


def state_of(
    sizes: list[int],
    *,
    tokens: list[float] | None = None,
    budget: float | None = None,
    drawn: list[int] | None = None,
    in_tokens: bool = False,
    tasks: tuple[str, ...] = TASKS,
) -> MixState:
    """A stage whose budget is, unless given, one pass over all rows."""
    per_row = np.array(tokens or [10.0] * len(sizes))
    units = per_row if in_tokens else np.ones(len(sizes))
    return MixState(
        tasks=tasks[: len(sizes)],
        sizes=np.array(sizes, dtype=np.int64),
        tokens=per_row,
        units=units,
        budget=float(np.array(sizes) @ units) if budget is None else budget,
        drawn=np.array(drawn or [0] * len(sizes), dtype=np.int64),
        before=np.array(sizes) / sum(sizes),
    )


def mix(name: str, **parameters: object) -> Balancing:
    built = Vocabulary().build("mix", {"word": name, "parameters": parameters})
    assert isinstance(built, Balancing)
    return built


@pytest.mark.parametrize("balancing", MIXES, ids=word)
@given(sizes, st.data())
@settings(max_examples=40, deadline=None)
def test_rates_are_a_distribution(balancing: Balancing, sizes: list[int], data: st.DataObject) -> None:
    tokens = data.draw(st.lists(lengths, min_size=len(sizes), max_size=len(sizes)))
    drawn = data.draw(st.lists(st.integers(0, 10**6), min_size=len(sizes), max_size=len(sizes)))
    rates = balancing.rates(state_of(sizes, tokens=tokens, drawn=drawn, in_tokens=data.draw(st.booleans())))
    assert rates.shape == (len(sizes),)
    assert rates.dtype == np.float64
    assert (rates >= 0.0).all()
    assert rates.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("balancing", MIXES, ids=word)
@given(sizes, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_tasks_does_not_matter(balancing: Balancing, sizes: list[int], random) -> None:  # type: ignore[no-untyped-def]
    turn = random.sample(range(len(sizes)), len(sizes))
    here = balancing.rates(state_of(sizes))
    there = balancing.rates(state_of([sizes[i] for i in turn], tasks=tuple(TASKS[i] for i in turn)))
    assert there == pytest.approx(here[turn], rel=1e-9)


@pytest.mark.parametrize("name", WORDS)
@given(sizes, st.floats(0.0, 0.3), st.floats(0.3, 1.0))
@settings(max_examples=40, deadline=None)
def test_rates_keep_the_floor_and_the_cap(name: str, sizes: list[int], floor: float, cap: float) -> None:
    parameters = method("mix", name)["parameters"] | {"floor": floor, "cap": cap}
    rates = mix(name, **parameters).rates(state_of(sizes))
    assert rates.min() >= min(floor, 1 / len(sizes)) - 1e-9
    if (mix(name, **method("mix", name)["parameters"]).rates(state_of(sizes)) > 0).all():
        assert rates.max() <= max(cap, 1 / len(sizes)) + 1e-9


@pytest.mark.parametrize("name", WORDS)
def test_shares_of_tokens_become_shares_of_rows(name: str) -> None:
    parameters = method("mix", name)["parameters"]
    state = state_of([3000, 3000], tokens=[10.0, 40.0])
    by_tokens = mix(name, **parameters, unit="tokens")
    wanted = by_tokens.weigh(state) / by_tokens.weigh(state).sum()
    drawn = by_tokens.rates(state) * state.tokens
    assert drawn / drawn.sum() == pytest.approx(wanted)


CLASSIC = state_of([50_000, 500])
"""Two tasks, 100 to 1, and a budget of one pass over both."""


@pytest.mark.parametrize(
    ("balancing", "share"),
    [
        (mix("proportional"), 0.0099),
        (mix("temperature", t=2.0), 0.091),
        (mix("temperature", t=1 / 0.3), 0.201),
        (mix("alpha"), 0.201),
        (mix("alpha", alpha=0.7), 0.0383),
        (mix("temperature", t=5.0), 0.285),
        (mix("capped", limit=5000), 0.091),
        (mix("unimax", epochs=4), 0.040),
        (mix("unimax", epochs=10), 0.099),
        (mix("unimax", epochs=20), 0.198),
        (mix("equal"), 0.5),
        (mix("shares", shares={"a": 3.0, "b": 1.0}), 0.25),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_the_small_tasks_share_in_the_classic_case(balancing: Balancing, share: float) -> None:
    assert balancing.rates(CLASSIC)[1] == pytest.approx(share, abs=0.0005)


def test_the_classic_case_to_the_last_digit() -> None:
    assert mix("proportional").rates(CLASSIC)[1] == pytest.approx(500 / 50_500)
    assert mix("capped", limit=5000).rates(CLASSIC)[1] == pytest.approx(500 / 5_500)
    assert mix("temperature").rates(CLASSIC)[1] == pytest.approx(1 / 11)
    assert mix("unimax", epochs=4).rates(CLASSIC)[1] == pytest.approx(2_000 / 50_500)


def test_alpha_is_a_temperature_turned_round() -> None:
    state = state_of([7, 900, 50_000])
    for alpha in (0.1, 0.3, 0.7, 1.0):
        assert mix("alpha", alpha=alpha).rates(state) == pytest.approx(
            mix("temperature", t=1 / alpha).rates(state)
        )
    assert mix("alpha", alpha=0.0).rates(state) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("to", "copies"), [(1.0, [100, 1, 3]), (0.5, [50, 1, 2]), (0.1, [10, 1, 1]), (0.001, [1, 1, 1])]
)
def test_upsampling_copies_small_tasks_a_whole_number_of_times(to: float, copies: list[int]) -> None:
    """500 rows beside 50,000 and 20,000: a row is drawn `copies` times for each of the largest task's."""
    sizes = np.array([500, 50_000, 20_000])
    state = state_of(sizes.tolist())
    rates = mix("upsample", to=to).rates(state)
    assert rates == pytest.approx(sizes * copies / (sizes @ np.array(copies)))
    epochs = expected_epochs(rates, state)
    assert epochs / epochs[1] == pytest.approx(copies)


def test_upsampling_counts_in_its_unit() -> None:
    """Equal rows, four times as long: in tokens the second task is the larger, and 1 of 4 copies is whole."""
    state = state_of([100, 100], tokens=[10.0, 40.0])
    assert mix("upsample").rates(state) == pytest.approx([0.5, 0.5])
    by_tokens = mix("upsample", unit="tokens")
    assert by_tokens.weigh(state) == pytest.approx([4_000, 4_000])
    assert by_tokens.rates(state) == pytest.approx([0.8, 0.2])


def test_expected_epochs_are_draws_over_rows() -> None:
    rates = mix("temperature", t=5.0).rates(CLASSIC)
    assert expected_epochs(rates, CLASSIC)[1] == pytest.approx(28.8, abs=0.05)
    assert expected_epochs(rates, CLASSIC, share=0.5) == pytest.approx(expected_epochs(rates, CLASSIC) / 2)
    assert expected_epochs(mix("unimax", epochs=4).rates(CLASSIC), CLASSIC)[1] == pytest.approx(4.0)


def test_expected_epochs_in_tokens_count_rows() -> None:
    """A draw costs 25 tokens on average, so 50,000 tokens are 2,000 draws, 1,000 of each task."""
    state = state_of([1000, 500], tokens=[10.0, 40.0], budget=50_000, in_tokens=True)
    assert expected_epochs(np.array([0.5, 0.5]), state) == pytest.approx([1.0, 2.0])


@given(sizes, st.floats(0.1, 20.0), st.data())
@settings(max_examples=60, deadline=None)
def test_unimax_repeats_no_task_beyond_its_bound(
    sizes: list[int], epochs: float, data: st.DataObject
) -> None:
    tokens = data.draw(st.lists(lengths, min_size=len(sizes), max_size=len(sizes)))
    state = state_of(sizes, tokens=tokens, in_tokens=data.draw(st.booleans()))
    seen = expected_epochs(mix("unimax", epochs=epochs).rates(state), state)
    if epochs >= 1.0:
        assert (seen <= epochs * (1 + 1e-9)).all()
    else:
        # The budget is one pass over everything, more than the bounds allow: the sizes decide.
        assert seen == pytest.approx(np.ones(len(sizes)))


def test_unimax_compares_in_the_unit_of_the_limit() -> None:
    """Equal rows, but the second task's are four times as long: the caps bind at 4 passes of the first."""
    state = state_of([100, 100], tokens=[10.0, 40.0], budget=10_000, in_tokens=True)
    rates = mix("unimax", epochs=4).rates(state)
    used = rates * state.units / (rates @ state.units) * state.budget
    assert used == pytest.approx([4_000, 6_000])


def test_unimax_counts_earlier_draws() -> None:
    """Each is due 500 of 1,000 rows; the first has had 400 of them, so 100 to 500 remain."""
    state = state_of([10_000, 10_000], budget=1_000, drawn=[400, 0])
    assert mix("unimax").rates(state) == pytest.approx([1 / 6, 5 / 6])


def test_shares_ask_for_every_task() -> None:
    with pytest.raises(ValueError, match="no share for `b`"):
        mix("shares", shares={"a": 1.0}).rates(CLASSIC)
    with pytest.raises(ValueError, match="gives nothing"):
        mix("shares", shares={"a": 0.0, "b": 0.0}).rates(CLASSIC)
    assert mix("shares", shares={"a": 1.0, "b": 3.0, "z": 9.0}).rates(CLASSIC) == pytest.approx([0.25, 0.75])


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=8), st.floats(0.0, 0.2), st.floats(0.5, 1.0))
def test_bounded_shares_keep_their_proportions_between_the_bounds(
    weights: list[float], floor: float, cap: float
) -> None:
    shares = bounded(np.array(weights), floor, cap)
    low, high = min(floor, 1 / len(weights)), max(cap, 1 / len(weights))
    free = (shares > low + 1e-9) & (shares < high - 1e-9)
    ratios = (shares / np.array(weights))[free]
    assert ratios == pytest.approx(np.full(free.sum(), ratios.mean() if free.any() else 0.0))
