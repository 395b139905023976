"""The lease of a node in its store, and what the last renewal says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from types import SimpleNamespace
from typing import cast

import pytest
from tests.support.cluster_views import NOW, node, view
from tests.support.eventually import PATIENCE
from tests.support.fake_cluster import AWAY, FakeRenewals

from py_pinger.app.cluster.node_lease import NodeLease
from py_pinger.app.cluster.node_task_list import Fingerprints, NodeTaskList
from py_pinger.core.model.cluster import Sight
from py_pinger.engine.cluster import lease_renewer
from py_pinger.engine.cluster.lease_renewer import NOT_VOUCHED
from py_pinger.store import FencedError, StoreError
from py_pinger.store.node_store import NodeStore

OWNED = {"shard 1": 1, "shard 2": None}


class FakeStore(FakeRenewals):
    """The store of node a."""

    name, incarnation, is_over = "a", 1, False


def lease_of(store: FakeStore) -> NodeLease:
    """Return the lease of a node whose settings are in force."""
    task_list = SimpleNamespace(in_force=Fingerprints("settings", "secrets"))
    return NodeLease(cast("NodeStore", store), cast("NodeTaskList", task_list), lambda: NOW)


@asynccontextmanager
async def renewing(lease: NodeLease) -> AsyncIterator[None]:
    """Have a lease renewed meanwhile, by its thread; fail if what is awaited does not happen."""
    lease.renewer.start()
    async with asyncio.timeout(PATIENCE):
        yield
    lease.renewer.stop()


def test_a_renewal() -> None:
    """A node reports its settings at first, later what it is told to, and knows the cluster by that."""
    store = FakeStore(view(node("a"), node("b"), owned=OWNED))
    lease = lease_of(store)
    assert (lease.view, lease.owners(), lease.is_last()) == (None, {}, True)
    lease.renewer.renew_once()
    assert [(each.settings, each.secrets) for each in store.reports] == [("settings", "secrets")]
    assert (lease.view, lease.owners(), lease.is_last()) == (store.view, OWNED, False)
    lease.report = lambda: None
    lease.renewer.renew_once()
    assert (lease.renewer.state.error, len(store.reports)) == (NOT_VOUCHED, 1)


def test_the_last_node() -> None:
    """A node is the last one if the leases of all others have expired, or they leave too."""
    others = node("b", expired=True), node("c", sight=Sight.LEAVING)
    lease = lease_of(FakeStore(view(node("a"), *others)))
    lease.renewer.renew_once()
    assert lease.is_last()


@pytest.fixture
def _renewed_when_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renew no lease by time, however long a busy machine takes."""
    monkeypatch.setattr(lease_renewer, "RENEWAL", PATIENCE)


@pytest.mark.usefixtures("_renewed_when_requested")
async def test_a_declaration_to_leave() -> None:
    """It counts once a renewal has it: the one under way may not; a database that is away has none."""
    store = FakeStore(view(node("a")))
    lease = lease_of(store)
    async with renewing(lease):
        await lease.declare_leaving()
        store.view = view(node("a", sight=Sight.LEAVING))
        await lease.declare_leaving()
        store.error = AWAY
        await lease.declare_leaving()
    assert lease.renewer.state.error == str(AWAY)
    assert 4 <= len(store.reports) <= 5


@pytest.mark.usefixtures("_renewed_when_requested")
async def test_others_that_have_not_left() -> None:
    """They are seen until they have left, while the lease is renewed."""
    store = FakeStore(view(node("a"), node("b", sight=Sight.LEAVING)))
    lease = lease_of(store)
    async with renewing(lease):
        await lease.poll()
        seen = [lease.sees_others()]
        for store.view, store.error in (
            (view(node("a")), None),
            (view(node("a"), node("b")), AWAY),
            (view(node("a"), node("b")), FencedError("it is over")),
        ):
            await lease.poll()
            seen.append(lease.sees_others())
    assert seen == [True, False, False, False]


async def test_waiting_for_others_to_leave() -> None:
    """The last node waits until others have left, for a while; not while the database is away."""
    store = FakeStore(view(node("a"), node("b", sight=Sight.LEAVING)))
    lease = lease_of(store)
    async with renewing(lease):
        await lease.renew_now()
        began = monotonic()
        await lease.wait_until_alone(0.2)
        assert monotonic() - began >= 0.2
        store.view = view(node("a"))
        await lease.wait_until_alone(60)
        store.view, store.error = view(node("a"), node("b")), AWAY
        await lease.renew_now()
        await lease.wait_until_alone(60)


def test_evidence_of_others() -> None:
    """The other nodes are evidence about the network."""
    lease = lease_of(FakeStore(view(node("a"), node("b"))))
    before = lease.peers()
    lease.renewer.renew_once()
    assert lease.peers() != before


@pytest.mark.parametrize(
    ("error", "over", "text"),
    [
        pytest.param(StoreError("it is away"), False, "it is away", id="away"),
        pytest.param(FencedError("it is over"), True, None, id="over"),
    ],
)
def test_renewals_that_fail(error: StoreError, over: bool, text: str | None) -> None:  # noqa: FBT001 - a parameter
    """A database that is away is an error; a run that is over has to end."""
    store = FakeStore(view(node("a")))
    lease = lease_of(store)
    lease.renewer.renew_once()
    store.error = error
    lease.renewer.renew_once()
    assert (lease.renewer.state.over, lease.renewer.state.error) == (over, text)


def test_a_run_that_the_store_knows_to_be_over() -> None:
    """The lease is not renewed then, even if the database would do it."""
    store = FakeStore(view(node("a")))
    store.is_over = True
    lease = lease_of(store)
    lease.renewer.renew_once()
    assert (lease.renewer.state.over, store.reports) == (True, [])


async def test_renewed_now() -> None:
    """A renewal that is requested is waited for, whether it succeeds or fails; one that is over is none."""
    store = FakeStore(view(node("a")))
    lease = lease_of(store)
    async with renewing(lease):
        await lease.renew_now()
        await lease.renew_now()
        assert len(store.reports) >= 2
        store.error = AWAY
        await lease.renew_now()
        assert lease.renewer.state.error == str(AWAY)
        store.error = FencedError("it is over")
        await lease.renew_now()
        await lease.renew_now()
    assert lease.renewer.state.over
