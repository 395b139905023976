"""What a node owns: it claims, releases, follows and begins again, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.cluster_views import NOW, node, view
from tests.support.fake_cluster import AWAY, FakeNodeStore, FakeRenewals

from py_pinger.core.cluster.rendezvous import preferred
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, SettingsGeneration
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.cluster.node_loop import POLL_INTERVAL, RETRY, NodeLoop
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreFenced

A, B = 1, 2
# What belongs to node a while a and b run, and what belongs to b.
OURS = next(f"shard {n}" for n in range(9) if preferred(f"shard {n}", ("a", "b")) == "a")
THEIRS = next(f"shard {n}" for n in range(9) if preferred(f"shard {n}", ("a", "b")) == "b")


class Scene:
    """The loop of node a, whose views of the cluster come one after the other."""

    def __init__(self) -> None:
        self.store = FakeNodeStore()
        self.renewals = FakeRenewals(view())
        self.seconds = 0.0
        self.said: list[str] = []
        self.renewer = LeaseRenewer(
            self.renewals.renew, lambda: NodeReport("settings"), lambda: NOW, lambda: self.seconds
        )
        self.loop = NodeLoop(self.store, self.renewer, self.store, self.said.append)

    async def see(self, *nodes: Node, owned: Mapping[str, int | None]) -> list[object]:
        """Renew the lease, which shows this; return the steps that the loop takes then."""
        self.renewals.view = view(*nodes, owned=owned)
        return await self.renewed()

    async def renewed(self) -> list[object]:
        """Renew the lease; return the steps that the loop takes then."""
        self.seconds += 1
        self.renewer.renew_once()
        self.store.steps.clear()
        await self.loop.round()
        return [*self.store.steps]


def free(*names: str) -> dict[str, int | None]:
    """Return assignments that nobody owns."""
    return dict.fromkeys(names)


async def test_claims_and_takes_care() -> None:
    """What is free and belongs to the node is claimed, then taken care of; the same view needs no more."""
    scene = Scene()
    steps = await scene.see(node("a"), node("b"), owned=free(OURS, THEIRS))
    assert (steps, sorted(scene.loop.owned)) == ([("claim", OURS), ("use", OURS)], [OURS])
    assert await scene.loop.round() == POLL_INTERVAL
    assert (scene.store.steps, scene.loop.take_overs) == ([("claim", OURS), ("use", OURS)], 1)


async def test_claimed_by_another_node() -> None:
    """What another node was quicker to claim is not taken care of."""
    scene = Scene()
    scene.store.taken = frozenset({OURS})
    assert await scene.see(node("a"), owned=free(OURS)) == [("claim", OURS)]
    assert not scene.loop.owned


async def test_releases_after_the_last_write() -> None:
    """What belongs to another node is given up first, and released when all about it is written."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS, THEIRS))
    steps = await scene.see(node("a"), node("b"), owned={OURS: A, THEIRS: A})
    assert (steps, sorted(scene.loop.owned)) == ([("use", OURS), ("release", THEIRS)], [OURS])


async def test_a_release_that_is_not_answered() -> None:
    """It may have happened, so the assignment is not taken care of again; if it has not, it is repeated."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS, THEIRS))
    scene.store.fails = {"release"}
    both = {OURS: A, THEIRS: A}
    assert await scene.see(node("a"), node("b"), owned=both) == [("use", OURS), ("release", THEIRS)]
    assert (await scene.loop.round(), sorted(scene.loop.owned)) == (RETRY, [OURS])
    scene.store.fails = set()
    assert await scene.see(node("a"), node("b"), owned={OURS: A, THEIRS: B}) == []
    assert ("release", THEIRS) in await scene.see(node("a"), node("b"), owned=both)


async def test_writes_about_what_is_given_up_fail() -> None:
    """While not all is written, the assignment is still owned, and the next round tries again."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS, THEIRS))
    scene.store.fails = {"use"}
    both = {OURS: A, THEIRS: A}
    await scene.see(node("a"), node("b"), owned=both)
    assert (await scene.loop.round(), sorted(scene.loop.owned)) == (RETRY, sorted([OURS, THEIRS]))
    scene.store.fails = set()
    assert ("release", THEIRS) in await scene.see(node("a"), node("b"), owned=both)


async def test_what_is_given_up_but_not_released() -> None:
    """It is taken care of again if it belongs to the node by the next view: it may be given up already."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS, THEIRS))
    scene.store.fails = {"use"}
    both = {OURS: A, THEIRS: A}
    await scene.see(node("a"), node("b"), owned=both)
    scene.store.fails = set()
    assert await scene.see(node("a"), owned=both) == [("use", *sorted(both))]
    assert await scene.see(node("a"), owned=both) == []


async def test_a_claim_that_is_not_answered() -> None:
    """It may have happened: what the view shows as owned is claimed again, and taken care of."""
    scene = Scene()
    scene.store.fails = {"claim"}
    await scene.see(node("a"), owned=free(OURS))
    assert not scene.loop.owned
    scene.store.fails = set()
    assert await scene.see(node("a"), owned={OURS: A}) == [("claim", OURS), ("use", OURS)]


async def test_a_claim_that_the_database_has_lost() -> None:
    """What belongs to another node by a newer view than the claim is taken care of no longer."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS))
    assert await scene.see(node("a"), owned={OURS: B}) == [("use",)]
    assert not scene.loop.owned


async def test_claims_that_are_free_by_the_database() -> None:
    """They are claimed again before anything else, and what they stand for is taken care of throughout."""
    scene = Scene()
    both = free(OURS, THEIRS)
    await scene.see(node("a"), owned=both)
    scene.store.fails = {"claim"}
    for _ in range(2):
        assert await scene.see(node("a"), owned=both) == [("claim", *sorted(both))]
    scene.store.fails = set()
    assert await scene.see(node("a"), owned=both) == [("claim", *sorted(both))]
    assert sorted(scene.loop.owned) == sorted(both)


async def test_a_database_that_was_set_back() -> None:
    """Nothing else is claimed until the nodes had time to write again what it has lost; releases go on."""
    scene = Scene()
    await scene.see(node("a"), owned={OURS: None, THEIRS: B})
    scene.renewals.view = replace(
        view(node("a"), owned=free(OURS, THEIRS)), renewed_before=NOW - timedelta(seconds=20)
    )
    assert await scene.renewed() == [("claim", OURS)]
    both = {OURS: A, THEIRS: A}
    assert await scene.see(node("a"), node("b"), owned=both) == [("use", OURS), ("release", THEIRS)]
    owned = {OURS: A, THEIRS: None}
    assert await scene.see(node("a"), owned=owned) == []
    assert await scene.see(node("a"), owned=owned) == [("claim", THEIRS), ("use", *sorted(owned))]


async def test_a_view_from_before_the_claim() -> None:
    """A view that was read before the last claim says nothing about what was claimed."""
    scene = Scene()
    scene.renewals.view = view(node("a"), owned=free(OURS))
    scene.seconds += 1
    scene.renewer.renew_once()
    scene.seconds += 5
    await scene.loop.round()
    scene.seconds -= 3
    assert await scene.see(node("a"), owned={OURS: B}) == []
    assert sorted(scene.loop.owned) == [OURS]


async def test_the_last_node_claims_the_channels() -> None:
    """Before it stops, the last node claims the channels that were released, once, and nothing else."""
    scene = Scene()
    await scene.see(node("a"), owned={OURS: B, "channel slack": B})
    scene.renewals.view = view(node("a"), owned={OURS: None, "channel slack": None})
    scene.renewer.renew_once()
    scene.store.steps.clear()
    await scene.loop.claim_channels()
    await scene.loop.claim_channels()
    assert scene.store.steps == [("claim released", "channel slack"), ("use", "channel slack")]


async def test_channels_that_are_released_at_the_end() -> None:
    """A node that stops releases the channels that it has finished, once, and keeps its shards."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS, "channel slack", "channel log"))
    scene.store.steps.clear()
    await scene.loop.release_channels({"log"})
    await scene.loop.release_channels({"log"})
    assert scene.store.steps == [("release", "channel slack")]
    assert scene.loop.owned == {OURS, "channel log"}


async def test_a_take_over_that_fails() -> None:
    """What is owned, but could not be taken care of, is taken care of in the next round."""
    scene = Scene()
    scene.store.fails = {"use"}
    await scene.see(node("a"), owned=free(OURS))
    scene.store.fails = set()
    assert await scene.see(node("a"), owned={OURS: A}) == [("use", OURS)]
    assert await scene.see(node("a"), owned={OURS: A}) == []


async def test_follows() -> None:
    """Other settings of the cluster are read before anything else, again if that failed."""
    scene = Scene()
    scene.store.followed, scene.store.fails = True, {"reload"}
    assert await scene.see(node("a"), owned=free(OURS)) == [("reload",)]
    scene.store.fails = set()
    assert await scene.renewed() == [("reload",), ("claim", OURS), ("use", OURS)]
    assert await scene.see(node("a"), owned={OURS: A}) == []


async def test_settings_that_all_nodes_have() -> None:
    """They are put in force by one of the nodes, though none was reloaded."""
    scene = Scene()
    former = SettingsGeneration(4, "former", NOW - timedelta(hours=2), "c")
    scene.renewals.view = view(node("a"), node("b"), owned=free(OURS), generation=former)
    assert await scene.renewed() == [("rule",), ("claim", OURS), ("use", OURS)]


async def test_a_lost_node() -> None:
    """A node whose lease has expired is declared lost by one that has had its own for a whole lease."""
    scene = Scene()
    lost = replace(node("c"), expired=True)
    owned = {OURS: 3, THEIRS: 3}
    steps = [await scene.see(node("a"), node("b"), lost, owned=owned) for _ in range(9)]
    assert steps == [*[[]] * 8, [("lost", "c", "a", "b")]]


async def test_begins_again() -> None:
    """A fenced node drops everything, begins a new incarnation, and reads the list of tasks again."""
    scene = Scene()
    await scene.see(node("a"), owned=free(OURS))
    scene.renewals.error = StoreFenced("over")
    assert await scene.renewed() == [("abandon",), ("begin",)]
    assert (sorted(scene.loop.owned), scene.loop.restarts, scene.renewer.may_send()) == ([], 1, False)
    scene.renewals.error = None
    scene.renewals.view = ClusterView(NOW, (replace(node("a"), incarnation=2),), {OURS: None})
    assert await scene.renewed() == [("reload",), ("claim", OURS), ("use", OURS)]


async def test_cannot_begin_again_yet() -> None:
    """While the database is away, a fenced node tries again."""
    scene = Scene()
    scene.renewals.error = StoreFenced("over")
    scene.store.fails = {"begin"}
    await scene.renewed()
    assert await scene.loop.round() == RETRY
    scene.store.fails = set()
    assert await scene.loop.round() == POLL_INTERVAL
    assert scene.loop.restarts == 1


async def test_the_name_is_taken() -> None:
    """A node whose name another process has says so, and does not duel for it."""
    scene = Scene()
    scene.renewals.error = StoreFenced("over")
    scene.store.name_taken = True
    await scene.renewed()
    assert scene.said == ["another process runs as node a"]


async def test_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """While the store fails, the log has one line about it, and one when it works again."""
    caplog.set_level("INFO")
    scene = Scene()
    scene.store.fails = {"follow"}
    for _ in range(3):
        await scene.see(node("a"), owned={})
    scene.store.fails = set()
    await scene.see(node("a"), owned={})
    assert [each.message for each in caplog.records] == [
        f"Cannot take part in the cluster, will retry: {AWAY}",
        "Taking part in the cluster recovered.",
    ]


async def test_run() -> None:
    """The loop goes on until it is cancelled."""
    scene = Scene()
    running = asyncio.create_task(scene.loop.run(LoopFailures(lambda: NOW)))
    await scene.see(node("a"), owned=free(OURS))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert (running.cancelled(), sorted(scene.loop.owned)) == (True, [OURS])
