"""The order of training against numpy's own random choice: draws per CPU-second, and the time to seek.

    python benchmarks/order.py [ours] [peers]

Goals (quality.md): G11, 50 million draws per CPU-second and at most 5 draws off at any prefix
with 10 and 1,000 sources; G12, 10 ms to seek to any step, at step 10 and step 10 million alike.
Peers (`pip install 'currc[bench]'`) choose the source and give the row; those missing are named.
torchdata and datasets give each source's rows in the order of its data, grain and ours permuted.

Cases alternate, by process CPU time; a ratio is the median over the rounds. `choice` only
draws which source comes next, at random; `sources` does that here, exactly; `sources + turns`
says besides how often each source was drawn before, which is what a row is chosen by; `rows`
is everything: the source and the row, by a permutation of each pass.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from time import process_time

import numpy as np

from currc.runtime.curriculum.order import BLOCK, Order, Pool
from currc.runtime.curriculum.ordering.easy_first import EasyFirst
from currc.runtime.curriculum.passes import following, together
from currc.runtime.curriculum.weyl import Weyl

DRAWS = 1_000_000
ROUNDS = 7
PEER_DRAWS = 10_000
SEEKS = (16 * 10, 16 * 10**7, 10**12)


def cpu(work: Callable[[], object]) -> float:
    """CPU-seconds of one call."""
    begun = process_time()
    work()
    return process_time() - begun


def rounds(cases: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """CPU-seconds of each case in each round, in alternation, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(ROUNDS + 1):
        for name, work in cases.items():
            found = cpu(work)
            if turn:
                seconds[name].append(found)
    return seconds


def order_of(sources: int, *, moving: bool = False) -> Order:
    """Pools of 20,000 to 60,000 rows at rates with a long tail."""
    draw = np.random.default_rng(sources)
    pools = tuple(Pool(f"t{i}", int(size)) for i, size in enumerate(draw.integers(20_000, 60_000, sources)))
    rates = draw.pareto(1.2, sources) + 1e-3
    return Order(1, 0, pools, (rates / rates.sum()).tolist(), ordering=EasyFirst(), moving=moving)


def forget(order: Order) -> None:
    """Drop what an order remembers of its last draws, or a round would time a copy of the one before."""
    order._memo = order._ahead = None


def turns(order: Order) -> np.ndarray:
    """The sources, and which draw of its source each is."""
    weyl, found, before = Weyl(order.rates, 1), np.empty(DRAWS, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for start in range(0, DRAWS, BLOCK):
        source = weyl.draw(start, min(BLOCK, DRAWS - start))
        places, drawn = together(source, len(order.sources))
        found[start : start + BLOCK][places] = following(before, drawn)
        before = before + drawn
    return found


def mixing(sources: int) -> None:
    fixed, moving = order_of(sources), order_of(sources, moving=True)
    weyl, draw = Weyl(fixed.rates, 1), np.random.default_rng(0)

    def cold(order: Order, fraction: float) -> object:
        forget(order)
        return order.draws(0, DRAWS, fraction)

    seconds = rounds(
        {
            "choice": lambda: draw.choice(sources, DRAWS, p=fixed.rates),
            "sources": lambda: [weyl.draw(start, BLOCK) for start in range(0, DRAWS, BLOCK)],
            "sources + turns": lambda: turns(fixed),
            "rows": lambda: cold(fixed, 1.0),
            "rows, paced": lambda: cold(moving, 0.5),
        }
    )
    for name, found in seconds.items():
        ratio = median(base / mine for base, mine in zip(seconds["choice"], found, strict=True))
        print(
            f"K = {sources:4}  {name:16} {DRAWS / median(found) / 1e6:7.1f} M draws/cpu-s"
            f"   {ratio:5.2f} x choice"
        )


def deviation(sources: int) -> None:
    """How far a source is from its share at the worst prefix of all draws."""
    order = order_of(sources)
    drawn = Weyl(order.rates, 1).draw(0, DRAWS)
    at = np.argsort(drawn, kind="stable")
    counts = np.bincount(drawn, minlength=sources)
    turn = np.arange(DRAWS) - np.repeat(np.cumsum(counts) - counts, counts)
    rate = np.repeat(order.rates, counts)
    worst = max(np.abs(turn - rate * at).max(), np.abs(turn + 1 - rate * (at + 1)).max())
    print(f"K = {sources:4}  worst deviation at any of {DRAWS / 1e6:g} M prefixes: {worst:.1f} draws")


def seeking(sources: int) -> None:
    def seek(position: int) -> Callable[[], object]:
        def work() -> object:
            forget(order)
            return order.draws(position, 16)

        return work

    order = order_of(sources)
    counts = [median(cpu(lambda: order.counts(5_000_000)) for _ in range(9)) * 1e3]
    found = [
        median(cpu(seek(position)) for _ in range(9)) * 1e3 for position in (16 * 10, 16 * 10**7, 10**12)
    ]
    replay = cpu(lambda: order.draws(0, DRAWS)) * 1e3 * 5
    print(
        f"K = {sources:4}  seek to step 10 {found[0]:.2f} ms, to step 10 million {found[1]:.2f} ms, "
        f"to draw 10**12 {found[2]:.2f} ms "
        f"(counts alone {counts[0]:.2f} ms); replaying 5 M draws would take {replay:.0f} ms"
    )


def stepping() -> None:
    for name, moving in (("exact passes", False), ("paced, without looking ahead", True)):
        order = order_of(4, moving=moving)
        order.draws(0, 16, 0.2)
        begun = process_time()
        for step in range(1000):
            order.draws(16 * step, 16, 0.2 + 1e-4 * step)
        print(f"K =    4  a step of 16 draws, {name}: {(process_time() - begun) * 1e3:.1f} us")


def of_grain(sources: int, rates: list[float]) -> Callable[[], object]:
    import grain

    parts = [grain.MapDataset.range(20_000).shuffle(seed=i).repeat() for i in range(sources)]
    mixed = grain.MapDataset.mix(parts, weights=rates)
    return lambda: [mixed[i] for i in range(PEER_DRAWS)]


def of_torchdata(sources: int, rates: list[float]) -> Callable[[], object]:
    from torchdata.nodes import IterableWrapper, MultiNodeWeightedSampler

    names = [str(i) for i in range(sources)]
    nodes = {name: IterableWrapper(range(20_000)) for name in names}
    weights = dict(zip(names, rates, strict=True))

    def work() -> object:
        mixed = MultiNodeWeightedSampler(nodes, weights, stop_criteria="CYCLE_FOREVER", seed=1)
        mixed.reset()
        return [next(mixed) for _ in range(PEER_DRAWS)]

    return work


def numbers() -> Iterator[dict[str, int]]:
    yield from ({"row": row} for row in range(20_000))


def of_datasets(sources: int, rates: list[float]) -> Callable[[], object]:
    from datasets import IterableDataset, interleave_datasets

    parts = [IterableDataset.from_generator(numbers) for _ in range(sources)]
    mixed = interleave_datasets(parts, probabilities=rates, seed=1, stopping_strategy="all_exhausted")
    return lambda: list(islice(mixed, PEER_DRAWS))


def peers(sources: int) -> None:
    """Source and row, beside peers that give both."""
    order = order_of(sources)

    def ours() -> object:
        forget(order)
        return order.draws(0, DRAWS)

    base = DRAWS / median(cpu(ours) for _ in range(3))
    for build in (of_grain, of_torchdata, of_datasets):
        name = build.__name__.removeprefix("of_")
        try:
            work = build(sources, list(order.rates))
        except ImportError:
            print(f"K = {sources:4}  {name:10} is not installed")
            continue
        found = PEER_DRAWS / median(cpu(work) for _ in range(3))
        print(f"K = {sources:4}  {name:10} {found / 1e6:8.4f} M draws/cpu-s, ours {base / found:7.0f} x")


def main() -> None:
    asked = sys.argv[1:] or ["ours", "peers"]
    if "peers" in asked:
        for sources in (10, 1000):
            peers(sources)
    if "ours" not in asked:
        return
    for sources in (10, 1000):
        mixing(sources)
        deviation(sources)
    for sources in (10, 1000):
        seeking(sources)
    stepping()


if __name__ == "__main__":
    main()
