"""Announcements in the database: written by a command, shown by the one who watches."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from py_pinger.core.status_page.announcement import Announcement
from py_pinger.store import Store
from py_pinger.store.external import SharedStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_of_a_page(store: Store, url: str) -> None:
    """Another process writes and withdraws; a page has its own, the newest first."""
    with closing(SharedStore.open(url)) as visit:
        first = visit.announcements.create("shop", NOON, "We are on it.", "ann on host", None)
        second = visit.announcements.create("shop", NOON + HOUR, "Solved.", "ann on host", NOON + 2 * HOUR)
        visit.announcements.create("other", NOON, "Nothing.", "ann on host", None)
    assert first == Announcement(1, "shop", NOON, "We are on it.", "ann on host")
    assert second.ends == NOON + 2 * HOUR
    assert store.announcements.newest("shop") == (second, first)
    store.announcements.withdraw([second.id, 77], NOON + HOUR)
    assert store.announcements.newest("shop") == (first,)


def test_old_ones_are_deleted(store: Store) -> None:
    """Announcements are kept as long as the rest of the history."""
    store.announcements.create("shop", NOON, "Old.", "ann", None)
    newer = store.announcements.create("shop", NOON + HOUR, "New.", "ann", None)
    store.prune(NOON + HOUR)
    assert store.announcements.newest("shop") == (newer,)
