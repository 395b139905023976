"""Alerts as people were told of them, and two sets of them side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.replay.comparison import Comparison, ReplayedAlert, alerts, compare, counts

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILED, REMINDER, RECOVERED = NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.RECOVERED


def at(minute: int) -> datetime:
    """Return a moment after ten."""
    return START + minute * MINUTE


def notice(kind: NoticeKind, minute: int, opened: int) -> Notice:
    """Return a word about an incident."""
    return Notice(kind, at(minute), url="u", opened=at(opened), cause=Cause.LATE, reason="late")


def alert(opened: int, closed: int | None, *told: NoticeKind) -> ReplayedAlert:
    """Return an incident as people were told of it."""
    over = None if closed is None else at(closed)
    return ReplayedAlert(at(opened), over, Cause.LATE, "late", told or (FAILED, RECOVERED), at(opened))


def test_alerts() -> None:
    """Notices about one incident are one alert; of those before the moment only the incident is kept."""
    notices = [
        Notice(NoticeKind.STARTED, at(0), text="Hello"),
        notice(FAILED, 0, 0),
        notice(RECOVERED, 1, 0),
        notice(FAILED, 2, 2),
        notice(REMINDER, 12, 2),
        notice(RECOVERED, 15, 2),
        notice(FAILED, 20, 20),
    ]
    found = alerts(notices, at(5))
    assert found == (alert(2, 15, REMINDER, RECOVERED), alert(20, None, FAILED))
    assert [each.length for each in found] == [13 * MINUTE, None]
    assert [each.reminders for each in found] == [1, 0]
    assert [each.escalations for each in found] == [0, 0]
    assert counts(found) == {FAILED: 1, REMINDER: 1, NoticeKind.ESCALATED: 0, RECOVERED: 1}


ONE, TWO = alert(0, 10), alert(30, 40)


@pytest.mark.parametrize(
    ("before", "after", "fewer", "more", "moved", "differs"),
    [
        ((), (), (), (), (), False),
        ((ONE, TWO), (ONE, TWO), (), (), (), False),
        ((ONE, TWO), (TWO,), (ONE,), (), (), True),
        ((ONE,), (ONE, TWO), (), (TWO,), (), True),
        ((ONE,), (alert(5, 10),), (), (), ((ONE, alert(5, 10)),), True),
        ((ONE,), (alert(0, None),), (), (), ((ONE, alert(0, None)),), True),
        ((ONE,), (alert(11, 12),), (ONE,), (alert(11, 12),), (), True),
        ((ONE,), (alert(0, 2), alert(3, 10)), (), (alert(3, 10),), ((ONE, alert(0, 2)),), True),
        ((alert(0, 2), alert(3, 10)), (ONE,), (alert(3, 10),), (), ((alert(0, 2), ONE),), True),
    ],
)
def test_compare(
    before: tuple[ReplayedAlert, ...],
    after: tuple[ReplayedAlert, ...],
    fewer: tuple[ReplayedAlert, ...],
    more: tuple[ReplayedAlert, ...],
    moved: tuple[tuple[ReplayedAlert, ReplayedAlert], ...],
    differs: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Alerts that were open at the same time are a pair, each once; the others are fewer or more."""
    found = compare(before, after)
    assert isinstance(found, Comparison)
    assert (found.before, found.after) == (before, after)
    assert (found.fewer, found.more, found.moved, found.differs) == (fewer, more, moved, differs)
