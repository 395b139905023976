"""The store at the service of the loops and the web."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import current_thread
from threading import enumerate as threads

import pytest
from tests.support.cluster_statuses import cluster_status

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.web_data import WebData
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import Health, Metrics, Problem, ProblemKind
from py_pinger.core.model.history import IncidentFilter, LoopStats, MonitorDowntime
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import Silence, SilencedUntil, TaskLabels
from py_pinger.engine.runtime.store_access import StoreInternalError, StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.store import Store
from py_pinger.web.view.data import WriteFailure

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


def no_check(_: str) -> float:
    """Accept the request of a check."""
    return 0.0


TASK = Task("http://a/", "http://a/")
STEP = Transition(TASK.url, TaskState(pings=1))
GREETING = Notice(NoticeKind.STARTED, NOW, text="Hello!")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a new database that watches one task."""
    with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as store:
        store.set_tasks([TASK])
        yield store


@pytest.fixture
async def async_store(store: Store) -> AsyncIterator[AsyncStore]:
    """Return a desk for two channels."""
    async_store = AsyncStore(store, ThreadWorker("desk"), [Route("log"), Route("slack")])
    yield async_store
    await async_store.close()


async def test_record_and_carry(async_store: AsyncStore, store: Store) -> None:
    """What the loops record is in the store, with a delivery for each channel, until it is settled."""
    await async_store.record([STEP], [GREETING])
    assert store.task_snapshots()[0].state == TaskState(pings=1)
    (for_log,) = await async_store.call(Store.waiting, "log", NOW)
    (for_slack,) = await async_store.call(Store.waiting, "slack", NOW)
    assert (for_log.notice, for_slack.notice) == (GREETING, GREETING)
    await async_store.call(Store.settle, DeliveryUpdate((for_log.id,), DeliveryState.DELIVERED, NOW, NOW))
    waiting = [await async_store.call(Store.waiting, channel, NOW) for channel in ("log", "slack")]
    assert [len(each) for each in waiting] == [0, 1]


async def test_prune(async_store: AsyncStore) -> None:
    """Pruning says how much was forgotten."""
    assert await async_store.call(Store.prune, NOW - timedelta(days=90)) == 0


async def test_watch(async_store: AsyncStore, store: Store) -> None:
    """The next start knows whether the last run ended properly."""
    await async_store.record([], [GREETING])
    await async_store.call(Store.record_alive, NOW + timedelta(minutes=1))
    assert store.downtime() == MonitorDowntime(NOW + timedelta(minutes=1), clean=False)
    await async_store.call(Store.end_session, NOW + timedelta(minutes=2))
    assert store.downtime() == MonitorDowntime(NOW + timedelta(minutes=2), clean=True)


async def test_a_failing_store(async_store: AsyncStore, tmp_path: Path) -> None:
    """When the database is broken each request says so in the store's own sentence, with no cause of ours."""
    with closing(sqlite3.connect(tmp_path / "pinger.db")) as connection:
        connection.execute("DROP TABLE delivery")
    with pytest.raises(StoreUnavailable, match=r"^the database .*pinger\.db cannot be read: ") as raised:
        await async_store.call(Store.waiting, "log", NOW)
    assert raised.value.__cause__ is None


async def test_a_fault_of_ours(async_store: AsyncStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the store's code is an internal error, which says no more than its kind."""

    def prune(_store: Store, _before: datetime) -> int:
        raise KeyError("secret")

    monkeypatch.setattr(Store, "prune", prune)
    with pytest.raises(StoreInternalError, match=r"^internal error \(KeyError\)$") as raised:
        await async_store.call(Store.prune, NOW)
    assert isinstance(raised.value.__cause__, KeyError)


async def test_one_thread(async_store: AsyncStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests reach the store on one thread that is not the loop's."""
    seen: list[str] = []
    monkeypatch.setattr(Store, "prune", lambda _, __: seen.append(current_thread().name))
    await asyncio.gather(*(async_store.call(Store.prune, NOW) for _ in range(5)))
    assert seen == ["desk"] * 5


async def test_close(store: Store) -> None:
    """A closed desk has no thread."""
    async_store = AsyncStore(store, ThreadWorker("closing-desk"), [])
    await async_store.close()
    assert "closing-desk" not in [thread.name for thread in threads()]


class FakeVitals:
    """Three values to be handed on."""

    well = Health((Problem(ProblemKind.STORE, "a problem"),))
    beats = LoopStats(1.0, 0.0, 0.0, NOW)
    counted = Metrics(under_way=3)

    def health(self) -> Health:
        """Return a problem."""
        return self.well

    def metrics(self) -> Metrics:
        """Return what was counted."""
        return self.counted

    def loop_stats(self) -> LoopStats:
        """Return a pulse."""
        return self.beats


def test_board(store: Store) -> None:
    """The web is shown the store's rows, the channels' records, and how Py Pinger itself does."""
    state = TaskState(verdict=Verdict(Status.OK), pings=1)
    run, span = Run(NOW, NOW, healthy=True, reason=None), Span(NOW, Status.OK, None, NOW)
    store.record([Transition(TASK.url, state, span, run, body=b"{}")], [GREETING], [Route("log")])
    board = WebData(
        store,
        FakeVitals(),
        lambda: ["log"],
        lambda: NOW,
        Silencer(store.silences.in_force, (), lambda: NOW),
        no_check,
    )
    everything, dawn = IncidentFilter(), NOW - timedelta(days=1)
    (snapshot,) = board.tasks()
    assert (snapshot.url, board.task(TASK.url), board.task("http://b/")) == (
        TASK.url,
        snapshot,
        None,
    )
    assert (board.monitor.health(), board.monitor.loop_stats()) == (FakeVitals.well, FakeVitals.beats)
    assert (board.monitor.metrics(), board.channels_if_readable()) == (FakeVitals.counted, board.channels())
    assert [channel.name for channel in board.channels()] == ["log"]
    assert [span.status for span in board.history.spans([TASK.url], dawn)[TASK.url]] == [Status.OK]
    assert [run.lastrun for run in board.history.runs(TASK.url, dawn)] == [NOW]
    assert (board.history.incidents(everything, 10), board.history.count_incidents(everything)) == ((), 0)
    assert board.history.latency(TASK.url, dawn) == store.latency(TASK.url, dawn)
    assert (board.history.answer(TASK.url), board.revision()) == (b"{}", store.revision())


class KnownCluster:
    """A cluster of which this node owns one task."""

    refreshed = 0

    def status(self) -> ClusterStatus:
        """Return the cluster."""
        return cluster_status()

    def owns(self, url: str) -> bool:
        """Return True for the one task."""
        return url == TASK.url

    def refresh(self) -> None:
        """Count how often the checks of other nodes are read."""
        self.refreshed += 1


def test_a_node(store: Store) -> None:
    """Pages show the cluster and all tasks, and know those that this node checks: all, outside of one."""
    other = Task("http://b/", "http://b/")
    store.set_tasks([TASK, other])
    silencer = Silencer(store.silences.in_force, (), lambda: NOW)
    alone = WebData(store, FakeVitals(), lambda: ["log"], lambda: NOW, silencer, no_check)
    assert (alone.cluster(), alone.owned_tasks()) == (None, alone.tasks())
    cluster = KnownCluster()
    node = replace(alone, cluster_source=cluster)
    assert node.cluster() == cluster_status()
    assert [each.url for each in node.tasks()] == [TASK.url, other.url]
    assert [each.url for each in node.owned_tasks()] == [TASK.url]
    assert cluster.refreshed == 1
    assert node.task(TASK.url) == alone.task(TASK.url)
    assert cluster.refreshed == 2


def test_an_outbox_that_cannot_be_read(tmp_path: Path) -> None:
    """While the store cannot be read the outbox is missing; counters are there."""
    store = Store.open(f"sqlite:///{tmp_path}/pinger.db")
    board = WebData(
        store,
        FakeVitals(),
        lambda: ["log"],
        lambda: NOW,
        Silencer(store.silences.in_force, (), lambda: NOW),
        no_check,
    )
    with closing(store), closing(sqlite3.connect(tmp_path / "pinger.db")) as other:
        other.execute("DROP TABLE delivery")
        assert board.channels_if_readable() == ()
        assert board.monitor.metrics() == FakeVitals.counted


def test_silences(store: Store) -> None:
    """What the web asks for is silenced at once, and no more when it is lifted; the revision follows."""
    window = MaintenanceWindow("backup", "0 2 * * *", timedelta(hours=1))
    silencer = Silencer(store.silences.in_force, (window,), lambda: NOW)
    board = WebData(store, FakeVitals(), lambda: ["log"], lambda: NOW, silencer, no_check)
    names = TaskLabels(TASK.url)
    assert (board.active_silences().matching(names), board.maintenance_windows()) == (None, (window,))
    before, until = board.revision(), NOW + timedelta(hours=2)
    made = board.create_silence(TASK.url, until, "migrating", "anna")
    assert isinstance(made, Silence)
    assert (made.id, made.ends) == (1, until)
    assert board.active_silences().matching(names) == SilencedUntil(until, "migrating (anna)")
    assert board.revision() > before
    assert board.end_silence(1) is None
    assert board.active_silences().matching(names) is None


def test_silences_that_cannot_be_stored(tmp_path: Path) -> None:
    """Why the database does not take one is returned."""
    store = Store.open(f"sqlite:///{tmp_path}/pinger.db")
    silencer = Silencer(store.silences.in_force, (), lambda: NOW)
    board = WebData(store, FakeVitals(), lambda: ["log"], lambda: NOW, silencer, no_check)
    with closing(store), closing(sqlite3.connect(tmp_path / "pinger.db")) as other:
        other.execute("DROP TABLE silence")
        refused = board.create_silence("*", NOW, "", "")
        assert isinstance(refused, WriteFailure)
        assert refused.why.endswith("cannot be written: no such table: silence")
