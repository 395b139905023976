"""Due times in slots."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskState
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.times import MINUTE, SECOND
from py_pinger.engine.checking.scheduler import TICK_SECONDS, Scheduler, TimingWheel, following
from py_pinger.engine.runtime.tasks import MonitoredTask

# What a float of some hours may be off by, in seconds.
ROUNDING = 1e-9

# Seconds of a clock, in steps that a float holds exactly.
moments = st.integers(0, 40_000).map(lambda steps: steps / 1024)
lengths = st.integers(1, 40_000).map(lambda steps: steps / 1024)


@pytest.mark.parametrize(
    ("due", "early", "late"),
    [
        pytest.param(10.0, 9.99, 10.05, id="on the edge of a slot"),
        pytest.param(10.01, 10.009, 10.06, id="just after the edge"),
        pytest.param(10.049, 10.048, 10.0991, id="just before the next edge"),
    ],
)
def test_taken_in_time(due: float, early: float, late: float) -> None:
    """An item is not taken before it is due, and at most one slot after."""
    wheel: TimingWheel[str] = TimingWheel(0.0)
    wheel.add("a", due)
    assert wheel.take(early) == []
    assert wheel.take(late) == ["a"]


def test_order() -> None:
    """What becomes due together comes by its slot, and within a slot as it was added."""
    wheel: TimingWheel[str] = TimingWheel(0.0)
    for item, due in (("last", 3.0), ("first", 1.0), ("second", 1.0), ("third", 2.0)):
        wheel.add(item, due)
    assert wheel.take(5.0) == ["first", "second", "third", "last"]


def test_due_already() -> None:
    """What is added late comes with the next take, even if that slot has been taken."""
    wheel: TimingWheel[str] = TimingWheel(100.0)
    assert wheel.take(101.0) == []
    wheel.add("late", 3.0)
    assert wheel.take(101.0) == []
    assert wheel.take(101.06) == ["late"]


def test_the_clock_jumps_ahead() -> None:
    """After hours in which nothing was taken, all that was due comes at once, in order, and once."""
    wheel: TimingWheel[int] = TimingWheel(0.0)
    for minute in range(300):
        wheel.add(minute, 60.0 * minute)
    assert wheel.take(5 * 3600.0) == list(range(300))
    assert wheel.take(6 * 3600.0) == []


def test_the_clock_stands_still() -> None:
    """Taking again at the same moment, or at an earlier one, gives nothing twice and loses nothing."""
    wheel: TimingWheel[str] = TimingWheel(0.0)
    wheel.add("a", 1.0)
    wheel.add("b", 2.0)
    assert [wheel.take(now) for now in (1.0, 1.0, 0.5, 2.0)] == [["a"], [], [], ["b"]]


@given(dues=st.lists(moments), takes=st.lists(moments))
def test_each_item_once(dues: list[float], takes: list[float]) -> None:
    """Each item is taken exactly once, never early, and at most one tick late."""
    wheel: TimingWheel[float] = TimingWheel(0.0)
    for due in dues:
        wheel.add(due, due)
    taken, before = list[float](), -TICK_SECONDS
    for now in (*sorted(takes), 100.0):
        batch = wheel.take(now)
        assert all(before - TICK_SECONDS < due <= now + ROUNDING for due in batch)
        taken += batch
        before = now
    assert sorted(taken) == sorted(dues)


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        pytest.param(100.0, 100.0, 160.0, id="at once"),
        pytest.param(100.0, 101.5, 160.0, id="a moment late"),
        pytest.param(100.0, 159.9, 160.0, id="nearly a whole interval late"),
        pytest.param(100.0, 160.0, 220.0, id="exactly an interval late"),
        pytest.param(100.0, 3705.0, 3760.0, id="an hour late"),
        pytest.param(100.0, 99.0, 160.0, id="early"),
    ],
)
def test_following(due: float, now: float, expected: float) -> None:
    """The next due time is a whole number of intervals on, and what was missed is not made up for."""
    assert following(due, now, 60.0) == expected


@given(due=moments, late=moments, interval=lengths)
def test_following_keeps_the_anchor(due: float, late: float, interval: float) -> None:
    """However late, the next due time lies ahead, no further than an interval, on the anchor."""
    now = due + late
    after = following(due, now, interval)
    intervals = (after - due) / interval
    assert now - ROUNDING < after <= now + interval + ROUNDING
    assert intervals == pytest.approx(round(intervals), abs=ROUNDING)


def test_taking_all() -> None:
    """Everything can be taken before its time, the earliest first; then nothing is left."""
    wheel: TimingWheel[str] = TimingWheel(100.0)
    for item, due in (("c", 300.0), ("a", 101.0), ("b", 200.0)):
        wheel.add(item, due)
    assert wheel.take_all() == ["a", "b", "c"]
    assert wheel.take(1000.0) == []


def test_remove() -> None:
    """What waits can be taken out by the moment it was added for; what does not wait is not there."""
    wheel: TimingWheel[str] = TimingWheel(100.0)
    wheel.add("a", 101.0)
    wheel.add("b", 101.0)
    assert wheel.remove("a", 101.0)
    assert not wheel.remove("a", 101.0)
    assert not wheel.remove("b", 150.0)
    assert wheel.take(102.0) == ["b"]


JOBS = Expectations(page=PageDefinition("jobs", each="jobs", item_name="name", lastrun="t"))
IN_TROUBLE = TaskState(
    incident=Incident(datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC), ())
)


def item(name: str, page: str = "http://a/", state: TaskState | None = None) -> MonitoredTask:
    """Return a task that is an item of a page, checked each minute, and every eight minutes in trouble."""
    task = Task(f"{page}#{name}", f"{page}#{name}", expectations=JOBS)
    return MonitoredTask(task, "http://a:80", state or TaskState(), 0.0)


def test_items_of_a_page_are_due_together() -> None:
    """First checks of a page's items fall on one moment, wherever they stand among the other tasks."""
    scheduler, others = Scheduler(0.0), [item(str(number), f"http://{number}/") for number in range(50)]
    items = [item("a"), item("b"), item("c")]
    scheduler.spread([items[0], *others[:20], items[1], *others[20:], items[2]], 0.0)
    assert {each.due for each in items} == {0.0}
    assert len({each.due for each in others}) == 50


@pytest.mark.parametrize("late", [0.0, 0.04, 17.0])
def test_items_of_a_page_stay_together(late: float) -> None:
    """Whenever its items were added or checked besides, a page has one time in each interval."""
    scheduler = Scheduler(1000.0)
    items = [item("a"), item("b"), item("c", state=IN_TROUBLE), item("d", state=IN_TROUBLE)]
    for each, added in zip(items, (1000.0, 1013.7, 1031.2, 1057.0), strict=True):
        each.due = added
    phases = set()
    for each in items:
        for _ in range(3):
            before, now = each.due, each.due + late
            scheduler.await_next(each, now)
            pace = each.pace.total_seconds()
            assert max(now, before + pace / 2) < each.due <= before + max(late, pace / 2) + pace + ROUNDING
        phases.add(round(each.due % 60, 6) % 60)
    assert len(phases) == 1


def test_tasks_that_another_node_has_checked() -> None:
    """What is taken over is checked as the other node had planned; what is in trouble or new, at once."""
    now = datetime(2026, 8, 1, tzinfo=UTC)
    checked = TaskState(
        Verdict(Status.OK),
        checked_at=now - 40 * SECOND,
        next_check=now + 20 * SECOND,
        fresh_until=now + MINUTE,
    )
    planned, troubled, new = (
        item(name, f"http://{name}/", state)
        for name, state in (("planned", checked), ("troubled", IN_TROUBLE), ("new", None))
    )
    scheduler = Scheduler(100.0)
    scheduler.resume([planned, troubled, new], 100.0, now)
    assert (planned.due, troubled.due) == (120.0, 100.0)
    assert scheduler.due(101.0) == [troubled, new]
    assert scheduler.due(120.0 + TICK_SECONDS) == [planned]
