"""What the tests of the store share: a database of each backend, and values to put into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from tests.support.node_stores import Server
from tests.support.postgres import BINARIES, Cluster, running_cluster

from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL server for all tests of this process."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with running_cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a database without rows; each backend is one parameter."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/pinger.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database()


@pytest.fixture
def server(url: str) -> Iterator[Server]:
    """Be the administrator of the database."""
    with closing(Server(url)) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a database without tables; each backend is one parameter."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/pinger.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.empty_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open a new database."""
    with closing(Store.open(url)) as opened:
        yield opened


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    """Look past the store, with SQL of one's own."""
    engine = create_engine(url)

    def fetch(query: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    yield fetch
    engine.dispose()
