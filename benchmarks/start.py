"""What a command costs before it works: CPU time of fresh processes, beside `python -c pass`.

Goals (docs: quality G1 to G3): `--help` and `--version` at most 2.5 times `python -c pass`;
`fmt` at most 60 ms; `check` of the quickstart at most 260 ms, 60 ms where nothing has changed;
`plan --no-data` and `diff` at most 350 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

ROUNDS = 11
HERE = Path(__file__).parent.parent
CURRC = Path(sys.executable).with_name("currc")
CHANGE = "tests/golden/diff/learning_stage_edited"
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "currc --help": [str(CURRC), "--help"],
    "currc --version": [str(CURRC), "--version"],
    "currc fmt --check": [str(CURRC), "fmt", "--check", "curricula/quickstart.curr"],
    "currc check": [str(CURRC), "check", "curricula/quickstart.curr"],
    "currc check, unchanged": [str(CURRC), "check", "curricula/quickstart.curr"],
    "currc explain": [str(CURRC), "explain", "root"],
    "currc plan --no-data": [str(CURRC), "plan", "--no-data", "curricula/quickstart.curr"],
    "currc diff": [str(CURRC), "diff", f"{CHANGE}/before.curr", f"{CHANGE}/after.curr"],
}


def cpu_seconds(command: list[str], remembered: Path | None) -> float:
    """User and system seconds of one process, its children included; answers lie in `remembered`, if any."""
    # As after an installation: with .pyc files.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"XDG_CACHE_HOME": str(remembered), "CURRC_CACHE": "on"} if remembered else {"CURRC_CACHE": "off"}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        command, cwd=HERE, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    """Run the cases in turn and print medians and the median of the per-round ratios."""
    with TemporaryDirectory() as place:
        rounds = [
            {
                name: cpu_seconds(command, Path(place) if "unchanged" in name else None)
                for name, command in CASES.items()
            }
            for _ in range(ROUNDS)
        ][1:]
    for name in CASES:
        milliseconds = statistics.median(found[name] for found in rounds) * 1000
        ratio = statistics.median(found[name] / found["python -c pass"] for found in rounds)
        print(f"{name:24} {milliseconds:7.1f} ms CPU   {ratio:5.2f} x python -c pass")


if __name__ == "__main__":
    main()
