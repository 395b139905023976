"""Fixtures of the faults of a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.cluster.cluster_scenario import ClusterScenario, new_cluster
from tests.support.postgres import BINARIES


@pytest.fixture
def _postgresql() -> None:
    """Skip the test where PostgreSQL is missing."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")


@pytest.fixture
def cluster(tmp_path: Path, _postgresql: None) -> Iterator[ClusterScenario]:
    """Return three nodes that run and share 40 tasks."""
    with new_cluster(tmp_path) as cluster:
        cluster.start()
        yield cluster
