"""Which run is missing right now."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.statistics import Cadence
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.history import PastRun
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.past.runs import ListedRun, RunList, create_run_list
from py_pinger.web.view.task_row import row

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE = Cadence(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("status", "deadline", "fresh_until", "overdue"),
    [
        (Status.OK, NOW, None, None),
        (Status.OK, NOW - MINUTE, None, NOW - MINUTE),
        (Status.ERROR, NOW - MINUTE, None, NOW - MINUTE),
        (Status.ERROR, None, None, None),
        (Status.SLEEPING, NOW - MINUTE, None, None),
        (Status.OK, NOW - MINUTE, NOW - MINUTE, None),
    ],
    ids=["just in time", "not yet judged", "late", "never due", "asleep", "not checked lately"],
)
def test_overdue(
    status: Status, deadline: datetime | None, fresh_until: datetime | None, overdue: datetime | None
) -> None:
    """Only a task that is awake and was checked lately is known not to have run."""
    state = TaskState(Verdict(status, deadline=deadline), checked_at=NOW - MINUTE, fresh_until=fresh_until)
    shown = row(TaskSnapshot("u", None, state), NOW)
    assert create_run_list((), NONE, None, shown, NOW) == RunList((), 0, NONE, MINUTE, overdue)


def test_the_length_of_a_run_is_shown_next_to_the_longest() -> None:
    """In percent of the longest that is shown; a length that is not known is not invented."""

    def run(duration: timedelta | None) -> PastRun:
        return PastRun(NOW - MINUTE, NOW, None, healthy=True, reason=None, duration=duration)

    runs = [run(None), run(MINUTE), run(4 * MINUTE), run(timedelta(0))]
    shown = row(TaskSnapshot("u", None, TaskState()), NOW)
    listed = create_run_list(runs, Cadence(9, 9, 0, 0), None, shown, NOW)
    assert listed.newest == tuple(
        ListedRun(each, None, length) for each, length in zip(runs, (None, 25, 100, 0), strict=True)
    )
    assert listed.more == 5
