"""The freshness gauge, from all that a row can say."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import row

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RAN = NOW - 7 * MINUTE
SECONDS = 1_795_341_600  # NOW, as Unix counts it


@pytest.mark.parametrize(
    ("status", "lastrun", "deadline", "expected"),
    [
        (Status.OK, RAN, NOW + 3 * MINUTE, Gauge("fresh", 70, 600, SECONDS + 180)),
        (Status.OK, NOW, NOW + 10 * MINUTE, Gauge("fresh", 0, 600, SECONDS + 600)),
        (Status.OK, RAN, NOW, Gauge("soon", 100, 420, SECONDS)),
        (Status.OK, NOW - 9 * MINUTE, NOW + MINUTE, Gauge("fresh", 90, 600, SECONDS + 60)),
        (
            Status.OK,
            NOW - 9 * MINUTE,
            NOW + 0.9 * MINUTE,
            Gauge("soon", 90, 594, SECONDS + 54),
        ),
        (Status.ERROR, RAN, NOW + 3 * MINUTE, Gauge("failing", 70, 600, SECONDS + 180)),
        (
            Status.ERROR,
            NOW - 20 * MINUTE,
            NOW - 10 * MINUTE,
            Gauge("past", 200, 600, SECONDS - 600),
        ),
        (Status.ERROR, NOW + 7 * MINUTE, NOW + 9 * MINUTE, Gauge("failing", 0, 120, SECONDS + 540)),
        (Status.SLEEPING, RAN, NOW + 3 * MINUTE, Gauge("resting", 100)),
        (Status.OK, RAN, None, Gauge("blank")),
        (Status.PENDING, None, None, Gauge("blank")),
        (Status.ERROR, RAN, RAN, Gauge("blank")),
    ],
)
def test_a_gauge_shows_how_much_of_the_allowed_time_is_used(
    status: Status, lastrun: datetime | None, deadline: datetime | None, expected: Gauge
) -> None:
    """It fills from the last run to the deadline, is past it, rests, or has nothing to measure.

    With more than 90 % used it is soon; a task that fails is never fresh.
    """
    shown = row(TaskSnapshot("u", None, TaskState(Verdict(status, lastrun=lastrun, deadline=deadline))), NOW)
    assert gauge(shown, NOW) == expected


def test_a_gauge_is_full_at_most() -> None:
    """However late a task is, the gauge is filled to its end and no further."""
    assert [Gauge("past", used).filled for used in (0, 70, 100, 900)] == [0, 70, 100, 100]
