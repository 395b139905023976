"""Counting lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import HistogramSnapshot
from py_pinger.core.model.history import LoopStats
from py_pinger.engine.checking.scheduler import TICK_SECONDS
from py_pinger.engine.runtime.metrics import BOUNDS, STALL, CheckCounters, Histogram, LoopMeter


def test_what_was_counted() -> None:
    """A length counts for the first bound that it is not beyond; what is beyond all counts last."""
    meter = Histogram((0.5, 2.0))
    for seconds in (0.25, 0.5, 0.75, 64.0):
        meter.add(seconds)
    assert meter.read() == HistogramSnapshot((0.5, 2.0), (2, 1, 1), 65.5)


def test_an_empty_histogram() -> None:
    """Before the first there is nothing; the usual bounds rise."""
    spread = Histogram().read()
    assert spread == HistogramSnapshot(BOUNDS, (0,) * (len(BOUNDS) + 1), 0.0)
    assert list(BOUNDS) == sorted(BOUNDS)


TOOK = timedelta(milliseconds=250)


def test_verdicts_are_counted() -> None:
    """Each verdict counts by its status and cause, with how long the check took."""
    tally = CheckCounters()
    for verdict in (Verdict(Status.OK), Verdict(Status.ERROR, Cause.LATE), Verdict(Status.OK, reason="fine")):
        tally.count(verdict, TOOK)
    assert tally.verdicts() == {(Status.OK, None): 2, (Status.ERROR, Cause.LATE): 1}
    assert (sum(tally.durations.read().counts), tally.durations.read().total) == (3, 0.75)


STARTED = datetime(2026, 5, 3, 12, tzinfo=UTC)

# Seconds of the loop's clock; it can be any number at the start.
START = 7003.25


def meter(*beats: tuple[float, float]) -> LoopMeter:
    """Return a meter that has counted checks: each some seconds after the start, and so late."""
    made = LoopMeter(STARTED, START, TICK_SECONDS)
    for after, late in beats:
        made.start_check(START + after, START + after - late)
    return made


def test_no_check_yet() -> None:
    """Before the first check there is no rate and no lateness."""
    assert meter().read(START) == LoopStats(0.0, 0.0, 0.0, STARTED)


def test_young() -> None:
    """A loop that is younger than a minute is measured by its age."""
    pulse = meter(*[(second / 10, 0.25) for second in range(200)]).read(START + 20)
    assert (pulse.checks_a_second, pulse.lateness_mean, pulse.lateness_worst) == (10.0, 0.25, 0.25)


def test_first_moments() -> None:
    """In its first second a burst of checks does not count as thousands a second."""
    assert meter((0.0, 0.0), (0.0, 0.0)).read(START + 0.001).checks_a_second == 2.0


def test_lateness() -> None:
    """The mean is over the checks, the worst is the latest of them."""
    pulse = meter((1, 0.0), (2, 0.5), (2.5, 1.0)).read(START + 3)
    assert (pulse.lateness_mean, pulse.lateness_worst) == (0.5, 1.0)


@pytest.mark.parametrize("checks", [1, 5])
def test_steady(checks: int) -> None:
    """In the long run the rate is that of the last minute, at any part of a second."""
    beats = [(second + 0.8, 0.0) for second in range(600) for _ in range(checks)]
    for fraction in (0.9, 0.0, 0.5):
        rate = meter(*beats).read(START + 599 + fraction).checks_a_second
        assert rate == pytest.approx(checks, rel=0.04)


def test_old_checks_are_forgotten() -> None:
    """What is more than a minute ago counts no more, whether or not anything came after it."""
    late = meter((1, 9.0), (62, 0.5))
    assert late.read(START + 62).lateness_worst == 0.5
    assert late.read(START + 200).lateness_worst == 0.0


def test_checks_that_move() -> None:
    """Checks are counted as they begin and end; with several under way the last one that ended tells."""
    made = meter()
    seen = []
    for after, move in ((10, "begin"), (20, "begin"), (30, "end"), (40, "end"), (90, "begin")):
        made.start_check(START + after, START + after) if move == "begin" else made.end_check(START + after)
        seen.append((made.under_way, made.completed, made.progressed_at - START))
    assert seen == [(1, 0, 10), (2, 0, 10), (1, 1, 30), (0, 2, 40), (1, 2, 90)]


@pytest.mark.parametrize(
    ("ticks", "asked", "stalled"),
    [
        pytest.param([], 0, 0, id="before the first round"),
        pytest.param([100], 100, 0, id="the start is no round"),
        pytest.param([100, 100 + TICK_SECONDS], 101, 0, id="in time"),
        pytest.param([100, 112 + TICK_SECONDS, 112 + 2 * TICK_SECONDS], 113, 12, id="late"),
        pytest.param([100, 112 + TICK_SECONDS, 113, 115], 116, 12, id="the worst counts"),
        pytest.param([100, 112 + TICK_SECONDS, 172.5], 173, 60.5 - 2 * TICK_SECONDS, id="later still"),
        pytest.param([100, 112 + TICK_SECONDS], 171, 12, id="it is remembered"),
        pytest.param([100, 112 + TICK_SECONDS], 173, 0, id="for a minute"),
    ],
)
def test_stalled(ticks: list[float], asked: float, stalled: float) -> None:
    """A stall of the loop shows for a minute, however many checks there were."""
    made = meter()
    for after in ticks:
        made.tick(START + after)
        made.start_check(START + after, START + after)
    assert made.stalled(START + asked) == pytest.approx(stalled)


@pytest.mark.parametrize(("pause", "moved"), [(STALL - 1, 0), (STALL + 1, STALL + 1 + TICK_SECONDS)])
def test_a_check_over_a_standstill(pause: float, moved: float) -> None:
    """Time in which the loop stood still is not held against the checks under way."""
    made = meter((0, 0))
    for after in (0, pause + TICK_SECONDS):
        made.tick(START + after)
    assert made.progressed_at - START == pytest.approx(moved)


def test_lateness_is_counted_from_the_start() -> None:
    """How late each check began is counted for good, not for the last minute alone."""
    spread = meter((1, 0.0), (600, 0.25), (1200, 90.0)).lateness.read()
    assert (sum(spread.counts), spread.counts[-1], spread.total) == (3, 1, 90.25)
