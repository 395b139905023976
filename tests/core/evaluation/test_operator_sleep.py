"""Sleep that the operator states, against a walk from minute to minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.evaluation.test_scheduled_times import ZONES, changes

from py_pinger.core.evaluation.operator_sleep import applies_to, asleep_at, awake_for, is_past
from py_pinger.core.evaluation.sleep import SleepPeriod, plan
from py_pinger.core.model.check import DailySleep, SleepWindow
from py_pinger.core.model.schedule import OperatorSleep
from py_pinger.core.times import MAX_TIME
from py_pinger.core.wall_clock import MERGED

MINUTE = timedelta(minutes=1)
NIGHT = OperatorSleep("night", "0 22 * * *", timedelta(hours=8), "Europe/Berlin")
WEEKEND = OperatorSleep("weekend", "0 0 * * sat", timedelta(days=2), "Europe/Berlin")


def starts(window: OperatorSleep, since: datetime, until: datetime) -> list[datetime]:
    """Return the minutes at which a window of a plain daily time begins: found by looking at each."""
    assert isinstance(window.start, str)
    minute, hour, *_ = map(int, window.start.split(" ")[:2])
    tz, found, at = ZoneInfo(window.zone), [], since
    done = None
    while at < until:
        local = at.astimezone(tz)
        if local.date() != done and (local.hour, local.minute) >= (hour, minute):
            if done is not None:
                found.append(at)
            done = local.date()
        at += MINUTE
    return found


def walk(window: OperatorSleep, own: tuple[SleepWindow, ...], budget: timedelta, since: datetime) -> datetime:
    """Return the minute at which a task has been awake for `budget`, by looking at each."""
    begun = starts(window, since - timedelta(days=3), since + timedelta(days=6))
    daily, at, awake = plan(own), since, timedelta(0)
    while awake < budget:
        asleep = any(start <= at < start + window.duration for start in begun) or daily.window_at(at)
        awake += timedelta(0) if asleep else MINUTE
        at += MINUTE
    return at


@pytest.mark.parametrize("zone", ZONES)
def test_over_the_changes_of_the_clocks(zone: str) -> None:
    """Awake time agrees with a walk over both changes of the clocks, beside sleep of the page's own."""
    own = (DailySleep(timedelta(hours=11), timedelta(minutes=45)),)
    for change in changes(zone):
        since = change - timedelta(hours=7)
        for window in (
            OperatorSleep("s", "30 1 * * *", timedelta(minutes=150), zone),
            OperatorSleep("s", "0 0 * * *", timedelta(minutes=20), zone),
        ):
            found = awake_for(own, (window,), timedelta(hours=14), since)
            assert found == walk(window, own, timedelta(hours=14), since), (zone, window)


@given(
    st.integers(0, 366 * 1440).map(lambda each: datetime(2026, 1, 1, tzinfo=UTC) + each * MINUTE),
    st.integers(1, 20_000).map(lambda each: each * MINUTE),
)
def test_the_deadline_never_lies_inside_a_window(since: datetime, budget: timedelta) -> None:
    """The deadline is never inside a window, nor earlier than without one, and more time is never less."""
    windows = (NIGHT, WEEKEND)
    deadline = awake_for((), windows, budget, since)
    assert deadline >= since + budget
    period = asleep_at(plan(()), windows, deadline)
    # The last awake minute may end where a window begins.
    assert period is None or period.start == deadline
    assert awake_for((), windows, budget + MINUTE, since) > deadline


@pytest.mark.parametrize(
    ("now", "period"),
    [
        ("2026-11-25T20:59", None),
        ("2026-11-25T21:00", ("2026-11-25T21:00", "2026-11-26T05:00")),
        ("2026-11-26T04:59", ("2026-11-25T21:00", "2026-11-26T05:00")),
        ("2026-11-26T05:00", None),
        ("2026-11-28T12:00", ("2026-11-27T21:00", "2026-11-30T05:00")),
    ],
)
def test_windows_that_touch_are_one(now: str, period: tuple[str, str] | None) -> None:
    """A night before a weekend, the weekend and the night after it are one period."""
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = period and SleepPeriod(*(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in period))
    assert asleep_at(plan(()), (NIGHT, WEEKEND), at) == expected


def test_a_window_without_an_end() -> None:
    """Windows that leave no time awake put the deadline off for good."""
    always = OperatorSleep("always", "0 * * * *", timedelta(hours=1))
    assert awake_for((), (always,), MINUTE, datetime(2026, 1, 1, tzinfo=UTC)) == MAX_TIME


def test_a_single_window() -> None:
    """A window that begins once moves one deadline only."""
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    once = OperatorSleep("once", noon, timedelta(hours=2))
    assert awake_for((), (once,), timedelta(hours=1), noon - timedelta(minutes=30)) == noon + timedelta(
        hours=2, minutes=30
    )
    assert awake_for((), (once,), timedelta(hours=1), noon + timedelta(hours=3)) == noon + timedelta(hours=4)
    assert asleep_at(plan(()), (once,), noon) == SleepPeriod(noon, noon + timedelta(hours=2))


@pytest.mark.parametrize(("server", "applies"), [("db-1", True), ("web-1", False), (None, False)])
def test_servers(server: str | None, *, applies: bool) -> None:
    """A window with servers holds for tasks whose report names one of them."""
    assert applies_to(OperatorSleep("s", "0 0 * * *", MINUTE, servers=("db-*",)), server) is applies


def test_sleep_of_both() -> None:
    """Sleep of the page's own and a window that touches it are one period, from either."""
    evening = plan((DailySleep(timedelta(hours=19), timedelta(hours=2)),))
    whole = SleepPeriod(datetime(2026, 11, 25, 19, tzinfo=UTC), datetime(2026, 11, 26, 5, tzinfo=UTC))
    for hours in (0, 1, 2, 5, 9):
        assert asleep_at(evening, (NIGHT,), whole.start + timedelta(hours=hours)) == whole


def test_how_far_a_period_is_followed() -> None:
    """Windows that touch each other for good are followed for so many windows each way."""
    always, at = OperatorSleep("always", "0 * * * *", timedelta(hours=1)), datetime(2026, 11, 25, tzinfo=UTC)
    far = timedelta(hours=MERGED)
    assert asleep_at(plan(()), (always,), at) == SleepPeriod(at - far, at + far)


def test_the_end_of_the_calendar() -> None:
    """A window that lasts beyond the year 9999 ends with it."""
    last = datetime(9999, 12, 31, 22, tzinfo=UTC)
    night = OperatorSleep("night", "0 22 * * *", timedelta(hours=8))
    assert asleep_at(plan(()), (night,), last + timedelta(hours=1)) == SleepPeriod(last, MAX_TIME)
    assert awake_for((), (night,), timedelta(hours=20), last) == MAX_TIME


@pytest.mark.parametrize(
    ("start", "past"),
    [
        ("0 * * * *", False),
        (datetime(2026, 11, 30, 18, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 19, tzinfo=UTC), False),
    ],
)
def test_past_directly_after_an_occurrence(start: str | datetime, past: object) -> None:
    """A window whose last occurrence ended a moment ago is past only if no other one follows."""
    window = OperatorSleep("w", start, timedelta(hours=1))
    assert is_past(window, datetime(2026, 11, 30, 19, 0, 0, 500_000, tzinfo=UTC)) is past
