"""Runs as check-ins of Sentry's monitors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from re import fullmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Check, Response, Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.check_in import CheckIn, CheckInSchedule, check_in, slug, still_relevant
from py_pinger.core.times import MAX_TIME

SEEN = datetime(2026, 11, 22, 10, 0, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
URL = "https://my-backend.com/tasks/import?queue=Main"
TASK = Task(URL, URL, interval=MINUTE, error_interval=8 * MINUTE)


def found(page: str, task: Task = TASK, state: TaskState | None = None) -> Transition:
    """Return what a check comes to that finds this page."""
    verdict = evaluate(Response(200, page.encode(), SECOND), SEEN, task.grace)
    return advance(task, state or TaskState(), Check(verdict, SEEN, SECOND))


def page(status: str = "ok", lastrun: str = "10:00:00", frequency: float = 10, sleep: str = "[]") -> str:
    """Return the page of a task that ran this day."""
    return (
        f'{{"status": "{status}", "lastrun": "2026-11-22T{lastrun}Z", "frequency": {frequency},'
        f' "sleep": {sleep}}}'
    )


def test_a_run() -> None:
    """A run is a check-in of the task's own monitor; the next is expected until we would call it late."""
    step = found(page())
    assert check_in(step) == CheckIn(
        key=sha256(f"{URL} 2026-11-22 10:00:00+00:00".encode()).hexdigest(),
        monitor="my-backend-com-tasks-import-queue-main-c7fc35c9",
        healthy=True,
        every=10 * MINUTE,
        due=SEEN.replace(second=0) + 11 * MINUTE,
    )


# The page, the task's grace in minutes, whether the run was well, the schedule, and the margin in minutes.
RUNS = [
    (page(), 0, True, CheckInSchedule(10, "minute"), 2),
    (page("error"), 0, False, CheckInSchedule(10, "minute"), 9),
    (page(), 15, True, CheckInSchedule(10, "minute"), 17),
    (page(frequency=0.5), 0, True, CheckInSchedule(1, "minute"), 1),
    (page(frequency=2.5), 0, True, CheckInSchedule(3, "minute"), 1),
    (page(frequency=120), 0, True, CheckInSchedule(2, "hour"), 2),
    (page(frequency=90), 0, True, CheckInSchedule(90, "minute"), 2),
    (page(frequency=1440), 0, True, CheckInSchedule(1, "day"), 2),
    (page(frequency=10**9), 0, True, CheckInSchedule(366, "day"), 40_320),
    (page(sleep='[{"start": "10:05:00", "duration": 450}]'), 0, True, CheckInSchedule(10, "minute"), 452),
    (page(sleep='[{"start": "00:00:00", "duration": 1440}]'), 0, True, CheckInSchedule(10, "minute"), 40_320),
]


@pytest.mark.parametrize(("said", "grace", "healthy", "schedule", "margin"), RUNS)
def test_schedules_and_margins(
    said: str,
    grace: int,
    healthy: bool,  # noqa: FBT001 - a table's column
    schedule: CheckInSchedule,
    margin: int,
) -> None:
    """Whole minutes at least; the margin has room for grace, sleep, and our next look."""
    found_run = check_in(found(said, replace(TASK, grace=grace * MINUTE)))
    assert found_run is not None
    assert (found_run.healthy, found_run.schedule, found_run.margin(SEEN)) == (healthy, schedule, margin)


def test_no_check_in() -> None:
    """There is none for a run that was told already, for a page that cannot be read, and for an old run."""
    first = found(page())
    assert check_in(found(page(), state=first.state)) is None
    assert check_in(found("no page")) is None
    assert check_in(found(page(lastrun="09:42:29"))) is None
    assert check_in(found(page(lastrun="09:42:30"))) is not None


def test_the_same_run_has_the_same_key() -> None:
    """A run told again is the same check-in; another run, or another task's, is another."""
    other = replace(TASK, url="https://b.example/")
    steps = [found(page()), found(page()), found(page(lastrun="10:00:01")), found(page(), other)]
    keys = [found_run.key for step in steps if (found_run := check_in(step))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_run_of_which_nothing_else_is_known() -> None:
    """A step without a deadline or a next look comes to no error."""
    step = found(page())
    bare = replace(step, state=TaskState(Verdict(Status.OK)))
    assert check_in(bare) is None
    lasting = replace(step.state, verdict=replace(step.state.verdict, deadline=MAX_TIME), next_check=None)
    never = check_in(replace(step, state=lasting))
    assert never is not None
    assert (never.due, never.margin(SEEN)) == (MAX_TIME, 40_320)


def test_check_ins_that_are_still_relevant() -> None:
    """Of waiting check-ins the newest of each monitor stays, until its next run is due."""
    old, new, other, late = (
        CheckIn("1", "a", healthy=True, every=MINUTE, due=SEEN + HOUR),
        CheckIn("2", "a", healthy=True, every=MINUTE, due=SEEN + HOUR),
        CheckIn("3", "b", healthy=True, every=MINUTE, due=SEEN),
        CheckIn("4", "c", healthy=True, every=MINUTE, due=SEEN - SECOND),
    )
    assert still_relevant([old, other, new, late], SEEN) == (new, other)


@given(st.text(min_size=1))
def test_monitors_have_legal_names(rest: str) -> None:
    """Whatever a URL has in it, its monitor's name is one that Sentry takes, and another URL's is another."""
    name = slug(f"https://{rest}")
    assert fullmatch(r"(?![0-9]+$)[a-z0-9_-]{1,50}", name)
    assert name != slug(f"https://{rest}/")
