"""What a difficulty costs: the order of the rows by their scores, and the scores themselves.

    python benchmarks/difficulty.py [index] [most] [texts] [reference]

Goals (quality.md): G13, the exact order of 1 / 10 / 100 million rows in 0.04 / 1.1 / 12 CPU-seconds,
4 bytes a row (`most` is the last of them, and takes 4 GB); G14, `length` and `rarity` within 2
CPU-seconds per million rows once there are tokens, `reference_loss` at least 4 times a plain loop
over the texts as given. That loop is what a user of transformers writes: batches of 16 in the order
of the file, padded to the longest, `labels` of -100 where nothing is asked, float32. One thread; cases
alternate, figures are medians over rounds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from currc.runtime.curriculum.ascending import ascending
from currc.runtime.curriculum.difficulty import ScoreRows
from currc.runtime.curriculum.ranking import ranked

ROUNDS = 3


def cpu(work: Callable[[], object]) -> float:
    """CPU-seconds of one call."""
    begun = process_time()
    work()
    return process_time() - begun


def beside(cases: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median CPU-seconds of each case over rounds in which they alternate."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, work in cases.items():
            found[name].append(cpu(work))
    return {name: median(seconds) for name, seconds in found.items()}


def index() -> None:
    """The order of 1 and 10 million scores beside numpy's and Python's own sorting."""
    for size in (1_000_000, 10_000_000):
        scores = np.random.default_rng(0).lognormal(size=size)
        single, whole = scores.astype(np.float32), np.floor(scores * 1000)
        signed, few = np.log(scores), np.round(scores, 1)
        cases: dict[str, Callable[[], object]] = {
            "float32": lambda of=single: ascending(of),
            "float64": lambda of=scores: ascending(of),
            "float64, both signs": lambda of=signed: ascending(of),
            "float64, few values": lambda of=few: ascending(of),
            "float64, whole numbers": lambda of=whole: ascending(of),
            "with ties by chance": lambda of=whole: ranked(of, 1, "task"),
            "numpy argsort": lambda of=scores: np.argsort(of, kind="stable"),
        }
        if size <= 1_000_000:
            cases["python sorted"] = lambda of=scores: sorted(range(len(of)), key=of.tolist().__getitem__)
        found = beside(cases)
        for name, seconds in found.items():
            ratio = found["numpy argsort"] / seconds
            print(f"{size:>11,} rows  {name:24} {seconds:7.3f} CPU-s   {ratio:5.2f} x numpy argsort")


def most() -> None:
    """100 million scores: the time, the bytes of the index, the most memory that the process took."""
    scores = np.random.default_rng(0).lognormal(size=100_000_000).astype(np.float32)
    held: list[Any] = []
    seconds = cpu(lambda: held.append(ascending(scores)))
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"100,000,000 rows  {seconds:.1f} CPU-s   {held[0].itemsize} bytes a row   {peak:.1f} GB at most")


def texts() -> None:
    """`length` and `rarity` of a million rows of about 40 tokens that are tokenised already."""
    from currc.runtime.vocabulary import Vocabulary

    rng = np.random.default_rng(0)
    lengths = rng.lognormal(np.log(40), 0.5, 1_000_000).clip(1, 256).astype(np.int64)
    ids = (rng.zipf(1.3, int(lengths.sum())) % 30_000).astype(np.uint16)
    nothing: list[Any] = []
    rows = ScoreRows(
        keys=range(len(lengths)),  # type: ignore[arg-type]
        places=nothing, texts=nothing, targets=nothing, columns=nothing,
        ids=ids, offsets=np.concatenate([[0], np.cumsum(lengths)]), counts=np.bincount(ids),
    )  # fmt: skip
    words = {word: Vocabulary().build("score", {"word": word}) for word in ("length", "rarity")}
    found = beside({word: lambda it=it: it.score(rows) for word, it in words.items()})  # type: ignore[attr-defined]
    for word, seconds in found.items():
        print(f"1,000,000 rows of {lengths.mean():.0f} tokens  {word:8} {seconds:6.3f} CPU-s")


def reference() -> None:
    """`reference_loss` as the engine computes it, beside plain loops: of whole texts, and of answers."""
    for asked in ("whole texts", "answers of a quarter"):
        beside_plain_loops(asked)


def beside_plain_loops(asked: str) -> None:
    import torch
    from loop import causal, lengths
    from tiny import causal_plan, made, task
    from transformers import AutoModelForCausalLM

    from currc.runtime.data.tokens import Texts, TokenRows

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "llama"
        causal(folder)
        sizes = lengths(600, 0)
        ids = [np.random.default_rng(1).integers(2, 8000, size) for size in sizes]
        starts = np.maximum(1, 0 * sizes if asked == "whole texts" else sizes * 3 // 4).astype(np.int32)
        rows = TokenRows(
            "text", "generate", "causal", np.concatenate(ids).astype(np.uint16),
            np.concatenate([[0], np.cumsum(sizes)]), starts, None, None, 0,
            Texts([f"{i:016x}" for i in range(len(ids))], [""] * len(ids), [""] * len(ids)),
        )  # fmt: skip
        student = made(causal_plan(), Path(place), {"text": task("generate")}, precision="fp32")
        plain = AutoModelForCausalLM.from_pretrained(folder).eval()

        texts = [torch.tensor(row) for row in ids]
        labels = [
            torch.where(torch.arange(len(text)) < start, -100, text)
            for text, start in zip(texts, starts.tolist(), strict=True)
        ]

        def one_by_one() -> list[float]:
            with torch.no_grad():
                pairs = zip(texts, labels, strict=True)
                return [float(plain(input_ids=text[None], labels=of[None]).loss) for text, of in pairs]

        def padded() -> None:
            with torch.no_grad():
                for first in range(0, len(ids), 16):
                    batch, of = texts[first : first + 16], labels[first : first + 16]
                    text = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=1)
                    mask = torch.nn.utils.rnn.pad_sequence(
                        [torch.ones_like(row) for row in batch], batch_first=True
                    )
                    wanted = torch.nn.utils.rnn.pad_sequence(of, batch_first=True, padding_value=-100)
                    plain(input_ids=text, attention_mask=mask, labels=wanted)

        ours = student.row_losses(rows, np.arange(len(ids)))
        apart = np.abs(ours - np.array(one_by_one())).max()
        found = beside({
            "one text at a time": one_by_one,
            "16 as given, padded": padded,
            "reference_loss": lambda: student.row_losses(rows, np.arange(len(ids))),
        })  # fmt: skip
    for name, seconds in found.items():
        faster = seconds / found["reference_loss"]
        print(f"{sizes.sum():,} tokens, {asked:20}  {name:20} {seconds:6.2f} CPU-s   {faster:4.2f}")
    print(f"the losses differ by {apart:.1e} at most")


def main() -> None:
    """Run what is named, or all but the largest."""
    for word in sys.argv[1:] or ["index", "texts", "reference"]:
        {"index": index, "most": most, "texts": texts, "reference": reference}[word]()


if __name__ == "__main__":
    main()
