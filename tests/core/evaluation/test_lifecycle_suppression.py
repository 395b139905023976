"""What becomes of notices that are held back: by a silence, maintenance, or a parent that fails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, Suppression, TaskState
from py_pinger.core.model.notification import NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOOK = timedelta(milliseconds=20)
REMIND = 30 * MINUTE
TASK = Task("https://a.example/job", "https://a.example/job", remind=REMIND)
OK = Verdict(Status.OK)
SLEEPING = Verdict(Status.SLEEPING)
ERROR = Verdict(Status.ERROR, Cause.FAILED, "disk full")

# Looks at a task, by letter: ok, Error, z asleep; what follows is held by a silence [, by a parent ( or by an
# acknowledgement { until that ends, and a number lets so many minutes pass.
VERDICTS = {"o": OK, "E": ERROR, "z": SLEEPING}
HOLDS = {
    "[": Suppression.SILENCED,
    "]": None,
    "(": Suppression.INHIBITED,
    ")": None,
    "{": Suppression.ACKNOWLEDGED,
    "}": None,
}
LETTERS = {NoticeKind.FAILED: "F", NoticeKind.REMINDER: "m", NoticeKind.RECOVERED: "R"}


def steps(story: Iterable[str], task: Task = TASK) -> list[Transition]:
    """Return the transitions of checks that are a minute apart."""
    state, now, hold, taken = TaskState(), START, None, []
    for sign in story:
        if sign in HOLDS:
            hold = HOLDS[sign]
        elif sign.isdigit():
            now += (int(sign) * 10 - 1) * MINUTE
        else:
            now += MINUTE
            taken.append(advance(task, state, Check(VERDICTS[sign], now, TOOK), Context(suppression=hold)))
            state = taken[-1].state
    return taken


def told(story: Iterable[str], task: Task = TASK) -> str:
    """Return the notice of each check, a dot where there is none."""
    return "".join(LETTERS[step.notices[0].kind] if step.notices else "." for step in steps(story, task))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("o[EE]E", "...F"),
        ("o[EE]o", "...."),
        ("o[EEo]o", "....."),
        ("o[EEoE]E", ".....F"),
        ("o[EE]EEo", "...F.R"),
        ("o[E]zE", "...F"),
        ("o[Ez]o", "...."),
        ("oE[Eo]o", ".F.R."),
        ("oE[EoE]E", ".F.R.F"),
        ("oE[Eo]E", ".F.RF"),
        ("oE[E4E]E", ".F..m"),
        ("oE[E]E", ".F.m"),
        ("oE[E]zE", ".F..m"),
        ("oE[E]EE", ".F.m."),
        ("oE[]E", ".F."),
        ("o(EE)E", "...F"),
        ("o(EE)o", "...."),
        ("oE(Eo)o", ".F.R."),
        ("oE(E)E", ".F.."),
        ("oE(E4E)E", ".F..m"),
        ("o(E[EE]E", "....F"),
        ("oE[E](E)E", ".F..m"),
        ("oE{E9Eo}E", ".F..RF"),
        ("oE{E}E", ".F.m"),
        ("o[E]{EEo}E", ".....F"),
    ],
)
def test_what_is_told(story: str, expected: str) -> None:
    """A suppressed failure is notified afterwards; the end of a notified one is sent at once."""
    assert told(story) == expected


def test_an_unannounced_failure_is_notified_after_its_confirmation() -> None:
    """After a pause, a suppressed failure waits for its confirmation like others; known ones do not."""
    held, now = steps("o[E")[-1].state, START + 60 * MINUTE
    seen = advance(TASK, held, Check(ERROR, now, TOOK), Context(confirmed=False))
    assert (seen.notices, seen.state.incident) == ((), held.incident)
    (notice,) = advance(TASK, seen.state, Check(ERROR, now + MINUTE, TOOK)).notices
    assert notice.kind is NoticeKind.FAILED
    (notice,) = advance(
        TASK, steps("oE")[-1].state, Check(ERROR, now, TOOK), Context(confirmed=False)
    ).notices
    assert notice.kind is NoticeKind.REMINDER


def test_who_wants_no_reminders_gets_none_after_a_silence() -> None:
    """With remind off a silence over an incident that people know of ends without a word."""
    task = Task(TASK.url, TASK.address, remind=None)
    assert told("oE[E9E]E", task) == ".F..."


def test_the_late_alert_has_the_true_beginning() -> None:
    """The alert after a suppression has the true beginning, and the present cause."""
    *_, held, said = steps("o[EE]E")
    opened = START + 2 * MINUTE
    assert held.state.incident == Incident(
        opened, opened, (CauseChange(opened, Cause.FAILED, "disk full"),), pending=PendingNotice.FAILED
    )
    (notice,) = said.notices
    assert (notice.kind, notice.opened, notice.at) == (NoticeKind.FAILED, opened, START + 4 * MINUTE)
    assert said.state.incident
    assert (said.state.incident.notified_at, said.state.incident.pending) == (notice.at, None)


def test_the_next_reminder_counts_from_the_late_alert() -> None:
    """A reminder is due so long after the late alert, not after the incident's beginning."""
    assert told("o[E2E]E2E1E") == "...F.m"


def test_an_unannounced_incident_is_in_the_history() -> None:
    """A failure that came and went within a silence is a closed incident without notices."""
    over = steps("o[Eo]")[-1].closed
    assert over
    assert (over.is_unannounced, over.closed) == (True, START + 3 * MINUTE)


def test_dependants_are_counted_while_the_task_fails() -> None:
    """An alert and a reminder have the number of failing dependants, a recovery does not."""
    failed = advance(TASK, TaskState(), Check(ERROR, START, TOOK), Context(dependants=3))
    recovered = advance(TASK, failed.state, Check(OK, START + MINUTE, TOOK), Context(dependants=3))
    assert [step.notices[0].dependants for step in (failed, recovered)] == [3, 0]


@given(st.text("oEz[](159", max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_people_know_in_the_end(story: str) -> None:
    """After a check without suppression exactly the failures that remain are notified.

    Alerts and recoveries alternate on the way, and nothing but a recovery is told within a hold.
    """
    words = "".join(LETTERS[notice.kind] for step in steps([*story, "]", "E"]) for notice in step.notices)
    pairs = words.replace("m", "")
    assert pairs == ("FR" * len(pairs))[: len(pairs)]
    assert pairs.endswith("F")
    ended = told([*story, "]", "o"]).replace("m", "").replace(".", "")
    assert not ended or ended.endswith("R")


@given(st.text("oEz159", max_size=40), st.sampled_from("[("))
@settings(max_examples=100, deadline=None)
def test_only_recoveries_are_notified_during_a_suppression(story: str, hold: str) -> None:
    """During a suppression only the end of a notified incident is notified, once."""
    assert set(told("oE" + hold + story)[2:]) <= {".", "R"}
    assert told("oE" + hold + story)[2:].count("R") <= 1
