"""One task of the demo at different moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, Response, Status
from py_pinger.web.demo.demo_task import LONGEST_RUN, DemoFault, DemoTask, FaultKind

START = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
GRACE = 2 * MINUTE
TASK = DemoTask("import", "Import", "web-1", START, HOUR, 20 * MINUTE, 90 * DAY)


def failing(kind: FaultKind) -> DemoTask:
    """Return a task with a fault from three hours to one hour before the start."""
    return replace(TASK, faults=(DemoFault(3 * HOUR, 2 * HOUR, kind, "because"),))


def status(task: DemoTask, at: datetime) -> tuple[Status, Cause | None]:
    """Return what Py Pinger makes of its page."""
    verdict = evaluate(task.answer(at), at, GRACE)
    return verdict.status, verdict.cause


def test_a_task_without_faults_is_always_ok() -> None:
    """Around the start its page is on time at every moment."""
    moments = [START + minute * MINUTE for minute in range(-3 * 24 * 60, 24 * 60, 7)]
    assert {status(TASK, at) for at in moments} == {(Status.OK, None)}


def test_it_may_say_how_long_its_runs_take() -> None:
    """Then it is on time all the same, and its runs take less than a minute, but not all the same time."""
    timed = replace(TASK, takes=55 * SECOND)
    moments = [START + minute * MINUTE for minute in range(-3 * 24 * 60, 24 * 60, 7)]
    assert {status(timed, at) for at in moments} == {(Status.OK, None)}
    verdicts = [evaluate(timed.answer(at), at, GRACE) for at in moments]
    lengths = {each.lastrun - each.started for each in verdicts if each.lastrun and each.started}
    assert all(SECOND < each < MINUTE for each in lengths)
    assert len(lengths) > 10


def test_its_runs_are_those_that_its_pages_say() -> None:
    """Each run of a day is the last one from its moment on, within a minute of its time."""
    runs = list(TASK.runs(START - DAY, START))
    assert len(runs) == 24
    assert all(TASK.last_run(run) == run for run in runs)
    assert all(TASK.last_run(run - SECOND) == before for before, run in pairwise(runs))
    seconds = [(START - TASK.last - run) % HOUR for run in runs]
    assert max((HOUR - each) % HOUR for each in seconds) < LONGEST_RUN * SECOND


@pytest.mark.parametrize(
    ("kind", "during"),
    [
        (FaultKind.FAILED, (Status.ERROR, Cause.FAILED)),
        (FaultKind.HTTP, (Status.ERROR, Cause.HTTP)),
        (FaultKind.REFUSED, (Status.ERROR, Cause.UNREACHABLE)),
        (FaultKind.STUCK, (Status.ERROR, Cause.LATE)),
    ],
)
def test_faults(kind: FaultKind, during: tuple[Status, Cause]) -> None:
    """Before a fault the task is ok, then it is in error for its cause, and afterwards it is ok again."""
    task = failing(kind)
    assert status(task, START - 3 * HOUR - SECOND) == (Status.OK, None)
    assert status(task, START - HOUR - MINUTE) == during
    assert status(task, START) == (Status.OK, None)


def test_a_refused_request_says_why() -> None:
    """A server that is down refuses the connection."""
    answer = failing(FaultKind.REFUSED).answer(START - 2 * HOUR)
    assert isinstance(answer, NoResponse)
    assert (answer.failure, answer.detail) == (ProbeFailure.REFUSED, "because")


def test_a_fault_may_come_after_the_start() -> None:
    """A fault in the future begins while somebody looks."""
    task = replace(TASK, faults=(DemoFault(-3 * MINUTE, 2 * MINUTE, FaultKind.FAILED, "because"),))
    found = [status(task, START + minutes * MINUTE)[0] for minutes in (2, 3, 4, 5)]
    assert found == [Status.OK, Status.ERROR, Status.ERROR, Status.OK]


@pytest.mark.parametrize("hour", range(24))
def test_a_task_that_sleeps_does_so_at_the_start(hour: int) -> None:
    """Whenever the demo starts, the task sleeps for an hour or more, has no runs then, and is never late."""
    task = replace(TASK, start=START.replace(hour=hour), sleeps=True)
    start = task.start
    assert {status(task, start + minutes * MINUTE)[0] for minutes in (0, 60)} == {Status.SLEEPING}
    around = {status(task, start + minutes * MINUTE)[0] for minutes in range(-24 * 60, 24 * 60, 11)}
    assert around == {Status.OK, Status.SLEEPING}
    assert not any(task.is_asleep(run) for run in task.runs(start - 2 * DAY, start + 2 * DAY))
    assert len(list(task.runs(start - 2 * DAY, start))) < 2 * 24


def test_the_page_is_a_report_by_the_contract() -> None:
    """The page has the keys that the contract names, and a reason while the task fails."""
    answer = failing(FaultKind.FAILED).answer(START - 2 * HOUR)
    assert isinstance(answer, Response)
    page = orjson.loads(answer.body)
    assert page == {
        "status": "error",
        "reason": "because",
        "lastrun": page["lastrun"],
        "frequency": 60,
        "process": "Import",
        "server": "web-1",
    }
