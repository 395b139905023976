"""When people are notified: after a task's patience, and of what lasts at channels that come later.

The rows are those of docs/notifications.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.evaluation.lifecycle import Context, advance, next_notice_at
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, Suppression, TaskState
from py_pinger.core.model.notification import NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.times import MINUTE, ZERO

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
TASK = Task("https://a.example/job", "https://a.example/job", remind=40 * MINUTE)
OK = Verdict(Status.OK)
SLEEPING = Verdict(Status.SLEEPING)
ERROR = Verdict(Status.ERROR, Cause.FAILED, "disk full")

# A check every 10 minutes, by letter: ok, Error, z asleep, ? an unconfirmed error. What follows is suppressed
# by a silence [ or by a parent ( until that ends.
VERDICTS = {"o": OK, "E": ERROR, "?": ERROR, "z": SLEEPING}
SUPPRESSIONS = {"[": Suppression.SILENCED, "]": None, "(": Suppression.INHIBITED, ")": None}
LETTERS = {
    NoticeKind.FAILED: "F",
    NoticeKind.REMINDER: "m",
    NoticeKind.ESCALATED: "X",
    NoticeKind.RECOVERED: "R",
}
LEVELS = (20 * MINUTE, 60 * MINUTE)


def steps(story: str, task: Task, levels: tuple[timedelta, ...] = ()) -> Iterator[Transition]:
    """Yield the transitions of the checks of a story."""
    state, now, suppression = TaskState(), START, None
    for sign in story:
        if sign in SUPPRESSIONS:
            suppression = SUPPRESSIONS[sign]
            continue
        now += 10 * MINUTE
        context = Context(confirmed=sign != "?", suppression=suppression, levels=levels)
        step = advance(task, state, Check(VERDICTS[sign], now, ZERO), context)
        state = step.state
        yield step


def notified(story: str, task: Task, levels: tuple[timedelta, ...] = ()) -> str:
    """Return the notice of each check, a dot where there is none."""
    return "".join(
        LETTERS[step.notices[0].kind] if step.notices else "." for step in steps(story, task, levels)
    )


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param("oEo", "...", id="it recovers within the patience"),
        pytest.param("oEEo", "....", id="the check at its end finds it ok"),
        pytest.param("oEEE", "...F", id="the check at its end finds it failing"),
        pytest.param("oEEEo", "...FR", id="its end is notified too"),
        pytest.param("oEEEEEEE", "...F...m", id="reminders count from the first notice"),
        pytest.param("oEoEEo", "......", id="each incident has its own patience"),
        pytest.param("oEzzE", "....F", id="sleep counts, and no notice is sent in it"),
        pytest.param("oEzzo", ".....", id="it slept, and is ok again"),
        pytest.param("oE[EEEo]o", ".......", id="a silence outlasts the patience"),
        pytest.param("oE[EEE]E", ".....F", id="still failing when the silence ends"),
        pytest.param("o[E]EE", "...F", id="a silence ends within the patience"),
        pytest.param("o(E)EE", "...F", id="a parent recovers within the patience"),
        pytest.param("o(EEE)E", "....F", id="a parent outlasts the patience"),
        pytest.param("oE?EE", "...F.", id="confirmed by the check at its end"),
        pytest.param("oEE?E", "....F", id="unconfirmed at its end"),
    ],
)
def test_patience(story: str, expected: str) -> None:
    """A failure is notified once it has lasted for 20 minutes, by the next check without suppression."""
    assert notified(story, replace(TASK, patience=20 * MINUTE)) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param("oEEo", ".F.R", id="it recovers before any level"),
        pytest.param("oEEE", ".F.X", id="the first level"),
        pytest.param("oEEEEEEEE", ".F.X.m.X.", id="a reminder between two levels"),
        pytest.param("oEEEo", ".F.XR", id="the end"),
        pytest.param("oEEzE", ".F..X", id="not in sleep, but right after"),
        pytest.param("oEE?E", ".F..X", id="not before the failure is confirmed"),
        pytest.param("oE[EEE]E", ".F...m", id="after a silence the reminder goes to all who are due"),
        pytest.param("oE[EEEo]E", ".F...RF", id="it recovers within the silence"),
        pytest.param("oE(EE)E", ".F..X", id="after an inhibition"),
        pytest.param("oE(EEE[E])E", ".F....m", id="a silence within an inhibition"),
        pytest.param("o[EEEE]EEEE", ".....F.X.", id="a first notice that comes after a level"),
        pytest.param("oEEEEEEEoEEE", ".F.X.m.XRF.X", id="each incident counts from its own beginning"),
    ],
)
def test_levels(story: str, expected: str) -> None:
    """A failure is escalated once at each level; what comes later than a level covers it."""
    assert notified(story, TASK, LEVELS) == expected


def test_patience_that_is_longer_than_a_level() -> None:
    """The first notice covers the levels that have been reached."""
    task = replace(TASK, patience=30 * MINUTE)
    assert notified("oEEEEEEE", task, LEVELS) == "....F..X"


def test_no_reminders_and_a_silence() -> None:
    """Without reminders what was to be escalated within a silence is so when it ends."""
    assert notified("oE[EEEE]E", replace(TASK, remind=None), LEVELS) == ".F....X"


def test_the_end_of_a_suppression_finds_the_level_gone() -> None:
    """If the channel was removed meanwhile nothing is left to do."""
    *_, last = steps("oE(EE)", TASK, LEVELS)
    assert last.state.incident
    assert last.state.incident.pending is PendingNotice.ESCALATED
    after = advance(TASK, last.state, Check(ERROR, START + 50 * MINUTE, ZERO))
    assert after.state.incident
    assert (after.notices, after.state.incident.pending) == ((), None)


def test_the_notice_at_a_level_has_the_time_of_its_check() -> None:
    """It is complete, and the reminders go on counting from the notice before it."""
    *_, step = steps("oEEE", TASK, LEVELS)
    (notice,) = step.notices
    opened = START + 20 * MINUTE
    assert (notice.kind, notice.opened, notice.at) == (NoticeKind.ESCALATED, opened, opened + 20 * MINUTE)
    assert step.state.incident == Incident(
        opened, opened, (CauseChange(opened, Cause.FAILED, "disk full"),), escalated=20 * MINUTE
    )


@pytest.mark.parametrize(
    ("pending", "escalated", "minutes", "expected"),
    [
        pytest.param(PendingNotice.FAILED, 0, 5, 15, id="the end of the patience"),
        pytest.param(PendingNotice.FAILED, 0, 15, 20, id="suppressed beyond it: the next level"),
        pytest.param(PendingNotice.FAILED, 0, -5, 20, id="the clock was set back"),
        pytest.param(None, 0, 5, 20, id="the first level"),
        pytest.param(None, 0, 30, 60, id="a level that was reached and suppressed is not due by time"),
        pytest.param(None, 20, 30, 60, id="the second level"),
        pytest.param(None, 60, 70, None, id="nothing"),
    ],
)
def test_when_a_notice_is_due_by_time(
    pending: PendingNotice | None, escalated: int, minutes: int, expected: int | None
) -> None:
    """At the end of the patience, and at each level that is ahead."""
    incident = Incident(START, START, (), pending=pending, escalated=escalated * MINUTE)
    task, now = replace(TASK, patience=15 * MINUTE), START + minutes * MINUTE
    due = None if expected is None else START + expected * MINUTE
    assert next_notice_at(task, incident, LEVELS, now) == due


@given(st.text("oEz?[](", max_size=40), st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_no_failure_is_notified_before_its_time(story: str, patience: int) -> None:
    """Whatever happens, no notice of an incident precedes its patience, and no level comes early or twice."""
    task, seen = replace(TASK, patience=patience * MINUTE), set()
    for step in steps(story, task, LEVELS):
        for notice in step.notices:
            assert notice.opened is not None
            lasted = notice.at - notice.opened
            assert lasted >= task.patience
            if notice.kind is NoticeKind.ESCALATED:
                assert step.state.incident
                level = step.state.incident.escalated
                assert ZERO < level <= lasted
                assert (notice.opened, level) not in seen
                seen.add((notice.opened, level))
