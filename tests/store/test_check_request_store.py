"""Checks that a node requests of the owner of a task, by every backend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.model.task import Task
from py_pinger.store import Store
from py_pinger.store.queries.cluster.check_requests import USEFUL_FOR

Rows = Callable[[str], list[tuple[Any, ...]]]

A, B, C = (f"http://{host}.example/" for host in "abc")
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def watching(store: Store) -> Store:
    """Monitor three tasks."""
    store.set_tasks([Task(url, url) for url in (A, B, C)])
    return store


def test_a_request_waits_until_the_owner_removes_it(watching: Store) -> None:
    """A check that is requested twice waits once; that of an unknown task is left out."""
    watching.check_requests.add([B, A, "http://other.example/"], NOON)
    watching.check_requests.add([B], NOON + SECOND)
    assert watching.check_requests.waiting() == {A, B}
    watching.check_requests.remove([B, C])
    assert watching.check_requests.waiting() == {A}


def test_a_request_that_nobody_needs_is_deleted(watching: Store, rows: Rows) -> None:
    """With the next request those go that are too old to be of use."""
    watching.check_requests.add([A], NOON)
    watching.check_requests.add([B], NOON + USEFUL_FOR)
    assert watching.check_requests.waiting() == {A, B}
    watching.check_requests.add([C], NOON + USEFUL_FOR + SECOND)
    assert watching.check_requests.waiting() == {B, C}
    assert rows("SELECT count(*) FROM check_request") == [(2,)]
