"""One value that cannot be stored costs only itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import IncompleteError, Store, StoreError
from py_pinger.store.quarantine import sanitize
from py_pinger.store.tables.schema import task

Rows = Callable[[str], list[tuple[Any, ...]]]

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
URLS = [f"http://a.example/{number}" for number in range(7)]
POISONED = URLS[4]
TASKS = [Task(url, url) for url in URLS]


def step(url: str, **more: object) -> Transition:
    """Return the step of a task that begins to fail."""
    turn = CauseChange(NOON, Cause.FAILED, "it said no")
    incident = Incident(NOON, NOON, (turn,))
    state = TaskState(Verdict(Status.ERROR, Cause.FAILED), pings=1, incident=incident)
    failed = Notice(NoticeKind.FAILED, NOON, url, NOON)
    return Transition(url, replace(state, **more), notices=(failed,))  # type: ignore[arg-type]  # the caller knows the fields


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what the store logged: a driver may have a word of its own about a value that it refused."""
    return [record for record in caplog.records if record.name.startswith("py_pinger.")]


def _warning(text: str) -> ReportWarning:
    return ReportWarning(ReportWarningKind.OTHER, text)


@pytest.mark.parametrize(
    ("poison", "mended"),
    [
        ({"verdict": Verdict(Status.OK, reason="a\ud800b")}, {"verdict": Verdict(Status.OK, reason="a?b")}),
        (
            {"verdict": Verdict(Status.OK, warnings=(_warning("\udfff"),))},
            {"verdict": Verdict(Status.OK, warnings=(_warning("?"),))},
        ),
        (
            {"incident": Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "\ud800"),))},
            {"incident": Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "?"),))},
        ),
        (
            {"verdict": Verdict(Status.OK, process="\udfffa", server="b\0")},
            {"verdict": Verdict(Status.OK, process="?a", server="b?")},
        ),
        ({"pings": 2**63}, {"pings": 2**63 - 1}),
        ({"duration": timedelta.max}, {"duration": timedelta(microseconds=2**63 - 1)}),
    ],
    ids=["a lone surrogate", "in a list", "in an incident", "a NUL", "a count", "a length of time"],
)
def test_unstorable_values_are_replaced(
    store: Store, caplog: pytest.LogCaptureFixture, poison: dict[str, Any], mended: dict[str, Any]
) -> None:
    """What no database accepts is replaced, in one task; all others are written as they are, notices too."""
    store.set_tasks(TASKS)
    steps = [step(url, **poison) if url == POISONED else step(url) for url in URLS]
    hello = Notice(NoticeKind.STARTED, NOON, text="Hello")
    store.record(steps, [hello], [Route("slack")])
    expected = [step(url, **mended) if url == POISONED else step(url) for url in URLS]
    assert [snapshot.state for snapshot in store.task_snapshots()] == [each.state for each in expected]
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == [
        *(each.notices[0] for each in expected),
        hello,
    ]
    assert store.set_tasks(TASKS) == {each.url: each.state for each in expected}
    (record,) = ours(caplog)
    assert (record.levelno, POISONED in record.getMessage()) == (logging.ERROR, True)


def test_dropped(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be mended is dropped and named in the log; all others are written."""
    store.set_tasks(TASKS)
    states = {url: TaskState(pings=1) for url in URLS}
    nowhere = TaskState(checked_at=datetime(2026, 5, 3))  # noqa: DTZ001 - a time without a zone is no moment
    store.record([Transition(url, nowhere if url == POISONED else states[url]) for url in URLS], [], [])
    assert store.set_tasks(TASKS) == states | {POISONED: TaskState()}
    (record,) = ours(caplog)
    assert record.getMessage().startswith(f"Cannot store a result of {POISONED}, set it aside: ")


def without_row(store: Store, url: str) -> None:
    """Delete the row of a task that the store still knows, as an administrator might."""
    with store._database.writing() as connection:  # noqa: SLF001 - behind the store's back
        connection.execute(delete(task).where(task.c.url == url))


def test_constraint_violation(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A row that violates a constraint is set aside and logged; all others of the batch are written."""
    store.set_tasks(TASKS)
    without_row(store, POISONED)
    seconds = timedelta(seconds=1)
    store.record([Transition(url, TaskState(checked_at=NOON, duration=seconds)) for url in URLS], [], [])
    store.record([], [Notice(NoticeKind.TEST, NOON, text="a test")], [Route("slack")])
    assert [len(store.latency(url, NOON)) for url in URLS] == [int(url != POISONED) for url in URLS]
    assert len(store.waiting("slack", NOON)) == 1
    (record,) = ours(caplog)
    assert record.getMessage().startswith(f"Cannot store a result of {POISONED}, set it aside: the database ")
    assert record.exc_info


def test_notices_are_not_dropped(store: Store, rows: Rows) -> None:
    """A transition with notices that violates a constraint is returned, with what follows of its task."""
    store.set_tasks(TASKS)
    without_row(store, POISONED)
    later, lost = Transition(POISONED, TaskState(pings=2)), Notice(NoticeKind.FAILED, NOON, POISONED, NOON)
    batch = [*(step(url) for url in URLS), later, Transition(URLS[0], TaskState(pings=2))]
    with pytest.raises(IncompleteError, match="cannot be written") as caught:
        store.record(batch, [], [Route("slack")])
    assert (caught.value.transitions, caught.value.notices) == ((step(POISONED), later), ())
    assert len(store.waiting("slack", NOON)) == len(URLS) - 1
    states = store.set_tasks(TASKS)
    assert (states[URLS[0]].pings, states[POISONED]) == (2, TaskState())
    store.record(caught.value.transitions, [], [Route("slack")])
    assert store.waiting("slack", NOON)[-1].notice == lost
    assert store.set_tasks(TASKS)[POISONED] == later.state
    assert rows("SELECT count(*) FROM delivery") == [(len(URLS),)]


def test_nothing_can_be_written(store: Store) -> None:
    """If every row violates a constraint the batch is not to blame: it is not dropped but fails."""
    store.set_tasks(TASKS)
    for url in URLS:
        without_row(store, url)
    state = TaskState(checked_at=NOON, duration=timedelta(seconds=1))
    for urls in (URLS, URLS[:1]):
        with pytest.raises(StoreError, match=r"cannot be written: .*(?i:foreign key)"):
            store.record([Transition(url, state) for url in urls], [], [])
    store.set_tasks(TASKS)
    store.record([Transition(url, state) for url in URLS], [], [])
    assert [snapshot.state for snapshot in store.task_snapshots()] == [state] * len(URLS)


class BrokenUrl(str):
    """A URL whose hash raises, as a fault in the store's code would."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise KeyError


def test_internal_error(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """An internal error sets the transition aside that causes it, with its traceback in the log."""
    store.set_tasks(TASKS)
    states = {url: TaskState(pings=1) for url in URLS}
    broken = [Transition(BrokenUrl(url) if url == POISONED else url, states[url]) for url in URLS]
    store.record(broken, [], [])
    assert store.set_tasks(TASKS) == states | {POISONED: TaskState()}
    (record,) = ours(caplog)
    assert record.exc_info
    with pytest.raises(KeyError):
        store.record([each for each in broken if isinstance(each.url, BrokenUrl)], [], [])


def test_notices_of_what_was_set_aside(store: Store, rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """The notices of a transition that cannot be stored are sent all the same."""
    store.set_tasks(TASKS)
    nowhere = datetime(2026, 5, 3)  # noqa: DTZ001 - a time without a zone cannot be stored
    store.record([step(URLS[0]), step(POISONED, checked_at=nowhere)], [], [Route("slack")])
    assert [each.notice.url for each in store.waiting("slack", NOON)] == [URLS[0], POISONED]
    assert rows("SELECT count(*) FROM incident") == [(1,)]
    assert len(ours(caplog)) == 1


def test_notices(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A notice of our own with bad text is told with that text replaced, in its turn."""
    texts = ["one", "two \ud800", "three"]
    notices = [Notice(NoticeKind.TEST, NOON + timedelta(n), text=text) for n, text in enumerate(texts)]
    store.record([], notices, [Route("slack")])
    assert [each.notice.text for each in store.waiting("slack", NOON)] == ["one", "two ?", "three"]
    assert [record.getMessage().partition(":")[0] for record in ours(caplog)] == [
        "Stored a result of Py Pinger itself with invalid values replaced"
    ]


def test_settled(store: Store, rows: Rows) -> None:
    """A channel's answer that cannot be stored does not have the message sent again."""
    store.record([], [Notice(NoticeKind.TEST, NOON, text="a test")], [Route("slack")])
    (delivery,) = store.waiting("slack", NOON)
    store.settle(DeliveryUpdate((delivery.id,), DeliveryState.DELIVERED, NOON, NOON, "\ud800", "\udfff"))
    assert store.waiting("slack", NOON) == ()
    assert rows("SELECT receipt, error, attempts FROM delivery") == [("?", "?", 1)]


def test_clean_already() -> None:
    """What can be stored is the same after cleaning."""
    assert sanitize(step(POISONED)) == step(POISONED)
