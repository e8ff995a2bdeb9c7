"""A training without tensors: a state that depends on every step, saved now and then."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from currc.compiler.graph import Node
from currc.runtime.engine.context import Context, Diverged, Stopped

SIZE = 4096


def run(node: Node, context: Context) -> None:
    start, state = where_to_start(node, context)
    for step in range(start, node.parameters["steps"]):
        go_wrong(node, step, context)
        state = after(state, node.parameters["seed"], step)
        time.sleep(node.parameters.get("pause", 0.0))
        numbers = {"loss": 1 / (step + 1), "pid": os.getpid(), "start": start}
        context.progress((step + 1) / node.parameters["steps"], **numbers)
        stop = context.stop_requested()
        if stop or (step + 1) % node.parameters.get("every", 3) == 0:
            context.save(step + 1, lambda folder, state=state: keep(folder, state))
        if stop:
            raise Stopped
    context.memory["state"] = state
    keep(context.folder, state)


def where_to_start(node: Node, context: Context) -> tuple[int, bytes]:
    if found := context.latest():
        return found.step, (found.folder / "state.bin").read_bytes()
    rows = (context.input("rows") / "rows.json").read_bytes()
    if "state" in node.inputs:
        return 0, context.memory.get("state") or (context.input("state") / "state.bin").read_bytes()
    return 0, hashlib.sha256(rows).digest() * (SIZE // 32)


def after(state: bytes, seed: int, step: int) -> bytes:
    return hashlib.sha256(state + f"{seed} {step}".encode()).digest() * (SIZE // 32)


def keep(folder: Path, state: bytes) -> None:
    (folder / "state.bin").write_bytes(state)


def go_wrong(node: Node, step: int, context: Context) -> None:
    """Whatever `fault` says, at step `at`."""
    fault = node.parameters.get("fault")
    if fault is None or step != node.parameters["at"]:
        return
    if fault == "diverge":
        raise Diverged("the loss is not finite")
    if fault == "bug":
        raise RuntimeError("we did not think of that")
    if fault == "memory":
        raise MemoryError
    if fault == "hang":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        time.sleep(3600)
    if fault == "leave":
        sys.exit(3)
    if fault == "fill":
        context.save(step, lambda folder: void((folder / "big.bin").write_bytes(bytes(50_000_000))))
    os.kill(os.getpid(), getattr(signal, fault))
    time.sleep(3600)


def void(value: object) -> None:
    """Nothing, of anything."""
