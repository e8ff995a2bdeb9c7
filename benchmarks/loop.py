"""What our loop costs beside a loop written by hand, and its real tokens beside HF Trainer's defaults.

Goals (quality.md): G5, at most 0.2 ms of CPU time a step over the hand-written loop on the same
batches; G6, 2.9 times the real tokens per CPU-second of HF Trainer's defaults (dynamic padding)
on text of variable length. All by CPU time on one thread, in alternation.

    python benchmarks/loop.py [overhead] [tokens] [profile]
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from toys import TASKS, Trial, law, method, segment, share

STEPS, ROUNDS = 300, 5
BATCH, ROWS = 16, 2000
CASES = {
    "one task, shuffled": {"tasks": TASKS[:1]},
    "three tasks, shuffled": {},
    "three tasks, easy first": {"order": "easy_first", "pacing": "root"},
    "three tasks, uncertainty": {"weights": "uncertainty"},
    "three tasks, in tokens": {"match": "tokens", "order": "easy_first", "pacing": "root"},
}


def trial(
    tasks: tuple[str, ...] = TASKS, order: str = "shuffled", pacing: str = "none", weights: str = "equal",
    match: str = "steps",
) -> Trial:  # fmt: skip
    """A trial of a few dozen weights with everything on but validation."""
    from currc.runtime.vocabulary import Vocabulary

    limit = float(STEPS if match == "steps" else STEPS * BATCH * 3.5)
    one = law(
        segment(tasks, weights=method(weights)),
        tasks=tasks,
        match=match,
        limit=limit,
        batch=BATCH,
        every=share(1.0),
        pacing=Vocabulary().build("pacing", method(pacing)),
    )
    return Trial(one, order=order, sizes=(ROWS,) * len(tasks))


class Clock(list[float]):
    """The CPU time of each step, told as the trial tells its events."""

    def append(self, event: object) -> None:
        super().append(time.process_time())

    def quick(self) -> float:
        """Seconds of a step that nothing disturbed: the lower decile over the steps."""
        return float(np.quantile(np.diff(self), 0.1))


def ours(case: dict[str, Any]) -> tuple[Clock, list[Any]]:
    """Our loop's clock and the batches it saw; making them is part of it."""
    made = trial(**case)
    made.state.enter(made.laws[0])
    feed = made.feed(0)
    made.feed = lambda index: feed  # type: ignore[method-assign]
    made.told = clock = Clock()
    made.stage(0, None, None, dict)
    return clock, made.batches(*[BATCH] * made.cursor.steps)


def by_hand(case: dict[str, Any], batches: list[Any]) -> Clock:
    """The clock of the shortest loop over the same batches, which lie ready."""
    made = trial(**case)
    state = made.state
    parameters = [parameter for _, parameter in state.student.trainable()]
    clock = Clock()
    for batch in batches:
        state.optimizer.zero_grad(set_to_none=True)
        losses = state.student.losses(batch)
        loss = torch.stack([len(batch[task].rows) / BATCH * one for task, one in losses.items()]).sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        state.optimizer.step()
        clock.append(None)
    return clock


def overhead() -> None:
    """Milliseconds a step over the hand-written loop, median over rounds."""
    for name, case in CASES.items():
        found = []
        for _ in range(ROUNDS):
            clock, batches = ours(case)
            found.append((clock.quick(), by_hand(case, batches).quick()))
        more = statistics.median(mine - hand for mine, hand in found) * 1000
        mine, hand = (statistics.median(part) * 1000 for part in zip(*found, strict=True))
        print(f"{name:28} ours {mine:6.3f} ms a step   by hand {hand:6.3f} ms   overhead {more:+.3f} ms")


def profile() -> None:
    """Where our loop's time goes."""
    ours(CASES["three tasks, easy first"])
    watch = cProfile.Profile()
    watch.runcall(ours, CASES["three tasks, easy first"])
    pstats.Stats(watch).sort_stats("tottime").print_stats(25)


# Real tokens

VOCABULARY, LONGEST, TOKENS_A_ROUND = 8000, 256, 20_000


def lengths(count: int, seed: int) -> np.ndarray:
    """Log-normal lengths with median 40: about 53 tokens in the mean, 256 at most."""
    drawn = np.random.default_rng(seed).lognormal(np.log(40), 0.75, count)
    return drawn.clip(4, LONGEST).astype(np.int64)


def causal(folder: Path) -> None:
    """A Llama of 4 layers, width 128, with a tokenizer that can pad."""
    from tiny import llama

    llama(folder)
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=128, intermediate_size=512, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=512,
        bos_token_id=0, eos_token_id=1, pad_token_id=1, tie_word_embeddings=True,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)


def trainer(folder: Path, ids: list[np.ndarray], answers: np.ndarray) -> Callable[[], float]:
    """HF Trainer with its defaults, labels only where answers are; gives tokens per CPU-second."""
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        DataCollatorForSeq2Seq,
        Trainer,
        TrainingArguments,
    )  # fmt: skip

    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [
        {"input_ids": row.tolist(), "attention_mask": [1] * len(row),
         "labels": [-100] * int(first) + row[first:].tolist()}
        for row, first in zip(ids, answers, strict=True)
    ]  # fmt: skip

    def once() -> float:
        model = AutoModelForCausalLM.from_pretrained(folder)
        arguments = TrainingArguments(
            output_dir=str(folder / "out"), per_device_train_batch_size=BATCH, num_train_epochs=1,
            save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True, logging_steps=10_000,
        )  # fmt: skip
        collator = DataCollatorForSeq2Seq(tokenizer)
        made = Trainer(model, arguments, collator, train_dataset=rows)  # type: ignore[arg-type]
        began = time.process_time()
        made.train()
        return sum(map(len, ids)) / (time.process_time() - began)

    return once


def line(folder: Path, ids: list[np.ndarray], answers: np.ndarray, precision: str) -> Callable[[], float]:
    """Our loop and our causal student; gives tokens per CPU-second."""
    from tiny import causal_plan, made, task

    from currc.runtime.data.tokens import Texts, TokenRows
    from currc.runtime.learning.groups import groups
    from currc.runtime.learning.state import TrialState
    from currc.runtime.vocabulary import Vocabulary

    offsets = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
    texts = Texts([f"{i:016x}" for i in range(len(ids))], [""] * len(ids), [""] * len(ids))
    rows = TokenRows(
        "text", "generate", "causal", np.concatenate(ids).astype(np.uint16), offsets,
        answers.astype(np.int32), None, None, 0, texts,
    )  # fmt: skip

    def once() -> float:
        one = law(
            segment(("text",)), tasks=("text",), match="examples", limit=float(len(ids)), batch=BATCH,
            every=share(1.0), lr=5e-5,
        )  # fmt: skip
        trial = Trial(one, sizes=(len(ids),))
        student = made(causal_plan(), folder.parent, {"text": task("generate")}, precision=precision)
        optimizer: Any = Vocabulary().build("optimizer", method("adamw"))
        trial.tokens = {"text": rows}
        trial.state = TrialState(student, optimizer.build(groups(student, {}, 0.0)), one.memories())
        trial.state.enter(one)
        began = time.process_time()
        trial.stage(0, None, None, dict)
        return trial.cursor.tokens / (time.process_time() - began)

    return once


def tokens() -> None:
    """Real tokens per CPU-second, ours over HF Trainer's, median of the per-round ratios."""
    from currc.runtime.learning.models.trunk import resolve_precision

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "llama"
        causal(folder)
        sizes = lengths(TOKENS_A_ROUND // 53, 0)
        rng = np.random.default_rng(1)
        ids = [rng.integers(2, VOCABULARY, size) for size in sizes]
        firsts = {
            "loss on every token": np.ones(len(ids), np.int64),
            "loss on the last fifth": (sizes * 4) // 5,
        }
        for what, answers in firsts.items():
            theirs = trainer(folder, ids, answers)
            for precision in dict.fromkeys(("fp32", resolve_precision("auto"))):
                mine = line(folder, ids, answers, precision)
                found = [(mine(), theirs()) for _ in range(3)]
                ratio = statistics.median(our / their for our, their in found)
                our, their = (statistics.median(part) for part in zip(*found, strict=True))
                print(
                    f"{what}, {precision}: ours {our:,.0f}, "
                    f"HF Trainer {their:,.0f} tokens/cpu-s, {ratio:.2f} x"
                )


def main() -> None:
    torch.set_num_threads(1)
    wanted = sys.argv[1:] or ["overhead", "tokens"]
    for word in wanted:
        {"overhead": overhead, "tokens": tokens, "profile": profile}[word]()


if __name__ == "__main__":
    main()
