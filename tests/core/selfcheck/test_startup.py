"""What Py Pinger says of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.selfcheck.startup import LASTS, downtime_before_start, started, stopped

NOW = datetime(2026, 11, 22, 10, 17, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=12)


@pytest.mark.parametrize(
    ("greeting", "absence", "text"),
    [
        ("Hello World!", None, "Hello World! Watching 1 task, 2 incidents open."),
        ("Hello", None, "Hello. Watching 1 task, 2 incidents open."),
        ("", None, "Watching 1 task, 2 incidents open."),
        ("Hi!", MonitorDowntime(BEFORE, clean=True), "Hi! Watching 1 task, 2 incidents open."),
    ],
)
def test_started(greeting: str, absence: MonitorDowntime | None, text: str) -> None:
    """The greeting ends as a sentence, says how things stand, and is not worth much for long."""
    assert started(greeting, 1, 2, absence, NOW) == Notice(
        NoticeKind.STARTED, NOW, text=text, expires=NOW + LASTS
    )


@pytest.mark.parametrize(
    ("last_seen", "length"),
    [(BEFORE, "12 min, 10:05 to 10:17 UTC"), (NOW + timedelta(hours=1), "0 s, 10:17:00 to 10:17:00 UTC")],
    ids=["before", "by a clock that was ahead"],
)
def test_started_after_a_crash(last_seen: datetime, length: str) -> None:
    """After a crash the start notice has the downtime, and does not expire."""
    text = (
        "Hello! Watching 1 task, 0 incidents open. Py Pinger was killed or had crashed:"
        f" no tasks were checked for {length}."
    )
    notice = started("Hello!", 1, 0, MonitorDowntime(last_seen, clean=False), NOW)
    assert notice == Notice(NoticeKind.STARTED, NOW, text=text)


def test_stopped() -> None:
    """The farewell says what follows from it."""
    text = "Py Pinger was stopped; no tasks are checked now."
    assert stopped(NOW) == Notice(NoticeKind.STOPPED, NOW, text=text, expires=NOW + LASTS)


def test_away() -> None:
    """Whoever was away has a gap behind him; the very first start has none."""
    assert downtime_before_start(MonitorDowntime(BEFORE, clean=True), NOW) == Pause(timedelta(minutes=12))
