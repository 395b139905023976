"""Requests of checks are read from the database only when there may be others."""

from __future__ import annotations

from collections.abc import Hashable

import pytest
from tests.support.node_stores import NOON, URLS, running_nodes

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.check_request_access import AsyncCheckRequests
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.engine.runtime.thread_worker import ThreadWorker

A, B = URLS[:2]


async def test_a_request_that_is_made_during_a_read(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not missed: what has changed is found out before the requests are read, not after."""
    with running_nodes(url, "a", "b") as [a, b]:
        requests = AsyncCheckRequests(a, AsyncStore(a, ThreadWorker("store"), ()))
        version = a.changes.version

        def late(*kinds: ChangeKind) -> Hashable:
            b.check_requests.add([A], NOON)
            return version(*kinds, max_age=0)

        monkeypatch.setattr(a.changes, "version", late)
        assert set(await requests.waiting(again=False)) == {A}


async def test_requests_are_returned_once(url: str) -> None:
    """What was returned is returned again only on demand, or with what another node requests then."""
    with running_nodes(url, "a", "b") as [a, b]:
        requests = AsyncCheckRequests(a, AsyncStore(a, ThreadWorker("store"), ()))
        assert set(await requests.waiting(again=False)) == set()
        b.check_requests.add([A], NOON)
        a.changes.forget()
        assert set(await requests.waiting(again=False)) == {A}
        assert set(await requests.waiting(again=False)) == set()
        assert set(await requests.waiting(again=True)) == {A}
        b.check_requests.add([B], NOON)
        a.changes.forget()
        assert set(await requests.waiting(again=False)) == {A, B}
        await requests.remove([A, B])
        assert set(await requests.waiting(again=True)) == set()
