"""Which of two times the tasks' responses confirm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.model.check import Response
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck.clock import (
    TOPIC,
    ClockEvidence,
    ClockVerdict,
    all_clear,
    clock_evidence,
    problem,
    warning,
)

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def page(ago: timedelta, minutes: int = 10) -> tuple[Response, Task]:
    """Return the page of a task that ran so long ago and should every so many minutes, without grace."""
    report = {"status": "ok", "lastrun": (NOW - ago).isoformat(), "frequency": minutes}
    return Response(200, orjson.dumps(report), timedelta(0)), Task("http://a/", "http://a/")


FRESH = page(timedelta(minutes=2))
DAILY = page(timedelta(minutes=2), 1440)
LATE = page(2 * HOUR)


@pytest.mark.parametrize(
    ("pages", "step", "evidence"),
    [
        pytest.param([FRESH], HOUR, ClockEvidence(1, 0, 1), id="ahead: it looks late"),
        pytest.param([FRESH], -HOUR, ClockEvidence(1, 0, 1), id="back: its clock looks wrong"),
        pytest.param([FRESH, LATE, FRESH], HOUR, ClockEvidence(3, 1, 3), id="late anyway"),
        pytest.param([DAILY], HOUR, ClockEvidence(1, 0, 0), id="no opinion"),
        pytest.param([page(HOUR)], -HOUR, ClockEvidence(1, 1, 0), id="right at last"),
        pytest.param([], HOUR, ClockEvidence(0, 0, 0), id="nobody"),
    ],
)
def test_hearing(pages: list[tuple[Response, Task]], step: timedelta, evidence: ClockEvidence) -> None:
    """Each response is evaluated at the time before the step and after it."""
    assert clock_evidence(pages, NOW, NOW + step) == evidence


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (ClockEvidence(9, 0, 8), ClockVerdict.FALSE),
        (ClockEvidence(9, 8, 0), ClockVerdict.TRUE),
        (ClockEvidence(9, 1, 1), ClockVerdict.UNDECIDED),
        (ClockEvidence(0, 0, 0), ClockVerdict.UNDECIDED),
    ],
)
def test_verdict(evidence: ClockEvidence, verdict: ClockVerdict) -> None:
    """The time at which more tasks fail is wrong."""
    assert evidence.verdict is verdict


def test_the_words() -> None:
    """People are evidence what happened, by what time it goes on, and what to do."""
    assert warning(HOUR, NOW, ClockEvidence(10, 0, 9)) == Notice(
        NoticeKind.SELF_PROBLEM,
        NOW,
        topic=TOPIC,
        opened=NOW,
        text="The clock of this machine was set ahead by 1 h at 10:05 UTC, and 9 of 10 tasks contradict it:"
        " Py Pinger continues with the time before the step. Correct the clock.",
    )
    assert all_clear(-HOUR, NOW, NOW + HOUR) == Notice(
        NoticeKind.SELF_RECOVERED,
        NOW + HOUR,
        topic=TOPIC,
        opened=NOW,
        text="The clock of this machine is followed again; it was set back by 1 h, 10:05 to 11:05 UTC.",
    )
    assert problem(HOUR, NOW) == Problem(
        ProblemKind.CLOCK,
        "the clock of this machine was set ahead by 1 h at 10:05 UTC, and tasks contradict it",
    )
