"""Options and fixtures of the fault suite, and the table of what it measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from tests.faults.profile import LONG, SHORT, Profile
from tests.faults.scenario import Scenario, new_scenario

Measure = Callable[[str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for the form of the suite and for its random seed."""
    parser.addoption("--soak", action="store_true", help="the long form of the fault suite")
    parser.addoption("--seed", type=int, help="the random seed of the fault suite")
    parser.addoption("--minutes", type=float, help="the minutes after which the soak of a cluster ends")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of tests that only the long form has."""
    config.addinivalue_line("markers", "long_form: not part of the fault suite's short form")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what only the long form has."""
    if config.getoption("--soak", default=False):
        return
    left_out = [item for item in items if item.get_closest_marker("long_form")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def profile(pytestconfig: pytest.Config) -> Profile:
    """Return how much of each fault there is."""
    return LONG if pytestconfig.getoption("--soak", default=False) else SHORT


@pytest.fixture
def dice(pytestconfig: pytest.Config) -> Random:
    """Return the random generator; its seed is printed, to be given as --seed."""
    seed = pytestconfig.getoption("--seed", default=None)
    if seed is None:
        seed = Random().randrange(10**6)  # noqa: S311 - no secret
    print(f"--seed {seed}")  # noqa: T201 - pytest shows it where a test fails
    return Random(seed)  # noqa: S311 - no secret


@pytest.fixture
def measure(record_property: Callable[[str, object], None]) -> Measure:
    """Return a function that adds a sentence to the table of what was measured."""
    return lambda sentence: record_property("measured", sentence)


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    """Return a scenario: tasks that fail and recover on demand, Slack, and a folder with pinger.ini."""
    with new_scenario(tmp_path) as scenario:
        yield scenario


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured, in the long form."""
    if not config.getoption("--soak", default=False):
        return
    terminalreporter.section("measured")
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for _, sentence in report.user_properties:
            terminalreporter.line(f"{report.nodeid.partition('::')[2]}: {sentence} ({report.outcome})")
