"""The loop that keeps the task list as the pages are whose items are all monitored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from py_pinger.core.discovery.discovery import (
    DiscoveredItem,
    KnownItems,
    after_failure,
    after_reading,
    configured_names,
    first_known,
    names_by_page,
    removal,
    to_store,
)
from py_pinger.core.model.check import ItemList, ProbeResult, Response
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.silence import ActiveSilences, TaskLabels
from py_pinger.core.text.formatting import count
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure
from py_pinger.engine.runtime.tasks import MonitoredTask

_log = logging.getLogger(__name__)

# The names of the items of each page, by the URL of the task for all of them.
ItemNames = Mapping[str, Sequence[str]]

# New or removed items that a log line names.
_NAMED = 5


class ChangeItems(Protocol):
    """Puts the tasks of these items in force, and stores the notices about removed ones with that."""

    async def __call__(self, names: ItemNames, notices: Sequence[Notice]) -> None:
        """Change the tasks.

        Raises StoreFailure if the store does not accept the list of tasks; then nothing has changed.
        """


class ItemProber(Protocol):
    """Probes tasks, and reads their pages."""

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of tasks."""

    async def probe(self, task: Task) -> ProbeResult:
        """Return the result of probing a task."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """A task for all items of a page, the names configured otherwise, and the items that are tasks."""

    task: Task
    configured: frozenset[str]
    items: tuple[Task, ...]

    def accepted(self, known: KnownItems) -> KnownItems:
        """Return what is known of the items that are tasks, with those that have just become one."""
        items = {
            each.name or "": known.items.get(each.name or "") or DiscoveredItem(each.url, self.task.url)
            for each in self.items
        }
        return KnownItems(known.read_at, known.interrupted, items, known.unused)


@dataclass(slots=True)
class _Readings:
    """The items of each page that was read since the last time; None for a reading that failed."""

    latest: dict[str, tuple[datetime, ItemList | None]] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, url: str, at: datetime, page: ItemList | None) -> None:
        self.latest[url] = at, page
        self.arrived.set()

    async def take(self) -> Mapping[str, tuple[datetime, ItemList | None]]:
        await self.arrived.wait()
        self.arrived.clear()
        taken, self.latest = self.latest, {}
        return taken


class ItemDiscovery:
    """Reads which items there are whenever a task for all items of a page is probed.

    What is in force comes back by `prepare`, as settings do. An item that is silenced is not removed before
    the silence ends, since the notice about it would be missed.
    """

    def __init__(
        self,
        prober: ItemProber,
        clock: Callable[[], datetime],
        store: StoreAccess,
        snapshot: Callable[[str], TaskSnapshot | None],
        active_silences: Callable[[datetime], ActiveSilences],
    ) -> None:
        self._prober = prober
        self._clock = clock
        self._store = store
        self._snapshot = snapshot
        self._active_silences = active_silences
        self._listings: Mapping[str, _Listing] = {}
        self._known: dict[str, KnownItems] = {}
        self._stored: Sequence[DiscoveredItem] = ()
        self._readings = _Readings()
        self._failure_log = FailureLog(
            _log, "Cannot store the discovered items, will retry", "Storing discovered items recovered."
        )

    def restore(self, items: Sequence[DiscoveredItem]) -> None:
        """Begin with the items that are stored; to be called before the first settings are prepared."""
        self._stored = items

    def names(self) -> ItemNames:
        """Return the items that are monitored, or were when Py Pinger stopped."""
        stored = names_by_page(self._stored)
        return {**stored, **{url: tuple(known.items) for url, known in self._known.items()}}

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that follows other tasks and other pages."""
        listings = _listings(change)
        if not listings:
            return lambda _: self._follow({}, {})
        return lambda states: self._follow(
            listings,
            {url: first_known(states.get(url), self._stored_of(url)) for url in listings},
        )

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Probe these tasks from now on."""
        self._prober.watch(members)

    async def probe(self, task: Task) -> ProbeResult:
        """Probe a task, and note the items if it is one for all items of its page."""
        result = await self._prober.probe(task)
        if task.lists_items:
            self._readings.note(task.url, self._clock(), _list_of(result))
        return result

    async def run(self, change: ChangeItems, failures: LoopFailures) -> None:
        """Follow the pages until cancelled."""
        await every(0, lambda: self.poll(change), "the discovery of items", failures=failures)

    async def poll(self, change: ChangeItems) -> None:
        """Wait for readings, and have the tasks changed as they say; the next reading is another attempt."""
        readings = await self._readings.take()
        found = {
            url: self._after(self._listings[url], *reading)
            for url, reading in readings.items()
            if url in self._listings
        }
        try:
            await self._conclude(found, change)
            self._failure_log.record(None)
        except StoreFailure as failure:
            self._failure_log.record(str(failure))

    def _stored_of(self, url: str) -> Iterable[DiscoveredItem]:
        return (item for item in self._stored if item.listed_by == url)

    def _follow(self, listings: Mapping[str, _Listing], first: Mapping[str, KnownItems]) -> None:
        self._listings, self._stored = listings, ()
        self._known = {
            url: listing.accepted(self._known.get(url) or first[url]) for url, listing in listings.items()
        }

    def _after(self, listing: _Listing, at: datetime, page: ItemList | None) -> KnownItems:
        known = self._known[listing.task.url]
        if page is None:
            return after_failure(known)
        return after_reading(known, page, at, listing.task, listing.configured)

    async def _conclude(self, found: Mapping[str, KnownItems], change: ChangeItems) -> None:
        before, now = {**self._known}, self._clock()
        gone = [
            item for known in found.values() for item in known.removable if not self._is_silenced(item, now)
        ]
        removed = {item.url for item in gone}
        wanted = {
            url: tuple(name for name, item in known.items.items() if item.url not in removed)
            for url, known in found.items()
        }
        if any(wanted[url] != tuple(before[url].items) for url in found):
            await change({**self.names(), **wanted}, [self._notice(item, now) for item in gone])
            self._log_change(before, removed)
        await self._keep(before, found)

    async def _keep(self, before: Mapping[str, KnownItems], found: Mapping[str, KnownItems]) -> None:
        """Keep what the readings say of the items that are tasks now, and store what is missing."""
        changed: list[DiscoveredItem] = []
        for url, known in found.items():
            if listing := self._listings.get(url):
                self._known[url] = listing.accepted(known)
                changed += to_store(before[url], self._known[url])
                _warn_of_unused(listing.task, before[url], known)
        if changed:
            await self._store.call(lambda store: store.record_missing(changed))

    def _is_silenced(self, item: DiscoveredItem, now: datetime) -> bool:
        snapshot = self._snapshot(item.url)
        return bool(snapshot and self._active_silences(now).matching(TaskLabels.of(snapshot)))

    def _notice(self, item: DiscoveredItem, now: datetime) -> Notice:
        snapshot, task = self._snapshot(item.url), self._listings[item.listed_by].task
        return removal(item, task, snapshot.state if snapshot else None, now)

    def _log_change(self, before: Mapping[str, KnownItems], removed: set[str]) -> None:
        for url, known in self._known.items():
            old = before[url].items if url in before else {}
            added = [name for name in known.items if name not in old]
            gone = [name for name, item in old.items() if item.url in removed]
            if added:
                _log.info("%s lists %s: %s", url, count(len(added), "new item"), _shown(added))
            if gone:
                _log.info("%s no longer lists %s: %s", url, count(len(gone), "item"), _shown(gone))


def _listings(change: SettingsChange) -> dict[str, _Listing]:
    tasks = change.tasks.tasks
    urls = [*(task.url for task in tasks if not task.listed_by), *change.settings.unmonitored]
    items: dict[str, list[Task]] = {}
    for task in tasks:
        if task.listed_by:
            items.setdefault(task.listed_by, []).append(task)
    return {
        task.url: _Listing(task, configured_names(task, urls), tuple(items.get(task.url, ())))
        for task in tasks
        if task.lists_items
    }


def _list_of(result: ProbeResult) -> ItemList | None:
    """Return the items of a page; None if it could not be read."""
    if not isinstance(result, Response) or not isinstance(result.report, ItemList):
        return None
    successful = HTTPStatus.OK <= result.status < HTTPStatus.MULTIPLE_CHOICES
    return result.report if successful else None


def _shown(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _warn_of_unused(task: Task, before: KnownItems, after: KnownItems) -> None:
    if after.unused and not before.unused:
        _log.warning(
            "%s lists %s than can be monitored: %s are, with the missing ones, removed after a day.",
            task.url,
            f"{count(after.unused, 'item')} more",
            f"{len(after.items):,}",
        )
