from hypothesis import given, settings
from hypothesis import strategies as st

from currc.compiler.plan import Method, TaskPlan
from currc.runtime.data.rows import Row, draw, row_key
from currc.runtime.data.splits import split, validates, validation_share

ROWS = [Row({"n": n}, row_key({"n": n}), f"t:{n}") for n in range(4000)]

shares = st.floats(0.0, 1.0)


def task(validation: float | str | None) -> TaskPlan:
    return TaskPlan(
        kind="generate",
        train="s",
        gold="g",
        prompt="{n}",
        target="{n}",
        metric=Method(word="loss"),
        validation=validation,
    )


@settings(deadline=None, max_examples=30)
@given(shares)
def test_the_share_is_met_within_binomial_bounds(share: float) -> None:
    train, validation = split(ROWS, share)
    assert len(train) + len(validation) == len(ROWS)
    # 4.9 standard deviations of a binomial number: one run in a million lies outside
    assert abs(len(validation) - share * len(ROWS)) <= 4.9 * (len(ROWS) * share * (1 - share)) ** 0.5 + 1


def test_the_ends() -> None:
    assert split(ROWS, 0.0) == (ROWS, [])
    assert split(ROWS, 1.0) == ([], ROWS)


@settings(deadline=None, max_examples=30)
@given(st.sets(st.integers(0, 3999), max_size=200), st.sets(st.integers(0, 3999), max_size=200), shares)
def test_adding_rows_moves_none(some: set[int], more: set[int], share: float) -> None:
    before, after = split([ROWS[i] for i in some], share), split([ROWS[i] for i in some | more], share)
    for side in (0, 1):
        assert {row.key for row in before[side]} <= {row.key for row in after[side]}


@settings(deadline=None, max_examples=30)
@given(shares, shares)
def test_a_larger_share_keeps_what_a_smaller_one_holds_out(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert {row.key for row in split(ROWS, low)[1]} <= {row.key for row in split(ROWS, high)[1]}


def test_the_order_of_the_rows_is_kept() -> None:
    train, validation = split(ROWS, 0.3)
    assert train == [row for row in ROWS if not validates(row.key, 0.3)]
    assert validation == [row for row in ROWS if validates(row.key, 0.3)]


def test_the_split_is_stable_for_ever() -> None:
    # a change of this number would move rows between the sides of every experiment there is
    assert draw("0123456789abcdef", "validation") == 0.4512015099595823


def test_a_sample_does_not_prefer_one_side() -> None:
    sampled = [row for row in ROWS if draw(row.key, "sample") < 0.2]
    share = len(split(sampled, 0.5)[1]) / len(sampled)
    assert abs(share - 0.5) < 4.9 * (0.25 / len(sampled)) ** 0.5


def test_the_largest_share_of_a_source_rules() -> None:
    assert validation_share([task(0.1), task(0.25), task(None), task("other")]) == 0.25
    assert validation_share([task(None), task("other")]) == 0.0
    assert validation_share([]) == 0.0
