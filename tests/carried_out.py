"""A spec run through the command, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = "import sys; from currc.runtime.command import main; sys.exit(main())"


def ran(spec: Path, runs: Path) -> subprocess.CompletedProcess[str]:
    """How the run of a spec ended, and what it said."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", spec, "--runs", runs, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


def carried_out(spec: Path, runs: Path) -> dict[str, Any]:
    """`results.json` of a spec."""
    done = ran(spec, runs)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
