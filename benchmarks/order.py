"""The order of training against numpy's own random choice: draws per CPU-second, and the time to seek.

    python benchmarks/order.py

Cases alternate, by process CPU time; a ratio is the median over the rounds. `choice` only
draws which source comes next, at random; `sources` does that here, exactly; `sources + turns`
says besides how often each source was drawn before, which is what a row is chosen by; `rows`
is everything: the source and the row, by a permutation of each pass.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

from currc.runtime.curriculum.order import Order, Pool
from currc.runtime.curriculum.ordering.easy_first import EasyFirst
from currc.runtime.curriculum.weyl import Weyl

DRAWS = 1_000_000
ROUNDS = 7


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


def turns(order: Order) -> np.ndarray:
    """The sources, and which draw of its source each is."""
    weyl, parts, before = Weyl(order.rates, 1), [], np.zeros(len(order.sources), dtype=np.int64)
    for start in range(0, DRAWS, 16384):
        source = weyl.draw(start, 16384)
        drawn = np.bincount(source, minlength=len(before))
        narrow = source.astype(np.uint8) if len(before) <= 256 else source
        turn = np.empty(16384)
        turn[np.argsort(narrow, kind="stable")] = np.arange(16384) + np.repeat(
            before - np.cumsum(drawn) + drawn, drawn
        )
        before += drawn
        parts.append(turn)
    return np.concatenate(parts)


def mixing(sources: int) -> None:
    fixed, moving = order_of(sources), order_of(sources, moving=True)
    weyl, draw = Weyl(fixed.rates, 1), np.random.default_rng(0)

    def cold(order: Order, fraction: float) -> object:
        order._memo = None
        return order.draws(0, DRAWS, fraction)

    seconds = rounds(
        {
            "choice": lambda: draw.choice(sources, DRAWS, p=fixed.rates),
            "sources": lambda: [weyl.draw(start, 16384) for start in range(0, DRAWS, 16384)],
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


def seeking(sources: int) -> None:
    def seek(position: int) -> Callable[[], object]:
        def work() -> object:
            order._memo = None
            return order.draws(position, 16)

        return work

    order = order_of(sources)
    counts = [median(cpu(lambda: order.counts(5_000_000)) for _ in range(9)) * 1e3]
    found = [median(cpu(seek(position)) for _ in range(9)) * 1e3 for position in (5_000_000, 10**12)]
    replay = cpu(lambda: order.draws(0, DRAWS)) * 1e3 * 5
    print(
        f"K = {sources:4}  seek to draw 5 M {found[0]:.2f} ms, to 10**12 {found[1]:.2f} ms "
        f"(counts alone {counts[0]:.2f} ms); replaying 5 M draws would take {replay:.0f} ms"
    )


def stepping() -> None:
    for name, moving in (("exact passes", False), ("paced", True)):
        order = order_of(4, moving=moving)
        order.draws(0, 16, 0.2)
        begun = process_time()
        for step in range(1000):
            order.draws(16 * step, 16, 0.2 + 1e-4 * step)
        print(f"K =    4  a step of 16 draws, {name}: {(process_time() - begun) * 1e3:.1f} us")


def main() -> None:
    for sources in (10, 1000):
        mixing(sources)
    for sources in (10, 1000):
        seeking(sources)
    stepping()


if __name__ == "__main__":
    main()
