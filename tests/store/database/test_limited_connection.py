"""A server that does not answer is given up, and the write is repeated on another connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.support.other_connections import all_processes_stopped, idle_processes_stopped
from tests.support.postgres import Cluster
from tests.support.storing_process import storing_process

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError
from py_pinger.store.database import postgresql
from py_pinger.store.database.limited_connection import USUAL_LIMITS

URL = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
NOTICE = Notice(NoticeKind.SELF_PROBLEM, NOON, topic="clock", opened=NOON, text="wrong")
STEP = Transition(URL, TaskState(Verdict(Status.OK), since=NOON, checked_at=NOON, pings=1))


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server, whatever other backends there are."""
    return cluster.database()


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Open a database of a server with short limits, which has one task."""
    limits = USUAL_LIMITS._replace(silence=0.6, statement=0.3)
    monkeypatch.setattr(postgresql, "USUAL_LIMITS", limits)
    with closing(Store.open(url)) as opened:
        opened.set_tasks([Task(URL, URL)])
        yield opened


def record(store: Store) -> None:
    """Store a check and a notice."""
    store.record([STEP], [NOTICE], [Route("slack")])


def assert_stored_once(store: Store) -> None:
    """Assert that the check and the notice are stored, the latter once."""
    assert [each.state for each in store.task_snapshots()] == [STEP.state]
    assert [each.notice for each in store.waiting("slack", NOON + timedelta(hours=1))] == [NOTICE]


def test_a_server_process_is_stopped(url: str, store: Store) -> None:
    """A write to a process of the server that was stopped is given up; repeated, another process does it."""
    with idle_processes_stopped(url):
        with pytest.raises(StoreError, match="cannot be written: no answer from the server"):
            record(store)
        assert "no answer from the server" in str(store.database_error())
        record(store)
        assert store.database_error() is None
        assert_stored_once(store)
    record(store)
    assert_stored_once(store)


def test_a_server_process_is_stopped_in_a_transaction(url: str) -> None:
    """What waits behind a transaction that was stopped is given up too, and stored once it goes on."""
    with storing_process(url) as owner:
        assert owner.answer() == "open"
        assert owner.request("hold") == "holding"
        with all_processes_stopped(url):
            assert "no answer from the server" in owner.request("commit")
            assert "lock timeout" in owner.request("store 1")
        assert owner.request("store 1") == "done"
        assert owner.request("waiting 9") == "1"


def test_a_statement_takes_too_long(store: Store) -> None:
    """A server that has not finished in time cancels the statement itself."""
    with pytest.raises(StoreError, match="cannot be written: canceling statement due to statement timeout"):
        _sleep(store)
    record(store)
    assert_stored_once(store)


def _sleep(store: Store) -> None:
    with store._database.writing() as connection:  # noqa: SLF001 - no statement of the store is as slow
        connection.execute(text("SELECT pg_sleep(5)"))


def test_the_driver_may_be_left_out(url: str) -> None:
    """A URL as services give it, which names no driver, works as well."""
    Store.open(url.replace("+psycopg", "")).close()
