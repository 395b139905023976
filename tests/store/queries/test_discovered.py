"""The discovered items in the database."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.notification.route import Route
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = Task("https://b.example/#*", "https://b.example/#*")
A, B = (replace(ALL, url=f"https://b.example/#{name}", name=name, listed_by=ALL.url) for name in "ab")
ITEM_A, ITEM_B = (DiscoveredItem(task.url, ALL.url) for task in (A, B))
MISSING = replace(ITEM_A, last_seen=NOW, missing_for=HOUR)
GONE = Notice(NoticeKind.UNLISTED, NOW, url=A.url, text="is no longer listed")


def test_they_outlive_a_restart(url: str) -> None:
    """What is known of an item is there after a restart, also for commands, until it is not monitored."""
    with closing(Store.open(url)) as store:
        store.set_tasks([ALL])
        store.change_tasks(TaskListDiff.between([ALL], [ALL, B, A]))
        store.record_missing([MISSING, replace(MISSING, url="https://b.example/#other")])
    with closing(Store.open(url)) as store:
        assert store.discovered_items() == (ITEM_B, MISSING)
        store.set_tasks([ALL, A])
        assert store.discovered_items() == (MISSING,)
        with closing(ReadOnlyStore.open(url)) as reader:
            assert reader.discovered_items() == (MISSING,)


def test_they_change_with_the_tasks(store: Store) -> None:
    """An item that is removed, or configured by itself, is not discovered any more; another page's is."""
    store.set_tasks([ALL, A, B])
    store.record_missing([MISSING])
    own = replace(B, listed_by=None)
    store.change_tasks(TaskListDiff.between([ALL, A, B], [ALL, A, own]))
    assert store.discovered_items() == (MISSING,)
    moved = replace(A, listed_by="https://b.example/#other")
    store.change_tasks(TaskListDiff.between([ALL, A, own], [ALL, moved, own]))
    assert store.discovered_items() == (replace(MISSING, listed_by="https://b.example/#other"),)
    store.change_tasks(TaskListDiff.between([ALL, moved, own], [ALL, own]))
    store.change_tasks(TaskListDiff.between([ALL, own], [ALL, A, own]))
    assert store.discovered_items() == (ITEM_A,)


def test_a_removal_is_stored_with_its_notice(store: Store) -> None:
    """The notice about a removed item is queued in the same transaction."""
    store.set_tasks([ALL, A])
    store.change_tasks(TaskListDiff.between([ALL, A], [ALL]), [GONE], [Route("slack"), Route("x", ("z",))])
    assert [delivery.notice for delivery in store.waiting("slack", NOW)] == [GONE]
    assert store.waiting("x", NOW) == ()
