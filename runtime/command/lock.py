"""`currc lock`: pin what a spec reads, so that `currc run --locked` refuses anything else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file; `curr.lock` is written into its folder")


def run(options: argparse.Namespace) -> int:
    """Write the pins of a spec into `curr.lock`; those of other specs, and what was accepted, stay."""
    from currc.compiler.pins import NAME, Lock, Pins, drift
    from currc.runtime.command.spec import opened
    from currc.runtime.engine.curr_lock import lock_in, put_lock
    from currc.runtime.engine.pinned import pins_of

    plan = opened(options.spec)
    if plan is None:
        return 1
    folder = options.spec.resolve().parent
    lock = lock_in(folder) or Lock()
    pins = pins_of(plan, folder)
    changes = drift(lock.specs.get(options.spec.name, Pins()), pins)
    put_lock(folder, lock._replace(specs={**lock.specs, options.spec.name: pins}))
    sys.stdout.writelines(f"{line}\n" for line in changes)
    print(f"{NAME}: {len(pins.data)} data files, {len(pins.models)} model", file=sys.stderr)
    return 0
