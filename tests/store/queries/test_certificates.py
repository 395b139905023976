"""What is known of certificates, and kept."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from tests.store.conftest import Rows

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.probing.certificate import Certificate
from py_pinger.store import Store
from py_pinger.store.external import SharedStore

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGIN = "https://a.example:443"
SLACK = [Route("slack")]
A, B, PLAIN = (
    Task(url, url) for url in ("https://a.example/?token=***", "https://b.example/", "http://a.example:443/")
)
SEEN = Certificate(ORIGIN, NOW + 90 * DAY, NOW)
WARNED = Certificate(ORIGIN, NOW + 5 * DAY, NOW + DAY, warned=NOW + 5 * DAY, told=7 * DAY)
NOTICE = Notice(NoticeKind.EXPIRING, NOW + DAY, topic=ORIGIN, opened=NOW + 5 * DAY, text="It ends.")


def test_it_is_kept(url: str) -> None:
    """What is known of a certificate outlives a restart, and tasks show its end at once, new ones as well."""
    with closing(Store.open(url)) as store:
        store.set_tasks([B])
        store.record_certificate(SEEN, [], None, SLACK)
        store.record_certificate(WARNED, [], NOTICE, SLACK)
        assert [delivery.notice for delivery in store.waiting("slack", NOW)] == [NOTICE]
    with closing(Store.open(url)) as store:
        store.set_tasks([A, B, PLAIN])
        assert store.certificates() == (WARNED,)
        ends = [WARNED.ends, None, None]
        assert [snapshot.certificate_end for snapshot in store.task_snapshots()] == ends
        with closing(SharedStore.open(url)) as visit:
            assert [snapshot.certificate_end for snapshot in visit.task_snapshots()] == ends


def test_it_shows_at_once(store: Store) -> None:
    """The tasks of a server show what was seen of it from then on, and the revision tells that it changed."""
    store.set_tasks([A, B])
    before = store.revision()
    store.record_certificate(SEEN, [A.url, "https://gone.example/"], None, [])
    assert store.revision() != before
    store.record([Transition(A.url, TaskState(Verdict(Status.OK)))], [], [])
    assert [snapshot.certificate_end for snapshot in store.task_snapshots()] == [SEEN.ends, None]
    store.record_certificate(WARNED, [A.url], None, [])
    found = store.task_snapshot(A.url)
    assert found
    assert (found.certificate_end, found.state.verdict.status) == (WARNED.ends, Status.OK)


def test_before_tasks_are_watched(store: Store) -> None:
    """A store that watches nothing yet takes it all the same, and forgets it with other history."""
    store.record_certificate(SEEN, [A.url], None, [])
    assert store.certificates() == (SEEN,)
    assert store.task_snapshot(A.url) is None
    store.prune(NOW)
    assert store.certificates() == (SEEN,)
    store.prune(NOW + DAY)
    assert store.certificates() == ()


def test_two_words_are_two(store: Store, rows: Rows) -> None:
    """Two words on one certificate at one moment are kept apart by their kinds; the same one twice is one."""
    renewed = Notice(NoticeKind.RENEWED, NOTICE.at, topic=ORIGIN, opened=NOTICE.opened, text="It is renewed.")
    for notice in (NOTICE, renewed, NOTICE):
        store.record_certificate(WARNED, [], notice, SLACK)
    assert rows("SELECT kind FROM notice ORDER BY id") == [("expiring",), ("renewed",)]
