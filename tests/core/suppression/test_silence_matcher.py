"""Many tasks are silenced as one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.suppression.silence_matcher import silence_matcher
from py_pinger.core.times import MAX_TIME

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = st.sampled_from(["a", "ab", "b", "B", "\u0130", "\u212a", "", "kk"])
PATTERNS = st.sampled_from(["a", "A*", "*b", "?", "k", "\u0131", "", "*", "x"])
LISTS = st.lists(PATTERNS, max_size=2).map(tuple)

SILENCES = st.lists(
    st.builds(Silence, st.just(1), PATTERNS, *map(st.just, (NOW, MAX_TIME, "", "anna"))), max_size=2
)
WINDOWS = st.lists(
    st.builds(
        MaintenanceWindow, st.just("w"), st.just(NOW), st.just(timedelta(hours=1)), tasks=LISTS, servers=LISTS
    ),
    max_size=2,
)
VERDICTS = st.builds(Verdict, st.just(Status.OK), process=st.none() | TEXTS, server=st.none() | TEXTS)
TASKS = st.builds(TaskSnapshot, TEXTS, st.none() | TEXTS, st.builds(TaskState, VERDICTS))


@given(SILENCES, WINDOWS, st.lists(TASKS, min_size=1, max_size=4))
def test_tasks_are_silenced_as_each_is(
    silences: list[Silence], windows: list[MaintenanceWindow], tasks: list[TaskSnapshot]
) -> None:
    """Whatever the silences, the windows and the labels, it says what looking for the reason does."""
    active = ActiveSilences(NOW, MAX_TIME, tuple(silences), tuple((each, MAX_TIME) for each in windows))
    is_silenced = silence_matcher(active)
    assert [is_silenced(each) for each in tasks] == [active.silencing(each) is not None for each in tasks]
