"""`currc lock`: pin what a spec reads, so that `currc run --locked` refuses anything else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.plan import Plan


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


def warn_of_drift(plan: Plan, spec: Path, *, hub: bool = True) -> None:
    """Warn on standard error where a spec is locked and reads something else; `hub` as for `drifted`."""
    from currc.runtime.engine.curr_lock import lock_in
    from currc.runtime.engine.pinned import drifted

    lock = lock_in(spec.resolve().parent)
    if lock is None or spec.name not in lock.specs:
        return
    bad = drifted(plan, spec, lock, hub=hub)
    if bad is not None:
        print(f"warning: {bad.message}", file=sys.stderr)
