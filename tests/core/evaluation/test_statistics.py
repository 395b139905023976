"""Time well spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.evaluation.statistics import Cadence, cadence, known_time, lateness, tolerance, uptime
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastRun, PastSpan

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def span(started: float, ended: float | None, status: Status = Status.OK) -> PastSpan:
    """Return a span between two hours after noon."""
    return PastSpan(NOON + started * HOUR, None if ended is None else NOON + ended * HOUR, status, None)


def story(statuses: Sequence[Status]) -> list[PastSpan]:
    """Return spans of a minute each, one after the other; the last goes on."""
    moments = [NOON + number * MINUTE for number in range(len(statuses))]
    ends = [later for _, later in pairwise(moments)]
    return [PastSpan(*each, None) for each in zip(moments, [*ends, None], statuses, strict=True)]


@pytest.mark.parametrize(
    ("spans", "share"),
    [
        ([], None),
        ([span(-9, -8), span(10, 11)], None),
        ([span(0, 10, Status.PENDING)], None),
        ([span(0, 10, Status.UNKNOWN)], None),
        ([span(2, None)], 1.0),
        ([span(0, None, Status.SLEEPING)], 1.0),
        ([span(2, None, Status.ERROR)], 0.0),
        ([span(0, 9), span(9, None, Status.ERROR)], 0.9),
        ([span(-50, 5, Status.ERROR), span(5, 60)], 0.5),
        ([span(0, 1), span(7, 10, Status.ERROR)], 0.25),
        ([span(0, 4), span(4, 5, Status.ERROR), span(5, 10, Status.SLEEPING)], 0.9),
        ([span(3, 3, Status.ERROR)], None),
        ([span(3, 2, Status.ERROR), span(4, 5)], 1.0),
    ],
    ids=[
        "no span",
        "none in these hours",
        "pending is not known",
        "unknown is not known",
        "ok goes on",
        "sleeping is up",
        "error goes on",
        "nine hours in ten",
        "cut at both ends",
        "what nobody watched does not count",
        "all together",
        "of no length",
        "of less than no length",
    ],
)
def test_uptime(spans: Sequence[PastSpan], share: float | None) -> None:
    """Ten hours are looked at, and time counts, not checks."""
    assert uptime(spans, NOON, NOON + 10 * HOUR) == share


@given(st.lists(st.sampled_from([Status.OK, Status.SLEEPING, Status.ERROR]), min_size=1, max_size=60))
def test_it_is_what_counting_minutes_gives(statuses: list[Status]) -> None:
    """With a span for each minute, it is the share of minutes that are no error, wherever one looks."""
    since, until = len(statuses) // 3, len(statuses)
    seen = statuses[since:until]
    share = uptime(story(statuses), NOON + since * MINUTE, NOON + until * MINUTE)
    assert share == pytest.approx(sum(each is not Status.ERROR for each in seen) / len(seen))


SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FREQUENCY = 10 * MINUTE


def run(after: timedelta | None) -> PastRun:
    """Return a run that came so long after it was due; None: nothing was due."""
    if after is None:
        return PastRun(NOON, NOON, None, healthy=True, reason=None)
    return PastRun(NOON + after, NOON + after + MINUTE, NOON, healthy=True, reason=None)


@pytest.mark.parametrize(
    ("after", "found", "rate"),
    [
        ([], Cadence(seen=0, on_time=0, late=0, missed=0), None),
        ([None], Cadence(seen=1, on_time=0, late=0, missed=0), None),
        ([None, -MINUTE, 0 * MINUTE], Cadence(seen=3, on_time=2, late=0, missed=0), 1.0),
        ([3 * SECOND, MINUTE], Cadence(seen=2, on_time=2, late=0, missed=0), 1.0),
        ([MINUTE + SECOND], Cadence(seen=1, on_time=0, late=1, missed=0), 0.0),
        ([-MINUTE, 9 * MINUTE], Cadence(seen=2, on_time=1, late=1, missed=0), 0.5),
        ([-MINUTE, 10 * MINUTE], Cadence(seen=2, on_time=1, late=1, missed=1), 1 / 3),
        ([-MINUTE, 25 * MINUTE, 61 * MINUTE], Cadence(seen=3, on_time=1, late=2, missed=8), 1 / 11),
    ],
    ids=[
        "no runs",
        "the first run",
        "in time, and just in time",
        "seconds after, as schedulers are",
        "late by more than is tolerated",
        "late, none missed",
        "a whole frequency late",
        "hours late",
    ],
)
def test_cadence(after: Sequence[timedelta | None], found: Cadence, rate: float | None) -> None:
    """Each run that should have been is on time, late or missed, and nothing else."""
    counted = cadence([run(each) for each in after], FREQUENCY)
    assert (counted, counted.on_time_rate) == (found, rate)


def test_no_frequency() -> None:
    """Where no frequency is known, a run can be late but none can be missed."""
    assert cadence([run(100 * MINUTE)], None) == Cadence(seen=1, on_time=0, late=1, missed=0)


@pytest.mark.parametrize(
    ("frequency", "tolerated"), [(None, MINUTE), (10 * MINUTE, MINUTE), (MINUTE, 30 * SECOND)]
)
def test_tolerance(frequency: timedelta | None, tolerated: timedelta) -> None:
    """A minute is tolerated, but never so much that a missed run of a quick task would not show."""
    assert tolerance(frequency) == tolerated
    assert lateness(run(None), frequency) is None
    assert lateness(run(tolerated), frequency) is None
    assert lateness(run(tolerated + SECOND), frequency) == tolerated + SECOND


@given(st.lists(st.booleans(), max_size=100))
def test_a_schedule_with_holes(came: list[bool]) -> None:
    """Of a schedule kept to the minute, every run that was left out is counted as missed."""
    times = [NOON, *(NOON + number * FREQUENCY for number, ran in enumerate(came, start=1) if ran)]
    dues = [None, *(ran + FREQUENCY for ran in times)]
    runs = [PastRun(ran, ran, due, healthy=True, reason=None) for ran, due in zip(times, dues, strict=False)]
    counted = cadence(runs, FREQUENCY)
    last = max((number for number, ran in enumerate(came, start=1) if ran), default=0)
    assert counted.missed == came[:last].count(False)
    assert counted.on_time + counted.late + counted.missed == last


def test_known_time() -> None:
    """Time in error is known as well as time without; pending, unknown and unmonitored time is not."""
    spans = [span(-5, 1), span(1, 2, Status.ERROR), span(2, 3, Status.UNKNOWN), span(4, 6, Status.SLEEPING)]
    assert known_time(spans, NOON, NOON + 5 * HOUR) == 3 * HOUR
    assert known_time([], NOON, NOON + HOUR) == 0 * HOUR
