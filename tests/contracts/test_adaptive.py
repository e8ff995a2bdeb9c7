"""What holds for every mix that follows the training, today's and tomorrow's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.adaptive import Adaptive, Seen
from currc.runtime.streams import generator
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word
from tests.contracts.test_balancing import state_of

ADAPTIVE = [mix for mix in every("mix") if isinstance(mix, Adaptive)]
STATE = state_of([500, 90, 2000])
K = len(STATE.tasks)
numbers = st.integers(0, 2**32 - 1)


def story(seed: int, steps: int = 40) -> list[dict[str, Any]]:
    """What a training of so many steps shows: rows by chance, losses that fall, scores at each fifth step."""
    draw = np.random.default_rng(seed)
    level, found = draw.uniform(0.5, 4.0, K), []
    for step in range(1, steps + 1):
        rows = draw.multinomial(8, draw.dirichlet(np.ones(K)))
        losses = np.where(rows > 0, level * draw.uniform(0.9, 1.1, K), np.nan)
        level = level * draw.uniform(0.93, 1.0, K)
        found.append(
            {
                "step": step,
                "progress": step / steps,
                "rows": rows,
                "tokens": rows * draw.integers(3, 9, K),
                "losses": losses,
                "after": losses * draw.uniform(0.9, 1.02, K),
                "affinity": draw.uniform(-0.02, 0.05, (K, K)),
                "level": level,
                "scores": 1.0 - level / 5.0 if step % 5 == 0 else None,
            }
        )
    return found


def told(moment: dict[str, Any], rates: np.ndarray, turn: Sequence[int] = range(K)) -> Seen:
    """One step of a story, with the tasks in another order if wanted."""
    here = {
        key: value[list(turn)] if isinstance(value, np.ndarray) else value for key, value in moment.items()
    }
    after, affinity = here.pop("after"), moment["affinity"][np.ix_(turn, turn)]
    level = here.pop("level")
    here.pop("affinity")
    return Seen(
        **here,
        rates=rates,
        goals=np.ones(K),
        after=lambda: after,
        affinity=lambda: affinity,
        graph=lambda steps: np.maximum(affinity * steps, 0.0),
        held_out=lambda: level,
        chance=generator(1, "mix", moment["step"]),
    )


def follow(
    mix: Adaptive,
    moments: list[dict[str, Any]],
    memory: dict[str, np.ndarray] | None = None,
    turn: Sequence[int] = range(K),
) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """The rates after each step, and the memory at the end."""
    state = state_of(STATE.sizes[list(turn)].tolist(), tasks=tuple(STATE.tasks[i] for i in turn))
    memory = mix.start(state) if memory is None else memory
    rates, found = mix.shared(memory["weights"], state), []
    for moment in moments:
        if mix.learn(memory, told(moment, rates, turn)):
            rates = mix.shared(memory["weights"], state)
        found.append(rates)
    return found, memory


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
@given(numbers)
@settings(max_examples=15, deadline=None)
def test_rates_stay_a_distribution(mix: Adaptive, seed: int) -> None:
    for rates in follow(mix, story(seed))[0]:
        assert rates.shape == (K,)
        assert rates.dtype == np.float64
        assert (rates >= 0.0).all()
        assert rates.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
@given(numbers)
@settings(max_examples=10, deadline=None)
def test_the_same_training_gives_the_same_rates(mix: Adaptive, seed: int) -> None:
    once, again = follow(mix, story(seed))[0], follow(mix, story(seed))[0]
    assert [rates.tobytes() for rates in once] == [rates.tobytes() for rates in again]


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
@given(numbers, st.integers(0, 39))
@settings(max_examples=15, deadline=None)
def test_a_resumed_mix_is_the_uninterrupted_one(mix: Adaptive, seed: int, stop: int) -> None:
    moments = story(seed)
    whole = follow(mix, moments)[0]
    begun, memory = follow(mix, moments[:stop])
    saved = {
        name: np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape).copy()
        for name, array in memory.items()
    }
    rest = follow(mix, moments[stop:], saved)[0]
    # Until the rates are set anew, they are those at which the first part stopped.
    assert [rates.tobytes() for rates in begun + rest] == [rates.tobytes() for rates in whole]


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
@given(numbers, st.permutations(range(K)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_tasks_does_not_matter(mix: Adaptive, seed: int, turn: list[int]) -> None:
    if mix.word() == "aioli":
        pytest.skip("its bursts come in an order by chance: see test_mixes for the law alone")
    here, there = follow(mix, story(seed))[0], follow(mix, story(seed), turn=turn)[0]
    for rates, turned in zip(here, there, strict=True):
        assert turned == pytest.approx(rates[turn], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", [mix.word() for mix in ADAPTIVE])
@given(numbers, st.floats(0.0, 0.3), st.floats(0.4, 1.0))
@settings(max_examples=10, deadline=None)
def test_rates_keep_the_floor_and_the_cap_all_along(name: str, seed: int, floor: float, cap: float) -> None:
    mix = Vocabulary().build("mix", {"word": name, "parameters": {"floor": floor, "cap": cap}})
    assert isinstance(mix, Adaptive)
    for rates in follow(mix, story(seed))[0]:
        assert rates.min() >= floor - 1e-9
        assert rates.max() <= cap + 1e-9


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
def test_rates_move_away_from_those_at_the_start(mix: Adaptive) -> None:
    rates = follow(mix, story(7))[0]
    assert rates[-1] != pytest.approx(mix.rates(STATE), abs=1e-6)


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
def test_the_memory_is_named_arrays_that_can_be_saved(mix: Adaptive) -> None:
    for memory in (mix.start(STATE), follow(mix, story(3))[1]):
        assert memory["weights"].shape == (K,)
        assert all(array.dtype in (np.float64, np.int64) for array in memory.values())


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
def test_what_it_looks_at_is_what_it_says_it_needs(mix: Adaptive) -> None:
    """Without `validation` scores change nothing; losses held out are asked for where they are declared."""
    asked, memory = [], mix.start(STATE)
    rates = mix.shared(memory["weights"], STATE)
    for moment in story(5):
        seen = told(moment, rates)
        read = {
            name: (lambda *given, name=name, seen=seen: asked.append(name) or getattr(seen, name)(*given))  # type: ignore[func-returns-value]
            for name in ("held_out", "graph")
        }
        rest = {name: getattr(seen, name) for name in Seen.__slots__ if name not in read}
        if mix.learn(memory, Seen(**rest, **read)):
            rates = mix.shared(memory["weights"], STATE)
    assert bool(asked) == ("validation_loss" in mix.demands())
    blind = follow(mix, [moment | {"scores": None} for moment in story(5)])[0]
    if "validation" not in mix.demands():
        assert blind[-1] == pytest.approx(rates)
    elif not asked:
        assert blind[-1] == pytest.approx(mix.rates(STATE))


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
def test_forward_passes_are_asked_for_where_they_are_declared(mix: Adaptive) -> None:
    asked, memory = [], mix.start(STATE)
    for moment in story(5):
        seen = told(moment, mix.rates(STATE))
        after = seen.after
        counting = Seen(
            **{name: getattr(seen, name) for name in Seen.__slots__ if name != "after"},
            after=lambda after=after: asked.append(1) or after(),  # type: ignore[func-returns-value,misc]
        )
        mix.learn(memory, counting)
    assert len(asked) == pytest.approx(40 * mix.cost(K).forwards if "loss_after" in mix.demands() else 0)


@pytest.mark.parametrize("mix", ADAPTIVE, ids=word)
def test_the_mix_before_there_is_anything_to_go_by_has_constant_rates(mix: Adaptive) -> None:
    if "begin" in type(mix).model_fields:
        begun = Vocabulary().build("mix", {"word": mix.word(), "parameters": {"begin": {"word": "equal"}}})
        assert isinstance(begun, Adaptive)
        assert begun.rates(STATE) == pytest.approx([1 / 3] * 3)
        for moving in ("odm", "learned"):
            with pytest.raises(ValueError, match="constant rates"):
                Vocabulary().build("mix", {"word": mix.word(), "parameters": {"begin": {"word": moving}}})
