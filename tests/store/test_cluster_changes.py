"""What a node notes of its changes, and how others learn of them by one read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import create_engine
from tests.support.node_stores import NOON, REPORT, TASKS, URLS, Server, check, open_node, running_nodes
from tests.support.postgres import Cluster

from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.push import WaitingPush
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route
from py_pinger.core.probing.certificate import Certificate
from py_pinger.store.cluster_changes import SHARED_FOR, ClusterChanges
from py_pinger.store.database.errors import StoreError
from py_pinger.store.external import SharedStore
from py_pinger.store.node_store import NodeStore
from py_pinger.store.queries.cluster import change_tokens
from py_pinger.store.queries.cluster.change_tokens import LONGEST

A = URLS[0]
SHARD = frozenset({"shard 1"})
PROBLEM = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, text="x")
CERTIFICATE = Certificate("https://host.example:443", NOON, NOON)


def decline(store: NodeStore) -> None:
    """Let another node be lost."""
    [lost] = [node for node in store.renew(REPORT).nodes if node.name == "c"]
    assert store.declare_lost(lost, [], [])


Write = Callable[[NodeStore], object]

# What is written, and which kinds of changes that is.
WRITES: dict[str, tuple[Write, set[ChangeKind]]] = {
    "a change": (lambda a: a.record([check(A, 2, Status.ERROR)], [], []), {ChangeKind.TASKS}),
    "a change again": (lambda a: a.record_again([check(A, 2)], [], []), {ChangeKind.TASKS}),
    "an earlier change again": (lambda a: a.record_again([check(A, 1)], [], []), set()),
    "a notice": (lambda a: a.record([], [PROBLEM], [Route("slack")]), {ChangeKind.NOTICES}),
    "a certificate": (
        lambda a: a.record_certificate(CERTIFICATE, [A], None, []),
        {ChangeKind.TASKS},
    ),
    "a silence": (
        lambda a: a.silences.create("*", NOON, NOON + timedelta(1), "", ""),
        {ChangeKind.SUPPRESSIONS},
    ),
    "an end of a silence": (lambda a: a.silences.end([1], NOON), {ChangeKind.SUPPRESSIONS}),
    "an acknowledgement": (
        lambda a: a.acknowledgements.create([A], NOON, "", ""),
        {ChangeKind.SUPPRESSIONS},
    ),
    "one withdrawn": (lambda a: a.acknowledgements.withdraw([A]), {ChangeKind.SUPPRESSIONS}),
    "a request": (lambda a: a.check_requests.add([A], NOON), {ChangeKind.REQUESTS}),
    "a request taken": (lambda a: a.check_requests.remove([A]), set()),
    "a push": (
        lambda a: a.shared_pushes.exchange([], [WaitingPush("push:a", NOON, b"")], lambda _: []),
        {ChangeKind.PUSHES},
    ),
    "a push taken": (lambda a: a.shared_pushes.exchange(["push:a"], [], lambda _: []), set()),
    "a claim": (lambda a: a.claim(SHARD), {ChangeKind.ASSIGNMENTS}),
    "a claim of nothing": (lambda a: a.claim({"other"}), set()),
    "a release": (lambda a: a.release(SHARD), {ChangeKind.ASSIGNMENTS}),
    "settings": (
        lambda a: a.rule(TASKS, ["mail"], "others"),
        {ChangeKind.SETTINGS, ChangeKind.ASSIGNMENTS},
    ),
    "items": (lambda a: a.change_items([Task(f"{A}#item", "", listed_by=A)], []), {ChangeKind.SETTINGS}),
    "a lost node": (decline, {ChangeKind.NODES}),
    "an end": (lambda a: a.leave(), {ChangeKind.NODES, ChangeKind.ASSIGNMENTS}),
    "a begin": (lambda a: a.begin("", ""), set(ChangeKind)),
}


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def changed(b: NodeStore, write: Callable[[], object]) -> set[ChangeKind]:
    """Return the kinds that another node sees change by a write."""
    before = {kind: b.changes.version(kind, max_age=0) for kind in ChangeKind}
    write()
    return {kind for kind in ChangeKind if b.changes.version(kind, max_age=0) != before[kind]}


def test_each_write_notes_what_others_have_to_read(url: str, server: Server) -> None:
    """A write notes what it changes, and nothing else: each kind is what one poll of the others is about."""
    with running_nodes(url, "a", "b", "c") as [a, b, _]:
        a.record([check(A)], [], [])
        server.expire("c")
        found = {name: changed(b, partial(write, a)) for name, (write, _) in WRITES.items()}
    assert found == {name: kinds for name, (_, kinds) in WRITES.items()}


def test_checks_that_repeat_the_last_result_note_nothing(url: str) -> None:
    """The most frequent write costs the others no read."""
    with running_nodes(url, "a", "b") as [a, b]:
        first = check(A)
        a.record([first], [], [])
        repeat = first.__class__(A, first.state.__class__(first.state.verdict, checked_at=NOON, pings=2))
        assert changed(b, lambda: a.record([repeat], [], [])) == set()


def test_the_command_line_notes_what_it_changes(url: str) -> None:
    """A silence of a process that is not a node is seen by all nodes, whichever wrote last."""
    with running_nodes(url, "a", "b") as [_, b], closing(SharedStore.open(url)) as outside:
        for number in range(2):
            at = NOON + timedelta(number)
            create = partial(outside.silences.create, "*", at, at + timedelta(1), "", "")
            assert changed(b, create) == {ChangeKind.SUPPRESSIONS}


def test_a_change_that_commits_late_is_seen_late(url: str) -> None:
    """A note and what it stands for are seen together, also if others have noted something meanwhile."""
    engine = create_engine(url)
    with running_nodes(url, "a", "b") as [a, b], engine.connect() as late:
        change_tokens.note(late, 77, ChangeKind.REQUESTS)
        before = b.changes.version(ChangeKind.REQUESTS, max_age=0)
        a.check_requests.add([A], NOON)
        between = b.changes.version(ChangeKind.REQUESTS, max_age=0)
        late.commit()
        after = b.changes.version(ChangeKind.REQUESTS, max_age=0)
        assert len({before, between, after}) == 3
    engine.dispose()


def test_notes_of_runs_that_are_not_kept(url: str, server: Server) -> None:
    """They are deleted with the rows of the runs; that of the command line stays."""
    with closing(open_node(url, "a")) as a, closing(SharedStore.open(url)) as outside:
        a.begin("", "")
        former = a.incarnation
        a.begin("", "")
        outside.silences.end([1], NOON)
        a.prune(NOON)
        assert (former,) in server.run("SELECT DISTINCT writer FROM change")
        server.run("UPDATE node SET ended = 1 WHERE over")
        a.prune(NOON)
        assert sorted(server.run("SELECT DISTINCT writer FROM change")) == [(0,), (a.incarnation,)]


class Reader:
    """The numbers in the database; counts how often they are read."""

    def __init__(self) -> None:
        self.reads = 0
        self.now = 0.0
        self.tokens = {("tasks", 1): 10, ("tasks", 2): 20, ("notices", 1): 30}
        self.changes = ClusterChanges(self.read, lambda: self.now)

    def read(self) -> dict[tuple[str, int], int]:
        """Read them."""
        self.reads += 1
        return dict(self.tokens)

    def version(self, **options: float) -> object:
        """Return the version of the tasks."""
        return self.changes.version(ChangeKind.TASKS, **options)  # type: ignore[arg-type]  # of this test


def test_one_read_serves_all() -> None:
    """A read is shared for a while, unless somebody needs a newer one or has just written."""
    reader = Reader()
    reader.version()
    reader.now += SHARED_FOR
    reader.version()
    assert reader.reads == 1
    reader.version(max_age=0)
    reader.changes.forget()
    reader.version()
    reader.now += SHARED_FOR + 0.1
    reader.version()
    assert reader.reads == 4


def test_a_version_is_about_some_kinds_and_some_writers() -> None:
    """Others do not change it; a row that is gone does."""
    reader = Reader()
    before, of_others = reader.version(max_age=0), reader.version(max_age=0, ignoring=1)
    reader.tokens["notices", 1] = 31
    assert (reader.version(max_age=0), reader.version(max_age=0, ignoring=1)) == (before, of_others)
    reader.tokens["tasks", 1] = 11
    assert (reader.version(max_age=0) == before, reader.version(max_age=0, ignoring=1)) == (False, of_others)
    del reader.tokens["tasks", 2]
    assert reader.version(max_age=0, ignoring=1) != of_others


def test_everything_counts_as_changed_after_a_while() -> None:
    """What a person does to a table by hand is found too."""
    reader = Reader()
    before = reader.version()
    reader.now += LONGEST
    assert reader.version() != before


def test_after_a_failure_nothing_is_known() -> None:
    """While the database is away there is no version; then it is read again, however soon."""
    outcomes = count()

    def read() -> dict[tuple[str, int], int]:
        if next(outcomes) == 1:
            message = "away"
            raise StoreError(message)
        return {}

    changes = ClusterChanges(read, lambda: 0.0)
    before = changes.version()
    with pytest.raises(StoreError, match="away"):
        changes.version(max_age=0)
    assert changes.version() == before
    assert next(outcomes) == 3
