"""Replaying a story: under the settings it was watched with, it is told as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.simulated_task import HOUR, MINUTE, SECOND, START, URL, Outage, World, remembered, told

from py_pinger.core.model.check import Cause, DailySleep, Status, Verdict
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.notification.route import Route
from py_pinger.core.replay.conditions import Conditions
from py_pinger.core.replay.periods import Periods
from py_pinger.core.replay.reconstruction import reconstruct
from py_pinger.core.replay.replay import replay
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.suppression.maintenance import Occurrence
from py_pinger.core.suppression.silence import TaskLabels

LENGTH = 12 * HOUR
MOMENTS = st.integers(0, int(LENGTH / SECOND)).map(lambda seconds: START + seconds * SECOND)
LENGTHS = st.integers(1, 8 * 3600).map(lambda seconds: seconds * SECOND)
SHORT = st.integers(1, 1200).map(lambda seconds: seconds * SECOND)
CAUSES = st.sampled_from([Cause.UNREACHABLE, Cause.HTTP, Cause.INVALID])
WINDOWS = st.builds(DailySleep, st.integers(0, 1439).map(lambda m: m * MINUTE), LENGTHS)


SCHEDULES = (None, None, None, Schedule("*/20 * * * *", "Asia/Kolkata"), Schedule("30 */3 * * *"))
LUNCH = OperatorSleep("lunch", "45 */5 * * *", 50 * MINUTE)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw what happens to a task in half a day."""
    frequency = draw(st.sampled_from([5, 10, 60, 360])) * MINUTE
    runs: list[tuple[datetime, bool]] = []
    at = START - draw(st.integers(0, 600)) * SECOND
    while at < START + LENGTH and len(runs) < 60:
        runs.append((at, draw(st.integers(0, 9)) > 0))
        at += frequency * draw(st.sampled_from([0.5, 0.9, 1.0, 1.0, 1.01, 1.2, 2.5]))
    outages = sorted(draw(st.lists(st.tuples(MOMENTS, SHORT | LENGTHS, CAUSES), max_size=4)))
    away = draw(st.lists(st.integers(600, 20_000), min_size=2, max_size=2) | st.just([]))
    return World(
        runs=runs,
        frequency=frequency,
        sleep=tuple(draw(st.lists(WINDOWS, max_size=2))),
        outages=[Outage(*each) for each in outages],
        absences=[
            (START + number * 6 * HOUR + MINUTE, length * SECOND) for number, length in enumerate(away)
        ],
        length=LENGTH,
        schedule=draw(st.sampled_from(SCHEDULES)),
    )


TASKS = st.builds(
    Task,
    st.just(URL),
    st.just(URL),
    interval=st.sampled_from([60, 60, 300]).map(lambda seconds: seconds * SECOND),
    error_interval=st.sampled_from([60, 480]).map(lambda seconds: seconds * SECOND),
    grace=st.sampled_from([0, 0, 3]).map(lambda minutes: minutes * MINUTE),
    remind=st.sampled_from([None, 30, 240]).map(lambda minutes: minutes and minutes * MINUTE),
    expectations=st.builds(
        Expectations, schedule=st.sampled_from(SCHEDULES), sleep=st.sampled_from([(), (), (LUNCH,)])
    ),
)


def words(notices: Iterable[Notice]) -> list[tuple[object, ...]]:
    """Return of notices what people would notice."""
    return [(each.kind, each.at, each.opened, each.cause, each.reason) for each in notices]


@settings(max_examples=15)
@given(worlds(), TASKS, st.integers(0, 59))
def test_the_same_settings_give_the_same_notices(world: World, task: Task, phase: int) -> None:
    """A simulated history, replayed with its own settings, gives exactly its notices."""
    steps = world.watched(task, phase * SECOND)
    past = remembered(steps, world)
    assert words(told(replay(reconstruct(past, task), task))) == words(told(steps))


PLAIN = Expectations()
PERIODS = st.lists(
    st.builds(lambda start, length: Occurrence(start, start + length), MOMENTS, LENGTHS), max_size=2
)
CONDITIONS = st.builds(
    lambda levels, silenced, inhibited: Conditions(
        TaskLabels(URL),
        tuple(Route(f"after {level}", after=level * MINUTE) for level in levels),
        Periods.joined(silenced),
        Periods.joined(inhibited),
    ),
    st.lists(st.sampled_from([7, 30, 90]), max_size=2),
    PERIODS,
    PERIODS,
)


@settings(max_examples=15)
@given(worlds(), TASKS, st.sampled_from([0, 4, 45]), CONDITIONS)
def test_the_same_conditions_give_the_same_notices(
    world: World, task: Task, patience: int, conditions: Conditions
) -> None:
    """With patience, suppressions and channels that come later, a replay gives the same beginnings and ends.

    Whether a check fell into a short silence, after which a reminder follows, is not in the history.
    """
    # Schedules are tried above, and take long. After an absence a failure is confirmed before it is notified,
    # which a replay knows only of incidents that open then.
    world = replace(world, schedule=None, absences=[])
    task = replace(task, patience=patience * MINUTE, expectations=PLAIN)
    steps = world.watched(task, timedelta(0), conditions)
    past = remembered(steps, world)
    again = replay(reconstruct(past, task), task, conditions=conditions)
    ours, theirs = (
        words(each for each in told(found) if each.kind in (NoticeKind.FAILED, NoticeKind.RECOVERED))
        for found in (again, steps)
    )
    assert ours == theirs


NOON = START + 12 * HOUR
HOURLY = tuple((START + hour * HOUR + 20 * SECOND, True) for hour in range(24))
USUAL = Task(URL, URL)


def ran(*missing: int, failed: tuple[int, ...] = ()) -> list[tuple[datetime, bool]]:
    """Return the runs of a day, one each hour but for some."""
    return [(at, hour not in failed) for hour, (at, _) in enumerate(HOURLY) if hour not in missing]


def otherwise(world: World, watched: Task, **other: object) -> list[str]:
    """Return what people would have been told under other settings: the kind, and when."""
    task = replace(watched, **other)  # type: ignore[arg-type]
    retimed = task.expectations != watched.expectations
    past = remembered(world.watched(watched, timedelta(0)), world, whole=retimed)
    keen = task.interval < watched.interval or task.grace < watched.grace or retimed
    when = task.expectations if retimed else Expectations()
    notices = told(replay(reconstruct(past, watched, stricter=keen), task, when))
    return [f"{each.kind} {each.at:%H:%M:%S}" for each in notices]


# Long enough for all that noon has brought about to end.
DAY_WATCHED = 16 * HOUR

# The run of 12 o'clock never came: late from 12:00:20 on, until the run at 13:00:20.
LATE = World(runs=ran(12), frequency=HOUR, length=DAY_WATCHED)
# The run of 12 o'clock said error.
FAILED = World(runs=ran(failed=(12,)), frequency=HOUR, length=DAY_WATCHED)
# Nobody answered for four minutes just after noon.
SHORT_OUTAGE = World(
    runs=HOURLY,
    frequency=2 * HOUR,
    outages=[Outage(NOON + 2 * MINUTE, 4 * MINUTE, Cause.UNREACHABLE)],
    length=DAY_WATCHED,
)
# The run of 12 o'clock was twenty seconds late, between two checks.
SECONDS_LATE = World(runs=sorted([*ran(12), (NOON + 40 * SECOND, True)]), frequency=HOUR, length=DAY_WATCHED)


@pytest.mark.parametrize(
    ("world", "other", "told"),
    [
        (LATE, {}, ["failed 12:01:00", "recovered 13:05:00"]),
        (LATE, {"grace": 30 * MINUTE}, ["failed 12:31:00", "recovered 13:05:00"]),
        (LATE, {"grace": HOUR}, []),
        (
            LATE,
            {"remind": 20 * MINUTE},
            ["failed 12:01:00", "reminder 12:25:00", "reminder 12:49:00", "recovered 13:05:00"],
        ),
        (LATE, {"error_interval": MINUTE}, ["failed 12:01:00", "recovered 13:01:00"]),
        (LATE, {"error_interval": 20 * MINUTE}, ["failed 12:01:00", "recovered 13:01:00"]),
        (LATE, {"interval": 10 * MINUTE}, ["failed 12:10:00", "recovered 13:05:00"]),
        (FAILED, {}, ["failed 12:01:00", "recovered 13:05:00"]),
        (FAILED, {"grace": HOUR}, ["failed 12:01:00", "recovered 13:05:00"]),
        (FAILED, {"error_interval": MINUTE}, ["failed 12:01:00", "recovered 13:01:00"]),
        (SHORT_OUTAGE, {}, ["failed 12:02:00", "recovered 12:10:00"]),
        (SHORT_OUTAGE, {"interval": 10 * MINUTE}, []),
        (SECONDS_LATE, {}, []),
        (SECONDS_LATE, {"interval": 10 * SECOND}, ["failed 12:00:30", "recovered 12:08:30"]),
    ],
)
def test_other_settings(world: World, other: dict[str, object], told: list[str]) -> None:
    """Other settings tell what they would have told, as far as history knows."""
    assert otherwise(world, USUAL, **other) == told


EVEN_HOURS = Schedule("0 */2 * * *", "UTC", "0 */2 * * *")
EVERY_HOUR = Schedule("0 * * * *", "UTC", "0 * * * *")
AFTERNOON = OperatorSleep("afternoon", "30 11 * * *", 4 * HOUR)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # By the schedule it was evaluated by, whatever the grace.
        (Expectations(schedule=EVERY_HOUR), {}, ["failed 12:01:00", "recovered 13:05:00"]),
        (Expectations(schedule=EVERY_HOUR), {"grace": HOUR}, []),
        # A schedule, a frequency or sleep that is tried.
        (
            Expectations(),
            {"expectations": Expectations(schedule=EVEN_HOURS)},
            ["failed 12:01:00", "recovered 13:05:00"],
        ),
        (Expectations(), {"expectations": Expectations(2 * HOUR)}, []),
        (Expectations(), {"expectations": Expectations(sleep=(AFTERNOON,))}, []),
        (Expectations(sleep=(AFTERNOON,)), {}, []),
        (
            Expectations(sleep=(AFTERNOON,)),
            {"expectations": Expectations()},
            ["failed 12:01:00", "recovered 13:05:00"],
        ),
    ],
)
def test_other_times(before: Expectations, after: dict[str, object], told: list[str]) -> None:
    """A schedule, a frequency and sleep of the settings are tried on the past as well."""
    assert otherwise(LATE, replace(USUAL, expectations=before), **after) == told


NIGHT = (DailySleep(22 * HOUR, 450 * MINUTE),)
# Asleep from 22:00 to 05:30, and it fails before and after.
SLEEPER = World(
    runs=[(START + 21 * HOUR, False), (START + 30 * HOUR, True)],
    frequency=30 * HOUR,
    sleep=NIGHT,
    length=40 * HOUR,
)


def forgotten(past: TaskHistory) -> TaskHistory:
    """Return a past of which nothing is known but what was seen."""
    return replace(past, sleep=(), arrivals=(), state=replace(past.state, verdict=Verdict(Status.PENDING)))


@pytest.mark.parametrize("world", [SLEEPER, LATE, SHORT_OUTAGE])
def test_what_was_seen_is_enough(world: World) -> None:
    """Where the page of then is not known any more, what was seen decides, and the same is told."""
    steps = world.watched(USUAL, timedelta(0))
    past = forgotten(remembered(steps, world))
    assert words(told(replay(reconstruct(past, USUAL), USUAL))) == words(told(steps))


def test_sleep_that_was_changed() -> None:
    """Where a page says other windows than it was seen to keep, those that were seen count."""
    steps = SLEEPER.watched(USUAL, timedelta(0))
    past = replace(remembered(steps, SLEEPER), sleep=(DailySleep(8 * HOUR, HOUR),))
    assert words(told(replay(reconstruct(past, USUAL), USUAL))) == words(told(steps))


def test_a_schedule_that_was_changed() -> None:
    """Where deadlines disagree with the schedule of the last verdict, the frequency that they show counts."""
    task = replace(USUAL, expectations=Expectations(schedule=EVERY_HOUR))
    steps = LATE.watched(task, timedelta(0))
    past = remembered(steps, LATE, whole=True)
    verdict = replace(past.state.verdict, schedule=Schedule("30 4 * * *"))
    past = replace(past, state=replace(past.state, verdict=verdict))
    again, then = told(replay(reconstruct(past, task), task)), told(steps)
    assert [(each.kind, each.at) for each in again] == [(each.kind, each.at) for each in then]


def test_nothing_was_ever_seen() -> None:
    """A task of which there is no history has no story, and nothing would have been told of it."""
    assert replay(reconstruct(TaskHistory(URL, START, TaskState()), USUAL), USUAL) == ()


def test_no_page_ever() -> None:
    """A task that never answered fails once, and is reminded of as it is set."""
    world = World(runs=(), frequency=HOUR, outages=[Outage(START, 9 * HOUR, Cause.HTTP)], length=9 * HOUR)
    assert otherwise(world, USUAL) == ["failed 00:00:00", "reminder 04:00:00", "reminder 08:00:00"]
    assert otherwise(world, USUAL, remind=None) == ["failed 00:00:00"]


def test_offlineed() -> None:
    """While Py Pinger doubted itself, nothing is told, and what was told before goes on after it."""
    spans = (
        PastSpan(START, START + HOUR, Status.OK, None),
        PastSpan(START + HOUR, START + 2 * HOUR, Status.UNKNOWN, None),
        PastSpan(START + 2 * HOUR, None, Status.OK, None),
    )
    past = TaskHistory(URL, START, TaskState(checked_at=START + 3 * HOUR), spans=spans)
    assert told(replay(reconstruct(past, USUAL), USUAL)) == []


@pytest.mark.parametrize(
    ("opened", "notices"),
    [((), []), ((START + HOUR + 5 * MINUTE,), ["failed 01:05:00"])],
    ids=["none", "later"],
)
def test_an_error_before_its_incident(opened: tuple[datetime, ...], notices: list[str]) -> None:
    """An error is notified from when its incident opened: until then it was not confirmed."""
    spans = (
        PastSpan(START, START + HOUR, Status.OK, None),
        PastSpan(START + HOUR, START + 2 * HOUR, Status.ERROR, Cause.HTTP),
        PastSpan(START + 2 * HOUR, None, Status.OK, None),
    )
    incidents = tuple(
        Incident(at, at, (CauseChange(at, Cause.HTTP, "HTTP 500"),), closed=START + 2 * HOUR) for at in opened
    )
    state = TaskState(checked_at=START + 3 * HOUR)
    past = TaskHistory(URL, START, state, spans=spans, incidents=incidents)
    found = told(replay(reconstruct(past, USUAL), USUAL))
    assert [f"{each.kind} {each.at:%H:%M:%S}" for each in found if each.kind is NoticeKind.FAILED] == notices
