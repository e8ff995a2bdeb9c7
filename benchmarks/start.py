"""What a command costs before it works: CPU time of fresh processes, beside `python -c pass`.

Goals (docs: quality G1, G2): `--help` at most 2.5 times `python -c pass`; `check` of the
quickstart at most 260 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

ROUNDS = 11
HERE = Path(__file__).parent.parent
CURRC = Path(sys.executable).with_name("currc")
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "currc --help": [str(CURRC), "--help"],
    "currc fmt --check": [str(CURRC), "fmt", "--check", "curricula/quickstart.curr"],
    "currc check": [str(CURRC), "check", "curricula/quickstart.curr"],
    "currc plan --no-data": [str(CURRC), "plan", "--no-data", "curricula/quickstart.curr"],
}


def cpu_seconds(command: list[str]) -> float:
    """User and system seconds of one process, its children included."""
    # As after an installation: with .pyc files.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        command, cwd=HERE, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    """Run the cases in turn and print medians and the median of the per-round ratios."""
    rounds = [{name: cpu_seconds(command) for name, command in CASES.items()} for _ in range(ROUNDS)][1:]
    for name in CASES:
        milliseconds = statistics.median(found[name] for found in rounds) * 1000
        ratio = statistics.median(found[name] / found["python -c pass"] for found in rounds)
        print(f"{name:24} {milliseconds:7.1f} ms CPU   {ratio:5.2f} x python -c pass")


if __name__ == "__main__":
    main()
