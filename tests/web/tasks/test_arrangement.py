"""What is known of all tasks is kept for those that have not changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.fake_data_source import NOW

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.tasks.arrangement import arrange, arrange_again
from py_pinger.web.tasks.urgency import MARKS

MINUTE = timedelta(minutes=1)
SILENCES = ActiveSilences(NOW, MAX_TIME, (Silence(1, "*web*", NOW, MAX_TIME, "", "anna"),))


def task(
    url: str, server: str | None = None, status: Status = Status.OK, fresh: float | None = None
) -> TaskSnapshot:
    """Return a task, fresh for so many minutes."""
    incident = Incident(NOW, NOW, ()) if status is Status.ERROR else None
    until = None if fresh is None else NOW + fresh * MINUTE
    return TaskSnapshot(
        url, None, TaskState(Verdict(status, server=server), fresh_until=until, incident=incident)
    )


@pytest.mark.parametrize(
    ("fresh", "since", "until"),
    [
        ([], MIN_TIME, MAX_TIME),
        ([None], MIN_TIME, MAX_TIME),
        ([3, None, 2], MIN_TIME, NOW + 2 * MINUTE),
        ([0, 1], MIN_TIME, NOW),
        ([-1, 3, -2], NOW - MINUTE, NOW + 3 * MINUTE),
        ([-1], NOW - MINUTE, MAX_TIME),
    ],
)
def test_statuses_hold_until_time_changes_one(
    fresh: Sequence[float | None], since: datetime, until: datetime
) -> None:
    """They hold from when the last task has become unknown to when the next one does."""
    found = arrange([task("a", fresh=each) for each in fresh], NOW, NO_SILENCES)
    assert (found.since, found.until, found.holds(NOW)) == (since, until, True)
    assert not found.holds(since)


TASKS = st.builds(
    task,
    st.just("a"),
    st.sampled_from([None, "", "web-1", "db-1"]),
    st.sampled_from(Status),
    st.sampled_from([None, -2, -1, 0, 1, 5]),
)


@given(st.lists(TASKS, min_size=3, max_size=6), st.data(), st.sampled_from([NO_SILENCES, SILENCES]))
def test_changes_lead_to_what_reading_all_would(
    tasks: list[TaskSnapshot], data: st.DataObject, silences: ActiveSilences
) -> None:
    """However few tasks have changed, nothing differs from reading all tasks."""
    before = [replace(each, url=f"{number} web") for number, each in enumerate(tasks)]
    places = data.draw(st.sets(st.integers(0, len(before) - 1)))
    after = [*before]
    for place in places:
        after[place] = replace(data.draw(TASKS), url=before[place].url)
    first = arrange(before, NOW, silences)
    now = NOW + data.draw(st.sampled_from([0, 1, 3])) * MINUTE
    assume(first.holds(now))
    again = arrange_again(first, after, {before[place].url for place in places}, now)
    whole = arrange(after, now, silences)
    # The period may end too early: the task that ended it may have been checked since.
    assert again.until <= whole.until
    assert replace(again, since=whole.since, until=whole.until) == whole
    assert again.holds(now)


def test_a_task_may_leave_a_silence() -> None:
    """A silence of a server ends for a task that has moved, and begins for one that has moved there."""
    tasks = [task("a", "web-1"), task("b", "db-1"), task("c")]
    before = arrange(tasks, NOW, SILENCES)
    moved = [task("a", "db-1"), task("b", "web-1"), task("c")]
    after = arrange_again(before, moved, {"a", "b"}, NOW)
    silenced = [[MARKS[mark].silenced for mark in each.marks] for each in (before, after)]
    assert silenced == [[True, False, False], [False, True, False]]
