"""The store behind PgBouncer, where each transaction gets another session of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import create_engine, text
from tests.support.pgbouncer import Pooler, behind_pgbouncer, pgbouncer
from tests.support.postgres import Cluster
from tests.support.storing_process import storing_process

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store, StoreError
from py_pinger.store.database import postgresql
from py_pinger.store.database.limited_connection import USUAL_LIMITS
from py_pinger.store.external import ReadOnlyStore, SharedStore

pytestmark = behind_pgbouncer

URLS = [f"http://a.example/{number}" for number in range(20)]
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
IN_USE = "another Py Pinger already uses the database "


@pytest.fixture
def pooler(cluster: Cluster) -> Iterator[Pooler]:
    """Run PgBouncer in front of a database without rows."""
    with pgbouncer(cluster, cluster.database()) as running:
        yield running


def steps(number: int) -> list[Transition]:
    """Return a check of each task."""
    at = NOON + timedelta(minutes=number)
    state = TaskState(Verdict(Status.OK), since=NOON, checked_at=at, pings=number)
    return [Transition(url, state) for url in URLS]


def test_one_owner(pooler: Pooler) -> None:
    """A second process is rejected behind PgBouncer too; after a kill -9 it gets the database."""
    with storing_process(pooler.url) as owner:
        assert owner.answer() == "open"
        with storing_process(pooler.url) as second:
            assert owner.request("store 1") == "done"
            assert second.answer().startswith(IN_USE)
        owner.process.kill()
        with storing_process(pooler.url) as third:
            assert third.answer() == "open"
            assert third.request("waiting 9") == "1"


def test_reads_and_writes_at_once(pooler: Pooler) -> None:
    """Many transactions of several threads work, whichever session they get."""
    with closing(Store.open(pooler.url)) as store:
        store.set_tasks([Task(url, url) for url in URLS])
        seen: list[int] = []

        def read() -> None:
            for _ in range(30):
                seen.append(len(store.latency(URLS[0], NOON)))
                store.waiting("slack", NOON)

        readers = [Thread(target=read) for _ in range(4)]
        for each in readers:
            each.start()
        for number in range(30):
            store.record(steps(number), [], [])
        for each in readers:
            each.join()
        assert len(seen) == 120
        with closing(ReadOnlyStore.open(pooler.url)) as reading:
            assert [each.state.pings for each in reading.task_snapshots()] == [29] * len(URLS)
        with closing(SharedStore.open(pooler.url)) as shared:
            shared.silences.create("*", NOON, NOON + timedelta(hours=1), "why", "who")
        assert len(store.silences.active(NOON)) == 1


def test_limits_end_with_their_transaction(pooler: Pooler) -> None:
    """The limits of a transaction do not reach others that get the same session."""
    engine = create_engine(pooler.url, connect_args={"prepare_threshold": None})
    limits = [f"current_setting('{name}')" for name in ("statement_timeout", "lock_timeout")]
    with closing(Store.open(pooler.url)) as store:
        for number in range(5):
            store.record([], [], [])
            with engine.connect() as connection:
                found = connection.execute(text(f"SELECT {', '.join(limits)}")).one()
            assert tuple(found) == ("0", "0"), number
    engine.dispose()


def test_a_silent_pooler(pooler: Pooler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write to what accepts everything and answers nothing is given up, and works again afterwards."""
    monkeypatch.setattr(postgresql, "USUAL_LIMITS", USUAL_LIMITS._replace(silence=0.5))
    with closing(Store.open(f"{pooler.url}&connect_timeout=2")) as store:
        store.set_tasks([Task(url, url) for url in URLS])
        with pooler.stopped():
            with pytest.raises(StoreError, match="cannot be written: no answer from the server"):
                store.record(steps(1), [], [])
            with pytest.raises(StoreError, match="cannot be written: connection timeout expired"):
                store.record(steps(1), [], [])
        store.record(steps(1), [], [])
        assert [each.state.pings for each in store.task_snapshots()] == [1] * len(URLS)
