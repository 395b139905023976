"""Timelines: stretches true to time, gaps left free, and the worst shown where there are too many."""

from datetime import UTC, datetime, timedelta

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.view.task_row import TaskRow, row
from py_pinger.web.view.timeline import SLOTS, TimelineSegment, observed, timeline

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def shown(checked: datetime, fresh_until: datetime | None = None) -> TaskRow:
    """Return the row of a task that was ok when it was last seen."""
    return row(
        TaskSnapshot("u", None, TaskState(Verdict(Status.OK), checked_at=checked, fresh_until=fresh_until)),
        NOW,
    )


def test_stretches_are_as_wide_as_they_lasted() -> None:
    """Each span is cut to the bar, placed in percent of it, and titled, errors last; a gap stays free."""
    spans = [
        PastSpan(NOW - 3 * DAY, NOW - 2 * DAY, Status.ERROR, Cause.HTTP),
        PastSpan(NOW - 2 * DAY, NOW - 18 * HOUR, Status.OK, None),
        PastSpan(NOW - 12 * HOUR, NOW - 6 * HOUR, Status.ERROR, Cause.LATE),
        PastSpan(NOW - 6 * HOUR, None, Status.SLEEPING, None),
    ]
    assert timeline(spans, NOW - DAY, NOW) == (
        TimelineSegment(0, 25, "ok", "ok, 2026-11-21 12:00 UTC to 2026-11-21 18:00 UTC, 6 h"),
        TimelineSegment(75, 25, "sleeping", "sleeping, 2026-11-22 06:00 UTC to 2026-11-22 12:00 UTC, 6 h"),
        TimelineSegment(50, 25, "error", "error (late), 2026-11-22 00:00 UTC to 2026-11-22 06:00 UTC, 6 h"),
    )


def test_nothing_is_drawn_where_nothing_was_watched() -> None:
    """Without spans the bar stays free."""
    assert timeline([], NOW - DAY, NOW) == ()


def test_a_task_that_flaps_is_shown_by_the_worst_of_each_slot() -> None:
    """Many short spans make slots of the worst that was in them; the slots without any stay free."""
    minute = timedelta(minutes=1)
    spans = [
        PastSpan(
            NOW - (120 - n) * minute, NOW - (119 - n) * minute, Status.ERROR if n % 2 else Status.OK, None
        )
        for n in range(120)
    ]
    (stretch,) = timeline(spans, NOW - DAY, NOW)
    assert (stretch.x, stretch.width, stretch.status) == (91.67, 8.33, "error")
    assert SLOTS * 15 * minute == DAY


def test_what_goes_on_ends_now_or_when_it_was_last_believed() -> None:
    """The span that goes on reaches to now; of a task now unknown, only to its last check."""
    over, goes_on = (
        PastSpan(NOW - DAY, NOW - HOUR, Status.OK, None),
        PastSpan(NOW - HOUR, None, Status.OK, None),
    )
    fresh = shown(checked=NOW - timedelta(minutes=1))
    stale = shown(checked=NOW - timedelta(minutes=30), fresh_until=NOW - timedelta(minutes=20))
    assert [span.ended for span in observed([over, goes_on], fresh, NOW)] == [NOW - HOUR, NOW]
    assert [span.ended for span in observed([goes_on], stale, NOW)] == [NOW - timedelta(minutes=30)]
    later = PastSpan(NOW - timedelta(minutes=10), None, Status.OK, None)
    assert [span.ended for span in observed([later], stale, NOW)] == [later.started]
