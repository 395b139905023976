"""Nodes of one release run next to those of the next one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text
from tests.support.node_stores import URLS, Server, check, open_node, running_nodes
from tests.support.postgres import Cluster

from py_pinger.store import StoreError
from py_pinger.store.database import migration
from py_pinger.store.database.migration import OLDEST_READER, REVISIONS
from py_pinger.store.database.node_database import NodeDatabase

A = URLS[0]
NEXT = "0099"


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a new database, whose schema a test may change."""
    return cluster.empty_database()


@contextmanager
def next_release(oldest_reader: str = OLDEST_READER) -> Iterator[None]:
    """Be the next release meanwhile, whose schema has one more column; it accepts these nodes next to it."""

    def upgrade(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE task ADD COLUMN colour TEXT"))
        connection.execute(text("UPDATE alembic_version SET version_num = :next"), {"next": NEXT})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "REVISIONS", (*REVISIONS, NEXT))
        patch.setattr(migration, "_upgrade", upgrade)
        patch.setattr(migration, "OLDEST_READER", oldest_reader)
        yield


def test_nodes_of_two_releases(url: str, server: Server) -> None:
    """A node of the next release adds to the schema while others run; these go on, and may be restarted."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.leave()
        with next_release():
            upgraded = open_node(url, "a")
        upgraded.begin("settings", "secrets")
        b.record([check(A)], [], [])
        b.close()
        restarted = open_node(url, "b")
        restarted.begin("settings", "secrets")
        restarted.load()
        assert [each.url for each in restarted.task_snapshots()] == [*URLS]
        restarted.record([check(A, 5)], [], [])
        assert server.run("SELECT version_num FROM alembic_version") == [(NEXT,)]
        restarted.close()
        upgraded.close()


def test_a_release_that_cannot_run_next_to_this_one(url: str) -> None:
    """Where the next release accepts no nodes of this one, they are not started, and say why."""
    with running_nodes(url, "a") as [a]:
        a.leave()
        with next_release(oldest_reader=NEXT):
            open_node(url, "a").close()
        with pytest.raises(StoreError, match=f"has schema {NEXT}, and this Py Pinger knows schemas up to"):
            open_node(url, "b")


def test_an_upgrade_does_not_keep_others_waiting(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a long transaction keeps the schema as it is, the nodes that run go on reading and writing."""
    limits = NodeDatabase._opening_limits._replace(lock=0.1)  # noqa: SLF001 - so that the test is quick
    monkeypatch.setattr(NodeDatabase, "_opening_limits", limits)
    reader = create_engine(url)
    with running_nodes(url, "b") as [b], ThreadPoolExecutor() as threads, next_release():
        with reader.connect() as connection:
            connection.execute(text("SELECT count(*) FROM task"))
            opening = threads.submit(open_node, url, "a")
            for minutes in range(20):
                b.record([check(A, minutes)], [], [])
            assert not opening.done()
        opening.result(30).close()
    reader.dispose()
