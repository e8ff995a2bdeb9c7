from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# As in a trial; files tested side by side, each with a thread for every core, would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")  # how fast a machine is decides no test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="accept what the golden tests now give")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` looks at each spec itself, and leaves nothing in the home of who tests."""
    monkeypatch.setenv("CURRC_CACHE", "off")
