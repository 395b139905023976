"""One process at a time writes to a database on a server, whatever happens to connections and processes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from tests.support.eventually import eventually
from tests.support.other_connections import end_other_connections
from tests.support.postgres import Cluster
from tests.support.storing_process import storing_process

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Span, Transition
from py_pinger.store import Store, StoreError
from py_pinger.store.database import ownership

URL = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
IN_USE = "another Py Pinger already uses the database "


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server, whatever other backends there are."""
    return cluster.database()


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query, or of a change, of one's own."""
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(query))
        found = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return found


def stored(url: str) -> list[str]:
    """Return the topics of the stored notices, in the order of their storing."""
    return [str(topic) for (topic,) in rows(url, "SELECT content::json ->> 'topic' FROM notice ORDER BY id")]


def test_all_connections_end(url: str) -> None:
    """With all its connections the owner loses nothing: a second process is rejected, its writes go on."""
    with storing_process(url) as owner:
        assert owner.answer() == "open"
        for number in range(3):
            end_other_connections(url)
            with storing_process(url) as second:
                failures = owner.store(number)
                assert failures <= 1
                assert second.answer().startswith(IN_USE)
    assert stored(url) == ["0", "1", "2"]


def test_the_server_restarts(url: str, cluster: Cluster) -> None:
    """After a restart of the server the owner writes again, and a second process is rejected."""
    with storing_process(url) as owner:
        assert owner.answer() == "open"
        assert owner.request("store 1") == "done"
        cluster.restart()
        with storing_process(url) as second:
            assert owner.store(2) <= 1
            assert second.answer().startswith(IN_USE)
    assert stored(url) == ["1", "2"]


def test_the_owner_is_stopped(url: str) -> None:
    """An owner that was stopped for longer than its lease writes and sends nothing if another took over."""
    with storing_process(url) as first:
        assert first.answer() == "open"
        assert first.request("store 1") == "done"
        with storing_process(url) as other:
            with first.stopped():
                assert other.answer() == "open"
                assert other.request("store 2") == "done"
            assert first.request("store 3").startswith(IN_USE)
            assert first.request("waiting 9").startswith(IN_USE)
            assert other.request("waiting 9") == "2"
            assert other.request("store 4") == "done"
            other.end()
        assert first.request("store 3") == "done"
        assert first.request("waiting 9") == "4"
    assert stored(url) == ["1", "2", "4", "3"]


def test_the_owner_is_stopped_in_a_transaction(url: str) -> None:
    """The server ends the transaction of a process that was stopped in it, so that another can take over."""
    with storing_process(url) as owner:
        assert owner.answer() == "open"
        assert owner.request("hold") == "holding"
        with owner.stopped(), storing_process(url) as other:
            assert other.answer() == "open"
            assert other.request("store 1") == "done"
    assert stored(url) == ["1"]


def test_the_owner_dies(url: str) -> None:
    """After a kill -9 the next process gets the database once the lease has ended, and not before."""
    with storing_process(url) as owner:
        assert owner.answer() == "open"
        owner.process.kill()
        (left,) = rows(url, "SELECT expires / 1e6 - extract(epoch FROM clock_timestamp()) FROM owner")
        assert float(str(left[0])) > 0
        with storing_process(url) as other:
            assert other.answer() == "open"
        (process,) = rows(url, "SELECT process FROM owner")
        assert str(process[0]).startswith(f"process {other.process.pid} on ")


def test_the_clock_of_the_server_was_set_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease whose end lies far ahead has ended if it is not renewed for the length of a lease."""
    monkeypatch.setattr(ownership, "LEASE", 0.5)
    Store.open(url).close()
    rows(url, "UPDATE owner SET expires = 9000000000000000")
    Store.open(url).close()


def take_over(url: str) -> None:
    """Make another process the owner, for an hour."""
    rows(url, "UPDATE owner SET token = -1, process = 'another', expires = expires + 3600000000")


def end_lease(url: str) -> None:
    """Let the lease of the owner end."""
    rows(url, "UPDATE owner SET expires = 0")


def test_an_idle_process_notices(
    url: str, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that writes nothing notices a lost database, says so, and that it has it again."""
    monkeypatch.setattr(ownership, "RENEWAL", 0.1)
    assert store.database_error() is None
    take_over(url)
    lost = eventually(store.database_error, "the loss")
    assert lost.startswith(IN_USE)
    eventually(lambda: caplog.messages, "a line")
    assert caplog.messages == [f"Cannot renew the lease of the database, will retry: {lost}"]
    end_lease(url)
    eventually(lambda: store.database_error() is None, "the recovery")
    (sentence,) = store.database_incidents()
    assert sentence.startswith("Another Py Pinger (another) owned the database ")


def test_a_row_that_is_gone(url: str, store: Store) -> None:
    """A table without its row, as after a restored backup, is taken at the next write."""
    rows(url, "DELETE FROM owner")
    store.set_tasks([])
    assert rows(url, "SELECT id FROM owner") == [(1,)]


def failing(at: datetime) -> Transition:
    """Return the transition to an incident."""
    turn = CauseChange(at, Cause.LATE, "late")
    verdict = Verdict(Status.ERROR, Cause.LATE, "late")
    state = TaskState(verdict, since=at, checked_at=at, pings=1, incident=Incident(at, at, (turn,)))
    return Transition(URL, state, span=Span(at, Status.ERROR, Cause.LATE, at))


def test_states_are_restored(url: str, store: Store) -> None:
    """Taken back, the database has the states of this process again: no incident of another stays open."""
    store.set_tasks([Task(URL, URL)])
    fine = TaskState(Verdict(Status.OK), since=NOON, checked_at=NOON, pings=1)
    store.record([Transition(URL, fine, span=Span(NOON, Status.OK, None, NOON))], [], [])
    end_lease(url)
    with closing(Store.open(url)) as other:
        other.set_tasks([])
        other.set_tasks([Task(URL, URL)])
        other.record([failing(NOON + timedelta(minutes=1))], [], [])
        with pytest.raises(StoreError, match=IN_USE):
            store.record([], [], [])
    assert store.prune(NOON) == 0
    assert store.set_tasks([Task(URL, URL)]) == {URL: fine}
    assert store.open_incident_records("slack") == ()
    spans = store.spans([URL], NOON - timedelta(days=1))[URL]
    assert [(span.status, span.ended is None) for span in spans] == [
        (Status.OK, False),
        (Status.ERROR, False),
        (Status.OK, True),
    ]
