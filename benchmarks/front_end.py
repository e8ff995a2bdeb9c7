"""How fast a text becomes a tree and a diagnosis, beside PyYAML's pure loader on the same content.

Goals (docs: quality G4): 50,000 lines per CPU-second with spans and complaints, as many at
100,000 lines as at 1,000; a keystroke in a spec of 300 lines costs at most 30 ms.
The limits that keep a stranger's spec small are lifted for the longest text.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from functools import partial

import yaml

from currc.compiler import lexer
from currc.compiler.compile import examine
from currc.compiler.diagnostic import Complaints
from currc.compiler.parse import parse
from currc.compiler.source import Source
from currc.runtime.vocabulary import Vocabulary

SIZES = (1_000, 10_000, 100_000)
PEER_MOST = 10_000
"""Lines that the peer is given at most; it would take minutes for more."""
ROUNDS = 5
TASK = """task t{0}: classify {{
  train = rows
  gold = gold_rows
  prompt = "Which queue should handle this?\\n{{body}}"
  target = "{{queue}}"
  labels = ["billing", "bug", "feature"]
  weight = {1}
  validation = 10%
}}

"""
SAME = """t{0}:
  kind: task
  type: classify
  train: rows
  gold: gold_rows
  prompt: "Which queue should handle this?\\n{{body}}"
  target: "{{queue}}"
  labels: ["billing", "bug", "feature"]
  weight: {1}
  validation: 10%

"""
HEAD = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/2"
}

source rows {
  path = "rows.jsonl"
}

source gold_rows {
  path = "gold.jsonl"
}

budget {
  limit = 400 steps
}

arm baseline {
  mix = equal
}

"""


def spec(lines: int) -> str:
    """A spec of about so many lines."""
    tasks = (lines - HEAD.count("\n")) // TASK.count("\n")
    return HEAD + "".join(TASK.format(number, number % 7 + 1) for number in range(tasks))


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call; nothing is collected meanwhile, as in the commands."""
    gc.collect()
    gc.disable()
    before = time.process_time()
    work()
    took = time.process_time() - before
    gc.enable()
    return took


def tree(text: str) -> None:
    """Read a text, which must be sound."""
    complaints = Complaints()
    parse(Source("bench.curr", text), complaints)
    if len(complaints):
        raise SystemExit(f"the text is not sound: {next(iter(complaints)).message}")


def speeds(lines: int) -> tuple[float, float | None]:
    """Lines per CPU-second, ours and the peer's, medians over rounds in turn."""
    text = spec(lines)
    same = "".join(SAME.format(number, number % 7 + 1) for number in range(lines // SAME.count("\n")))
    ours, peers = [], []
    for _ in range(ROUNDS if lines < SIZES[-1] else 2):
        ours.append(text.count("\n") / seconds(lambda: tree(text)))
        if lines <= PEER_MOST:
            peers.append(same.count("\n") / seconds(lambda: yaml.load(same, Loader=yaml.SafeLoader)))
    return statistics.median(ours), statistics.median(peers) if peers else None


def keystroke() -> float:
    """Milliseconds from an edited text of 300 lines to its complaints, in a process that is warm."""
    text, words = spec(300), Vocabulary()
    times = []
    for number in range(4 * ROUNDS):
        edited = text.replace("limit = 400 steps", f"limit = {400 + number} step")
        times.append(seconds(partial(examine, edited, words)))
    return statistics.median(times[ROUNDS:]) * 1000


def main() -> None:
    """Print lines per CPU-second at each size, beside the peer, and what a keystroke costs."""
    lexer.MOST_BYTES = lexer.MOST_TOKENS = 10**9
    tree(spec(SIZES[0]))  # tables and expressions are made once
    for lines in SIZES:
        ours, peer = speeds(lines)
        beside = f"   {ours / peer:5.1f} x PyYAML's pure loader ({peer:,.0f})" if peer else ""
        print(f"{lines:>7,} lines {ours:>9,.0f} lines per CPU-second{beside}")
    print(f"keystroke to complaints, 300 lines: {keystroke():.1f} ms CPU")


if __name__ == "__main__":
    main()
