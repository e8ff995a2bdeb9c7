"""What a spec of the fuzzers goes through, and what must be true of it whatever the spec."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable
from itertools import islice

from currc.compiler.compile import compiled
from currc.compiler.diagnostic import CompileError, Complaints
from currc.compiler.format import format_text
from currc.compiler.mended import mended
from currc.compiler.parse import parse
from currc.compiler.render import concise, full
from currc.compiler.source import Source
from currc.runtime.vocabulary import Vocabulary

LONGEST = 1.0
"""CPU seconds that no spec may take: some hundred times what one takes on a slow machine, so that
only what grows with the square of the spec can get there."""

VOCABULARY = Vocabulary()


def night() -> tuple[int, int]:
    """The seed of a long run, another each time, and how many times the specs of a push it goes through.

    Both can be given as `CURRC_FUZZ_SEED` and `CURRC_FUZZ_TIMES`; a failure shows what they were.
    """
    seed = int(os.environ.get("CURRC_FUZZ_SEED", time.time_ns() // 1_000_000))
    times = int(os.environ.get("CURRC_FUZZ_TIMES", "5"))
    print(f"CURRC_FUZZ_SEED={seed} CURRC_FUZZ_TIMES={times}")
    return seed, times


def read(text: str) -> None:
    """Lex and parse."""
    source, complaints = Source("t.curr", text), Complaints()
    parse(source, complaints)
    say_well(complaints, source)


def settle(text: str) -> None:
    """Compile to a plan, or render the complaints, apply the safe fixes and parse what comes of them.

    What has no errors is formatted too, and means the same after it.
    """
    source = Source("t.curr", text)
    plan, _, complaints = compiled(text, VOCABULARY, name=source.name)
    say_well(complaints, source)
    shown = full(complaints) + concise(complaints)
    assert not any(sign in shown for sign in "\0\x1b\x7f\u202e\u2066"), (
        "a character that steers terminals is shown"
    )
    fixed, applied = mended(source, complaints)
    if applied:
        read(fixed)
    if plan is not None:
        again = compiled(format_text(source), VOCABULARY).plan
        assert again is not None
        assert again.hash() == plan.hash()


def lay_out(text: str) -> None:
    """Lay out, and then once more for nothing; what cannot be read is refused."""
    try:
        once = format_text(Source("t.curr", text))
    except CompileError:
        return
    assert format_text(Source("t.curr", once)) == once


def say_well(complaints: Complaints, source: Source) -> None:
    """Every complaint has words, and a place in the text."""
    for one in complaints:
        assert one.message
        for label in (one.primary, *one.secondary):
            assert 0 <= label.span.start <= label.span.end <= len(source.text)


def survives(work: Callable[[str], None], texts: Iterable[str], number: int) -> None:
    """Do the work on so many texts; the first that it fails at, made small, is the failure."""
    for text in islice(texts, number):
        if problem := trouble(work, text):
            small = smallest(text, lambda one: kind(trouble(work, one)) == kind(problem))
            raise AssertionError(f"{problem}\n--- the spec, made small:\n{small!r}")


def trouble(work: Callable[[str], None], text: str) -> str:
    """What went wrong with a text, the kind of it in the last line; empty where nothing did."""
    start = time.process_time()
    try:
        work(text)
    except Exception:
        return traceback.format_exc().strip()
    took = time.process_time() - start
    return f"more than {LONGEST} CPU-s" if took > LONGEST else ""


def kind(problem: str) -> str:
    """The last line of a trouble up to its first colon: which exception, not about what."""
    return problem.rpartition("\n")[2].partition(":")[0]


def smallest(text: str, fails: Callable[[str], bool]) -> str:
    """A text that fails with as few signs as taking parts out of it leads to."""
    size = len(text) // 2
    while size:
        at = 0
        while at < len(text):
            shorter = text[:at] + text[at + size :]
            if fails(shorter):
                text = shorter
            else:
                at += size
        size //= 2
    return text
