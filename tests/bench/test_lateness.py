"""How late checks come, by their arrivals and the schedule."""

from pathlib import Path

import pytest
from bench.lateness import first_due, lateness, read_arrivals, share


@pytest.mark.parametrize(
    ("place", "tasks", "due"),
    [(0, 10, 0.0), (9, 10, 0.045), (9_999, 10_000, 49.995), (50_000, 100_000, 30.0)],
)
def test_first_checks_are_spread(place: int, tasks: int, due: float) -> None:
    """A few tasks come 5 ms apart, and many fill one interval."""
    assert first_due(place, tasks, 60) == pytest.approx(due)


def test_lateness_is_held_to_the_schedule() -> None:
    """What comes at its place is not late, whatever the clock said at the start."""
    arrivals = {0: [1000.0, 1060.0], 1: [1000.105, 1060.005]}
    assert lateness(arrivals, 2, 60) == pytest.approx([0, 0, 0, 0.1])


def test_a_missed_check_shows() -> None:
    """A task that is left out once is late by an interval from then on."""
    assert lateness({0: [0.0, 60.0, 120.0], 1: [0.005, 120.005]}, 2, 60)[-1] == pytest.approx(60)


def test_a_sampled_task_is_not_measured() -> None:
    """A task that was probed before its time is neither early nor late afterwards."""
    punctual = {place: [place * 0.005, place * 0.005 + 60] for place in range(0, 8000, 400)}
    late = lateness({**punctual, 8000: [17.0, 40.0, 77.0, 100.2]}, 12_000, 60)
    assert late == pytest.approx([0.0] * 41 + [0.2], abs=1e-6)


def test_arrivals_are_read(tmp_path: Path) -> None:
    """Each line of the log is a moment and the path of a page, which ends with its number."""
    log = tmp_path / "log"
    log.write_text("10.5 /healthy/3\n11.5 /healthy/4\n70.5 /healthy/3\n", "utf-8")
    assert read_arrivals(log) == {3: [10.5, 70.5], 4: [11.5]}


@pytest.mark.parametrize(("part", "value"), [(0.5, 51), (0.99, 100), (1.0, 100), (0.0, 1)])
def test_a_share_of_all(part: float, value: int) -> None:
    """The value below which so large a part of all lies."""
    assert share(range(1, 101), part) == value
