"""What the tests of a node share: a database server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.support.node_stores import Server
from tests.support.postgres import BINARIES, Cluster, running_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL server for all tests of this process."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with running_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database without rows."""
    return cluster.database()


@pytest.fixture
def server(url: str) -> Iterator[Server]:
    """Be the administrator of the database."""
    with closing(Server(url)) as server:
        yield server
