"""`currc` whose trials save three times a second, so that tests can end them between two checkpoints."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EVERY = 0.3  # s


def warm(request: Mapping[str, Any]) -> None:
    """In the fork server, before the first trial."""
    from currc.runtime.engine.nodes import train, trial

    train.CHECKPOINT_EVERY = EVERY
    trial.warm(request)


def main() -> int:
    """In the driver: the same engine, warmed by the function above."""
    from currc.runtime.command import main as currc
    from currc.runtime.engine import experiment, local

    def setup(**settings: Any) -> local.Setup:
        here = str(Path(__file__).parent)
        return local.Setup(**{**settings, "warm": "often_saving:warm", "paths": (here,)})

    experiment.Setup = setup  # type: ignore[assignment,misc]
    return currc(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
