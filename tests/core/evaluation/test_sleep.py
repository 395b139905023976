"""Sleep windows and awake time, against an oracle that looks at every single minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from py_pinger.core.evaluation.sleep import SleepPeriod, plan
from py_pinger.core.model.check import DailySleep, SingleSleep, SleepWindow
from py_pinger.core.times import MAX_TIME, MIN_TIME

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
A_DAY = 1440

# The oracle's world: ten days around the leap day of 2024, minute by minute. What is asked of lies in the
# days in the middle; what happens earlier or later still reaches into them.
FIRST = datetime(2024, 2, 25, tzinfo=UTC)
DAYS = 10
MIDDLE = st.integers(3 * A_DAY, 6 * A_DAY)


def at(day_and_time: str) -> datetime:
    """Return a moment of February or March 2024, given as `28 22:00`."""
    return datetime.strptime(f"2024-{day_and_time}+0000", "%Y-%m-%d %H:%M%z")


def daily(start: str, duration: int) -> DailySleep:
    """Return a daily window, its duration in minutes."""
    hours, minutes = map(int, start.split(":"))
    return DailySleep(timedelta(hours=hours, minutes=minutes), duration * MINUTE)


def single(start: str, duration: int) -> SingleSleep:
    """Return a single window, its duration in minutes."""
    return SingleSleep(at(start), duration * MINUTE)


NIGHT = daily("22:00", 450)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((), ["- 02-29 12:00"]),
        ((NIGHT,), ["- 02-28 22:00", "z 02-29 05:30", "- 02-29 12:00"]),
        ((daily("12:00", 60), single("02-28 12:30", 60)), ["z 02-28 13:30", "- 02-29 12:00"]),
        (
            (single("02-28 06:00", 60), single("02-28 20:00", 60)),
            ["- 02-28 20:00", "z 02-28 21:00", "- 02-29 12:00"],
        ),
        ((daily("00:00", A_DAY),), ["z 02-29 12:00"]),
    ],
)
def test_stretches(windows: tuple[SleepWindow, ...], expected: list[str]) -> None:
    """A time is divided where the task falls asleep or wakes; windows that touch are one."""
    parts = plan(windows).stretches(at("02-28 12:00"), at("02-29 12:00"))
    found = [f"{'z' if asleep else '-'} {part.end:%m-%d %H:%M}" for part, asleep in parts]
    assert found == expected


@pytest.mark.parametrize(
    ("windows", "lastrun", "budget", "deadline"),
    [
        ((), "02-28 21:58", 10, "02-28 22:08"),
        ((NIGHT,), "02-28 21:58", 10, "02-29 05:38"),
        ((NIGHT,), "02-28 21:50", 10, "02-28 22:00"),
        ((NIGHT,), "02-28 23:00", 10, "02-29 05:40"),
        ((NIGHT,), "02-28 22:00", 10, "02-29 05:40"),
        ((NIGHT,), "02-29 05:30", 10, "02-29 05:40"),
        ((NIGHT,), "02-28 05:30", 990, "02-28 22:00"),
        ((NIGHT,), "02-28 05:30", 991, "02-29 05:31"),
        ((NIGHT,), "02-28 05:30", 3 * 990, "03-01 22:00"),
        ((NIGHT, daily("23:00", 60)), "02-28 21:58", 10, "02-29 05:38"),
        ((NIGHT, daily("05:30", 30)), "02-28 21:58", 10, "02-29 06:08"),
        ((NIGHT, daily("21:30", 60)), "02-28 21:00", 31, "02-29 05:31"),
        ((daily("00:00", 60), daily("23:00", 60)), "02-28 22:30", 60, "02-29 01:30"),
        ((daily("12:00", 1439),), "02-28 11:59", 2, "02-29 12:00"),
        ((NIGHT, single("02-29 05:00", 60)), "02-28 21:58", 10, "02-29 06:08"),
        ((NIGHT, single("02-28 23:00", 60)), "02-28 21:58", 10, "02-29 05:38"),
        ((single("02-28 00:00", 2880),), "02-27 23:00", 90, "03-01 00:30"),
        ((single("02-28 22:00", 60),), "02-28 21:50", 10, "02-28 22:00"),
        ((single("01-01 00:00", 60),), "02-28 21:58", 10, "02-28 22:08"),
        ((single("03-30 00:00", 60),), "02-28 21:58", 10, "02-28 22:08"),
        ((single("02-28 22:00", 5), single("02-28 22:05", 5)), "02-28 21:58", 10, "02-28 22:18"),
    ],
    ids=[
        "never sleeps",
        "slept through the night",
        "due the moment it falls asleep",
        "ran while asleep",
        "ran as it fell asleep",
        "ran as it woke",
        "a whole day's awake time",
        "a minute more than a day's awake time",
        "three days' awake time over a leap day",
        "a window inside another",
        "a window that touches another",
        "windows that overlap",
        "windows that touch at midnight",
        "awake one minute a day",
        "a single window over the end of a daily one",
        "a single window inside a daily one",
        "a single window of two days over the leap day's eve",
        "due the moment a single window opens",
        "a single window long before",
        "a single window long after",
        "single windows that touch",
    ],
)
def test_the_deadline_counts_awake_time_alone(
    windows: tuple[SleepWindow, ...], lastrun: str, budget: int, deadline: str
) -> None:
    """The deadline is the first moment with enough awake time behind it."""
    assert plan(windows).awake_for(budget * MINUTE, at(lastrun)) == at(deadline)


@pytest.mark.parametrize(
    ("windows", "now", "window"),
    [
        ((), "02-28 22:00", None),
        ((NIGHT,), "02-28 21:59", None),
        ((NIGHT,), "02-28 22:00", ("02-28 22:00", "02-29 05:30")),
        ((NIGHT,), "02-29 00:00", ("02-28 22:00", "02-29 05:30")),
        ((NIGHT,), "02-29 05:29", ("02-28 22:00", "02-29 05:30")),
        ((NIGHT,), "02-29 05:30", None),
        ((NIGHT, daily("05:30", 30)), "02-29 05:45", ("02-28 22:00", "02-29 06:00")),
        ((NIGHT, daily("21:00", 90)), "02-29 02:00", ("02-28 21:00", "02-29 05:30")),
        ((NIGHT, single("02-29 05:30", 990)), "02-29 12:00", ("02-28 22:00", "03-01 05:30")),
        ((NIGHT, single("02-29 01:00", 60)), "02-29 01:30", ("02-28 22:00", "02-29 05:30")),
        ((daily("00:00", 720), single("02-28 12:00", 720)), "02-28 18:00", ("02-28 00:00", "02-29 12:00")),
        ((single("02-28 22:00", 60),), "02-28 23:00", None),
    ],
    ids=[
        "never sleeps",
        "before",
        "at its start",
        "at midnight",
        "before its end",
        "at its end",
        "touching windows are one",
        "overlapping windows are one",
        "a single window joins two nights",
        "a single window inside",
        "a single window between two nights",
        "at a single window's end",
    ],
)
def test_the_window_at_a_moment_is_whole(
    windows: tuple[SleepWindow, ...], now: str, window: tuple[str, str] | None
) -> None:
    """A window starts asleep and ends awake; all that touch it belong to it."""
    expected = window and SleepPeriod(at(window[0]), at(window[1]))
    assert plan(windows).window_at(at(now)) == expected


@pytest.mark.parametrize(
    "windows",
    [
        (daily("00:00", 1440),),
        (daily("13:00", 1440),),
        (daily("13:00", 5000),),
        (daily("00:00", 720), daily("12:00", 720)),
        (daily("18:00", 1000), daily("06:00", 1000)),
    ],
    ids=["midnight to midnight", "any day's length", "days and more", "two halves", "overlapping halves"],
)
def test_who_sleeps_all_day_sleeps_always_and_is_never_due(windows: tuple[SleepWindow, ...]) -> None:
    """Windows that cover the day leave no awake time, however far one looks."""
    assert plan(windows).window_at(at("02-28 12:34")) == SleepPeriod(MIN_TIME, MAX_TIME)
    assert plan(windows).awake_for(MINUTE, at("02-28 12:34")) == MAX_TIME
    assert plan(windows).awake_between(MIN_TIME, MAX_TIME) == timedelta(0)


# The oracle ---------------------------------------------------------------------------------------------


def asleep_by_minute(windows: tuple[SleepWindow, ...]) -> list[bool]:
    """Return for each minute of the oracle's world whether it is slept through."""
    asleep = [False] * (DAYS * A_DAY)
    for window in windows:
        length = window.duration // MINUTE
        if isinstance(window, SingleSleep):
            starts = [(window.start - FIRST) // MINUTE]
        else:
            starts = [day * A_DAY + window.start // MINUTE for day in range(-5, DAYS)]
        for start in starts:
            for minute in range(max(start, 0), min(start + length, len(asleep))):
                asleep[minute] = True
    return asleep


def minute(number: int) -> datetime:
    """Return the moment at which a minute of the oracle's world begins."""
    return FIRST + number * MINUTE


LENGTHS = st.integers(1, 120) | st.integers(1, 2 * A_DAY) | st.sampled_from([450, A_DAY - 1, A_DAY])
DAILY = st.builds(
    DailySleep,
    st.integers(0, A_DAY - 1).map(MINUTE.__mul__),
    LENGTHS.map(MINUTE.__mul__),
)
SINGLE = st.builds(
    SingleSleep,
    st.integers(-A_DAY, DAYS * A_DAY).map(minute),
    LENGTHS.map(MINUTE.__mul__),
)
WINDOWS = st.lists(DAILY | SINGLE, max_size=5).map(tuple)
thorough = settings(deadline=None, max_examples=120)


@thorough
@given(WINDOWS, MIDDLE, st.integers(1, 90) | st.integers(1, 4000))
@example((NIGHT,), 4 * A_DAY + 1318, 10)
def test_the_deadline_is_the_first_minute_with_enough_awake_time(
    windows: tuple[SleepWindow, ...], lastrun: int, budget: int
) -> None:
    """Minute by minute: awake time up to the deadline is the budget, and no earlier moment has it."""
    asleep = asleep_by_minute(windows)
    awake_minutes = [number for number in range(lastrun, len(asleep)) if not asleep[number]]
    deadline = plan(windows).awake_for(budget * MINUTE, minute(lastrun))
    if len(awake_minutes) < budget:
        assert deadline > minute(len(asleep))
        return
    # The last awake minute ends with the deadline, so the deadline is in no window's interior.
    assert deadline == minute(awake_minutes[budget - 1] + 1)


@thorough
@given(WINDOWS, MIDDLE, st.integers(0, 4 * A_DAY))
def test_awake_time_is_the_number_of_awake_minutes(
    windows: tuple[SleepWindow, ...], start: int, length: int
) -> None:
    """Counting and computing agree."""
    awake = sum(not slept for slept in asleep_by_minute(windows)[start : start + length])
    assert plan(windows).awake_between(minute(start), minute(start + length)) == awake * MINUTE


@thorough
@given(WINDOWS, MIDDLE)
@example((NIGHT, single("02-28 05:30", 990)), 4 * A_DAY)
def test_the_window_reaches_as_far_as_one_sleeps(windows: tuple[SleepWindow, ...], now: int) -> None:
    """One is asleep all through the window, awake right before it and at its end."""
    asleep = asleep_by_minute(windows)
    window = plan(windows).window_at(minute(now))
    if not asleep[now]:
        assert window is None
        return
    start = next((number + 1 for number in range(now, -1, -1) if not asleep[number]), 0)
    end = next((number for number in range(now, len(asleep)) if not asleep[number]), len(asleep))
    assert window is not None
    assert window.start == minute(start) if start else window.start <= FIRST
    assert window.end == minute(end) if end < len(asleep) else window.end >= minute(end)


# The whole calendar -------------------------------------------------------------------------------------

MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [
        MIN_TIME,
        MAX_TIME,
        MAX_TIME - TICK,
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(1900, 2, 28, 23, 59, tzinfo=UTC),
    ]
)
ANY_LENGTH = st.timedeltas(TICK, timedelta(days=2)) | st.timedeltas(TICK, timedelta(days=365_250))
ANY_WINDOWS = st.lists(
    st.builds(DailySleep, st.timedeltas(timedelta(0), timedelta(days=1) - TICK), ANY_LENGTH)
    | st.builds(SingleSleep, MOMENTS, ANY_LENGTH),
    max_size=4,
).map(tuple)


@thorough
@given(ANY_WINDOWS, MOMENTS, ANY_LENGTH)
@example((NIGHT,), MIN_TIME, TICK)
@example((NIGHT,), MAX_TIME, TICK)
@example((SingleSleep(MIN_TIME, MINUTE), SingleSleep(MAX_TIME, MINUTE)), MIN_TIME, timedelta(days=365_250))
def test_the_deadline_holds_all_over_the_calendar(
    windows: tuple[SleepWindow, ...], lastrun: datetime, budget: timedelta
) -> None:
    """From year 1 to year 9999: enough awake time, not a microsecond too late, never an overflow."""
    sleep = plan(windows)
    deadline = sleep.awake_for(budget, lastrun)
    if deadline == MAX_TIME:
        assert sleep.awake_between(lastrun, MAX_TIME) <= budget
        return
    assert sleep.awake_between(lastrun, deadline) == budget
    assert sleep.awake_between(lastrun, deadline - TICK) == budget - TICK
    window = sleep.window_at(deadline)
    assert window is None or window.start == deadline


@thorough
@given(ANY_WINDOWS, MOMENTS)
@example((NIGHT,), MIN_TIME)
@example((NIGHT,), MAX_TIME)
@example((daily("00:00", 60),), MIN_TIME)
@example((daily("23:00", 60),), MAX_TIME)
def test_windows_hold_all_over_the_calendar(windows: tuple[SleepWindow, ...], now: datetime) -> None:
    """From year 1 to year 9999: a window holds its moment, is slept through, and has awake borders."""
    sleep = plan(windows)
    window = sleep.window_at(now)
    if window is None:
        tick = min(TICK, MAX_TIME - now)
        assert sleep.awake_between(now, now + tick) == tick
        return
    assert window.start <= now < window.end
    assert sleep.awake_between(window.start, window.end) == timedelta(0)
    assert window.start == MIN_TIME or sleep.awake_between(window.start - TICK, window.start) == TICK
    assert window.end == MAX_TIME or sleep.awake_between(window.end, window.end + TICK) == TICK


def test_the_leap_day_counts_as_any_other() -> None:
    """29 February exists in 2024 and not in 2023; awake time knows."""
    assert plan((NIGHT,)).awake_between(at("02-28 12:00"), at("03-01 12:00")) == 2 * 990 * MINUTE
    february = datetime(2023, 2, 28, 12, tzinfo=UTC), datetime(2023, 3, 1, 12, tzinfo=UTC)
    assert plan((NIGHT,)).awake_between(*february) == 990 * MINUTE
