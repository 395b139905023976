"""What is remembered of tasks for a replay: as it was recorded, by either backend."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from tests.support.simulated_task import HOUR, MINUTE, SECOND, START, URL, Outage, World, remembered, told

from py_pinger.core.evaluation.sleep import SleepPeriod
from py_pinger.core.model.check import Cause, DailySleep
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.replay.reconstruction import reconstruct
from py_pinger.core.replay.replay import replay
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore

TASK = Task(URL, URL)
OTHER = Task("http://b.example/", "http://b.example/")
NIGHT = DailySleep(22 * HOUR, 60 * MINUTE)
PAGE = orjson.dumps(
    {
        "status": "ok",
        "lastrun": "2026-11-16T00:00:00Z",
        "frequency": 60,
        "sleep": [{"start": "22:00", "duration": 60}],
    }
)
WORLD = World(
    runs=[
        (START + minute * MINUTE + 20 * SECOND, minute != 180)
        for minute in range(0, 720, 60)
        if minute != 300
    ],
    frequency=HOUR,
    sleep=(NIGHT,),
    outages=[Outage(START + 8 * HOUR, 10 * MINUTE, Cause.UNREACHABLE)],
    length=10 * HOUR,
)


@pytest.fixture
def steps() -> list[Transition]:
    """Watch a task for ten hours."""
    *earlier, last = WORLD.watched(TASK, timedelta(0))
    return [*earlier, replace(last, body=PAGE)]


def past_of(url: str, since: timedelta, margin: timedelta | None = timedelta(0)) -> TaskHistory:
    """Return what the archive knows of the task."""
    with closing(ReadOnlyStore.open(url)) as archive:
        return archive.task_histories({URL}, START + since, margin)[URL]


def test_all_that_matters(store: Store, url: str, steps: list[Transition]) -> None:
    """The past is that of the steps, with the runs that may have changed a verdict."""
    store.set_tasks([TASK, OTHER])
    store.record(steps, [], [])
    assert past_of(url, timedelta(0)) == remembered(steps, WORLD)


def test_an_open_incident_is_known_from_its_beginning(
    store: Store, url: str, steps: list[Transition]
) -> None:
    """What began before the moment that is asked for is there, if it went on then; what was over is not."""
    store.set_tasks([TASK])
    store.record(steps, [], [])
    whole, past = remembered(steps, WORLD), past_of(url, timedelta(hours=5, minutes=30))
    assert past.begin == whole.incidents[1].opened
    assert past.incidents == whole.incidents[1:]
    assert past.spans == tuple(span for span in whole.spans if span.ended is None or span.ended > past.begin)
    assert [notice.at >= past.begin for notice in past.notices] == [True] * 4


def test_margin(store: Store, url: str) -> None:
    """With a margin there are the runs as well that would have been late with less grace."""
    store.set_tasks([TASK])
    store.record(replace(WORLD, frequency=63 * MINUTE).watched(TASK, timedelta(0)), [], [])
    assert len(past_of(url, timedelta(0), 5 * MINUTE).arrivals) > len(past_of(url, timedelta(0)).arrivals)


def test_a_schedule(store: Store, url: str) -> None:
    """The schedule of the last verdict is remembered, and with it the same is told again."""
    world = replace(WORLD, sleep=(), schedule=Schedule("0 * * * *", "Asia/Kolkata", "0 * * * *"))
    steps = world.watched(TASK, timedelta(0))
    store.set_tasks([TASK])
    store.record(steps, [], [])
    past = past_of(url, timedelta(0))
    assert past.state.verdict.schedule == world.schedule
    assert [(each.kind, each.at) for each in told(replay(reconstruct(past, TASK), TASK))] == [
        (each.kind, each.at) for each in told(steps)
    ]


def test_without_a_margin(store: Store, url: str, steps: list[Transition]) -> None:
    """Where nothing more is to be seen than was, fewer runs are needed, and the same is told."""
    store.set_tasks([TASK])
    store.record(steps, [], [])
    past = past_of(url, timedelta(0), None)
    assert len(past.arrivals) < len(past_of(url, timedelta(0)).arrivals)
    assert [(each.kind, each.at) for each in told(replay(reconstruct(past, TASK), TASK))] == [
        (each.kind, each.at) for each in told(steps)
    ]


def test_downtimes(store: Store, url: str, steps: list[Transition]) -> None:
    """When nobody watched follows from when Py Pinger began and ended, in whatever way."""
    store.set_tasks([TASK])
    store.record(steps, [Notice(NoticeKind.STARTED, START, text="Hello")], [])
    store.end_session(START + HOUR)
    store.record([], [Notice(NoticeKind.STARTED, START + 2 * HOUR, text="Hello")], [])
    store.record_alive(START + 3 * HOUR)
    store.record([], [Notice(NoticeKind.STARTED, START + 4 * HOUR, text="Hello")], [])
    hours = [(1, 2), (3, 4)]
    assert past_of(url, timedelta(0)).downtimes == tuple(
        SleepPeriod(START + begun * HOUR, START + over * HOUR) for begun, over in hours
    )


def test_tasks_that_are_gone_or_never_came(store: Store, url: str, steps: list[Transition]) -> None:
    """A task that is not monitored any more is remembered; one that nobody knows is left out."""
    store.set_tasks([TASK])
    store.record(steps, [], [])
    store.set_tasks([OTHER])
    with closing(ReadOnlyStore.open(url)) as archive:
        found = archive.task_histories({URL, "http://c.example/"}, START, timedelta(0))
    assert list(found) == [URL]
