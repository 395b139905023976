"""Notices and confirmation after a pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.selfcheck.pause import TOPIC, Pause, is_confirmed, notice

NOW = datetime(2026, 11, 22, 10, 7, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FAILED = Verdict(Status.ERROR, Cause.FAILED, "disk full", frequency=10 * MINUTE)
HOURLY = Verdict(Status.ERROR, Cause.LATE, "late", frequency=60 * MINUTE)
OFTEN = Verdict(Status.ERROR, Cause.LATE, "late", frequency=2 * MINUTE)


@pytest.mark.parametrize(("length", "serious"), [(29 * SECOND, False), (30 * SECOND, True)])
def test_serious(length: timedelta, serious: bool) -> None:  # noqa: FBT001 - a column of the table
    """A pause of half a minute is serious."""
    assert Pause(length).serious is serious


@pytest.mark.parametrize(
    ("verdict", "interval", "tolds_after"),
    [
        pytest.param(FAILED, 20 * SECOND, 20 * SECOND, id="at the second look"),
        pytest.param(FAILED, 10 * MINUTE, MINUTE, id="or after a minute"),
        pytest.param(OFTEN, MINUTE, 2 * MINUTE, id="late: once it should have run again"),
        pytest.param(HOURLY, MINUTE, 5 * MINUTE, id="or after five minutes"),
    ],
)
def test_believable(verdict: Verdict, interval: timedelta, tolds_after: timedelta) -> None:
    """After a serious pause a failure needs confirmation, and a late task gets time to catch up."""
    assert not is_confirmed(verdict, interval, tolds_after)
    assert is_confirmed(verdict, interval, tolds_after + SECOND)


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (
            Pause(2 * MINUTE),
            (
                "No tasks were checked for 2 min, from 10:05 to 10:07 UTC:"
                " the machine or the process was paused."
            ),
        ),
        (
            Pause(timedelta(days=2), asleep=True),
            (
                "No tasks were checked for 2 d, from 2026-11-20 10:07 to 2026-11-22 10:07 UTC:"
                " the machine was asleep."
            ),
        ),
    ],
)
def test_the_word_about_it(gap: Pause, text: str) -> None:
    """The notice has the length of the pause and its reason."""
    began = NOW - gap.length
    text = f"{text} Failures are confirmed by a second check before they are notified."
    assert notice(gap, NOW) == Notice(NoticeKind.SELF_RECOVERED, NOW, topic=TOPIC, opened=began, text=text)
