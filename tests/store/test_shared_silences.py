"""Silences and acknowledgements of a cluster, as each node reads them."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.node_stores import NOON, TASKS, URLS, Server, running_nodes
from tests.support.postgres import Cluster

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.transition import Transition
from py_pinger.store.external import SharedStore
from py_pinger.store.node_store import NodeStore

A = URLS[0]
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def patterns(store: NodeStore) -> list[str]:
    """Return what a node has silenced, by a read of this moment."""
    store.changes.forget()
    return [each.pattern for each in store.silences.in_force(NOON).silences]


def test_silences_of_others(url: str) -> None:
    """A node sees those of other nodes and of the command line, and their ends; its own at once."""
    with running_nodes(url, "a", "b") as [a, b], closing(SharedStore.open(url)) as outside:
        assert patterns(b) == []
        first = a.silences.create("*a*", NOON, TOMORROW, "", "")
        assert patterns(b) == ["*a*"]
        outside.silences.create("*b*", NOON, TOMORROW, "", "")
        assert patterns(b) == ["*a*", "*b*"]
        b.silences.end([first.id], NOON)
        assert [each.pattern for each in b.silences.in_force(NOON).silences] == ["*b*"]
        assert patterns(a) == ["*b*"]


def test_nothing_is_read_while_nothing_changes(url: str, server: Server) -> None:
    """What nobody has noted is not read, for half a minute."""
    with running_nodes(url, "a") as [a]:
        a.silences.create("*a*", NOON, TOMORROW, "", "")
        before = patterns(a)
        server.run("DELETE FROM silence")
        assert patterns(a) == before == ["*a*"]


def test_a_silence_that_is_created_during_a_read(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not missed: what has changed is found out before the silences are read, not after."""
    with running_nodes(url, "a", "b") as [a, b]:
        version = b.changes.version

        def late(*kinds: ChangeKind) -> Hashable:
            a.silences.create("*", NOON, TOMORROW, "", "")
            return version(*kinds, max_age=0)

        monkeypatch.setattr(b.changes, "version", late)
        b.silences.in_force(NOON)
        monkeypatch.setattr(b.changes, "version", version)
        assert patterns(b) == ["*"]


def step(*, fails: bool) -> Transition:
    """Return a check that opens an incident, or closes it."""
    incident = Incident(NOON, NOON, (CauseChange(NOON, Cause.FAILED, "disk full"),))
    if fails:
        return Transition(A, TaskState(Verdict(Status.ERROR, Cause.FAILED), incident=incident))
    return Transition(A, TaskState(Verdict(Status.OK)), closed=replace(incident, closed=TOMORROW))


def acknowledged(store: NodeStore) -> list[str]:
    """Return the tasks whose incidents are acknowledged on a node, by a read of this moment."""
    store.changes.forget()
    return [each.url for each in store.silences.in_force(NOON).acknowledgements]


def test_an_acknowledgement_goes_with_its_incident_and_with_its_task(url: str) -> None:
    """On each node that of an incident that has closed, or of a task that is gone, is in force no more."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([step(fails=True)], [], [])
        assert acknowledged(b) == []
        a.acknowledgements.create([A], NOON, "on it", "anna")
        assert acknowledged(b) == [A]
        a.record([step(fails=False)], [], [])
        assert acknowledged(b) == []
        a.record([step(fails=True)], [], [])
        a.acknowledgements.create([A], NOON, "on it", "anna")
        assert acknowledged(b) == [A]
        a.rule(TASKS[1:], ["slack"], "others")
        assert acknowledged(b) == []
