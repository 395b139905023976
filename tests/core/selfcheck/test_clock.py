"""Which of two times the tasks speak for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.model.check import Page
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck.clock import TOPIC, Belief, Hearing, all_clear, complaint, hearing, warning

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def page(ago: timedelta, minutes: int = 10) -> tuple[Page, Task]:
    """Return the page of a task that ran so long ago and should every so many minutes, without grace."""
    report = {"status": "ok", "lastrun": (NOW - ago).isoformat(), "frequency": minutes}
    return Page(200, orjson.dumps(report), timedelta(0)), Task("http://a/", "http://a/")


FRESH = page(timedelta(minutes=2))
DAILY = page(timedelta(minutes=2), 1440)
LATE = page(2 * HOUR)


@pytest.mark.parametrize(
    ("pages", "step", "told"),
    [
        pytest.param([FRESH], HOUR, Hearing(1, 0, 1), id="ahead: it looks late"),
        pytest.param([FRESH], -HOUR, Hearing(1, 0, 1), id="back: its clock looks wrong"),
        pytest.param([FRESH, LATE, FRESH], HOUR, Hearing(3, 1, 3), id="late anyway"),
        pytest.param([DAILY], HOUR, Hearing(1, 0, 0), id="no opinion"),
        pytest.param([page(HOUR)], -HOUR, Hearing(1, 1, 0), id="right at last"),
        pytest.param([], HOUR, Hearing(0, 0, 0), id="nobody"),
    ],
)
def test_hearing(pages: list[tuple[Page, Task]], step: timedelta, told: Hearing) -> None:
    """Each page is judged by the time as it was and as it is now."""
    assert hearing(pages, NOW, NOW + step) == told


@pytest.mark.parametrize(
    ("told", "belief"),
    [
        (Hearing(9, 0, 8), Belief.FALSE),
        (Hearing(9, 8, 0), Belief.TRUE),
        (Hearing(9, 1, 1), Belief.UNDECIDED),
        (Hearing(0, 0, 0), Belief.UNDECIDED),
    ],
)
def test_belief(told: Hearing, belief: Belief) -> None:
    """The clock under which more tasks are amiss is the wrong one."""
    assert told.belief is belief


def test_the_words() -> None:
    """People are told what happened, by what time it goes on, and what to do."""
    assert warning(HOUR, NOW, Hearing(10, 0, 9)) == Notice(
        NoticeKind.TROUBLED,
        NOW,
        topic=TOPIC,
        opened=NOW,
        text="The clock of this machine was set ahead by 1 h at 10:05 UTC, and 9 of 10 tasks contradict it:"
        " I go on by the time as it was. Set it right.",
    )
    assert all_clear(-HOUR, NOW, NOW + HOUR) == Notice(
        NoticeKind.MENDED,
        NOW + HOUR,
        topic=TOPIC,
        opened=NOW,
        text="The clock of this machine is believed again; it was set back by 1 h, 10:05 to 11:05 UTC.",
    )
    assert complaint(HOUR, NOW) == (
        "the clock of this machine was set ahead by 1 h at 10:05 UTC, and tasks contradict it"
    )
