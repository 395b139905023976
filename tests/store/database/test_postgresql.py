"""What the store does on PostgreSQL alone: its lock, and a server that goes away."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import create_engine, make_url, text
from tests.support.other_connections import end_other_connections
from tests.support.postgres import Cluster

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store, StoreError
from py_pinger.store.database import postgresql
from py_pinger.store.database.limited_connection import USUAL_LIMITS
from py_pinger.store.database.postgresql import PostgresqlDatabase

A = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
OK = Transition(A, TaskState(Verdict(Status.OK), pings=1))


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server, whatever other backends there are."""
    return cluster.database()


def refusal(url: str) -> str:
    """Return the sentence with which a database is refused."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    return str(caught.value)


def test_the_server_was_restarted(url: str, store: Store) -> None:
    """A write during a restart of the server is refused; the next goes through, and the lock holds."""
    store.set_tasks([Task(A, A)])
    end_other_connections(url)
    with pytest.raises(StoreError, match=r"^the database .* cannot be written: terminating connection"):
        store.record([OK], [], [])
    store.record([OK], [], [])
    assert store.set_tasks([Task(A, A)]) == {A: OK.state}
    assert refusal(url).startswith("another Py Pinger already uses the database postgresql+psycopg:")


def test_a_table_that_another_program_locks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write waits for another program's lock for a limited time only, then it is refused."""
    monkeypatch.setattr(postgresql, "USUAL_LIMITS", USUAL_LIMITS._replace(lock=0.2))
    engine = create_engine(url)
    with closing(Store.open(url)) as store, engine.begin() as connection:
        store.set_tasks([Task(A, A)])
        connection.execute(text("LOCK TABLE task"))
        with pytest.raises(StoreError, match="cannot be written: canceling statement due to lock timeout"):
            store.record([OK], [], [])
        connection.rollback()
        store.record([OK], [], [])
        assert store.task_snapshots()[0].state == OK.state
    engine.dispose()


def test_limits(url: str) -> None:
    """A connection has limits for a server that does not answer; those in the URL have precedence."""
    with closing(PostgresqlDatabase(make_url(f"{url}&keepalives_idle=77"))) as database:
        database.open()
        with database.reading() as connection:
            parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    found = [parameters[name] for name in ("connect_timeout", "keepalives_idle", "tcp_user_timeout")]
    assert found == ["5", "77", "8000"]


def test_migrations_take_turns(cluster: Cluster) -> None:
    """Two that start at once on an empty database never migrate it at the same time: one of them gets it."""
    empty = cluster.empty_database()
    opened: list[Store] = []
    refused: list[str] = []

    def start() -> None:
        try:
            opened.append(Store.open(empty))
        except StoreError as error:
            refused.append(str(error))

    starts = [Thread(target=start) for _ in range(2)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    assert (len(opened), [sentence[:17] for sentence in refused]) == (1, ["another Py Pinger"])
    opened[0].close()


def test_no_file(store: Store) -> None:
    """A server's database has no file that others could read, and comes to no harm that we could mend."""
    assert (store.file(), store.database_incidents()) == (None, ())


def test_one_moment(url: str, store: Store) -> None:
    """A transaction that reads sees one moment, whatever is written meanwhile."""
    store.set_tasks([Task(A, A)])
    engine = create_engine(url)
    with store._database.reading() as reading:  # noqa: SLF001 - no question of the store's takes long enough
        before = reading.scalar(text("SELECT count(*) FROM task"))
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM task"))
        assert reading.scalar(text("SELECT count(*) FROM task")) == before == 1
    engine.dispose()


@pytest.mark.parametrize(("durable", "setting"), [(False, "off"), (True, "on")])
def test_durable_writes(store: Store, durable: bool, setting: str) -> None:  # noqa: FBT001 - a parameter of the table
    """A durable write waits for the disk, also on a server that is set not to wait, as this one is."""
    with store._database.writing(durable=durable) as connection:  # noqa: SLF001 - no method shows it
        assert connection.scalar(text("SHOW synchronous_commit")) == setting


def test_room_in_pages(cluster: Cluster) -> None:
    """Tables whose rows are updated often leave room for it, so that an update needs no index."""
    url = cluster.empty_database()
    engine = create_engine(url)
    with closing(Store.open(url)), engine.connect() as connection:
        options = "SELECT relname, reloptions FROM pg_class WHERE relname IN ('task', 'node', 'lease')"
        found = {each.relname: each.reloptions for each in connection.execute(text(options))}
    assert found == {"task": ["fillfactor=60"], "node": ["fillfactor=10"], "lease": ["fillfactor=20"]}
    engine.dispose()
