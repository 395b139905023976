"""Which items of a page are tasks: what appears, and what is removed after it has been missing for a day.

Only time between successful readings counts: an unreachable page removes no item, and what has been missing
before goes on where it was. Py Pinger's own downtime counts, if the item is missing before and after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.check import ItemList, Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import ITEMS_READ, item_of, item_url, page_of
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import timestamp
from py_pinger.core.times import DAY, MINUTE, ZERO

# How long an item may be missing before it is removed.
REMOVED_AFTER: Final = DAY

# How much longer an item has to be missing before that is stored again.
STORED_EVERY: Final = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class DiscoveredItem:
    """An item of the page of the task `listed_by`; both are URLs.

    If it is missing: when a reading listed it last, and for how long readings have not.
    """

    url: str
    listed_by: str
    last_seen: datetime | None = None
    missing_for: timedelta = ZERO

    @property
    def name(self) -> str:
        """The name of the item on the page."""
        return item_of(self.url) or ""


@dataclass(frozen=True, slots=True)
class KnownItems:
    """The discovered items of a page by their names, and when the page was last read.

    It is `interrupted` if a reading has failed since. The page lists `unused` more items, for which there is
    no place.
    """

    read_at: datetime | None = None
    interrupted: bool = False
    items: Mapping[str, DiscoveredItem] = field(default_factory=dict)
    unused: int = 0

    @property
    def removable(self) -> tuple[DiscoveredItem, ...]:
        """The items that have been missing for so long that they are to be removed."""
        return tuple(item for item in self.items.values() if item.missing_for >= REMOVED_AFTER)


def first_known(state: TaskState | None, items: Iterable[DiscoveredItem]) -> KnownItems:
    """Return what is known before the first reading, given the stored state of the task for all items."""
    by_name = {item.name: item for item in items}
    if state is None or state.checked_at is None:
        return KnownItems(items=by_name)
    failing = state.verdict.status is not Status.OK
    return KnownItems(state.since if failing else state.checked_at, failing, by_name)


def after_failure(known: KnownItems) -> KnownItems:
    """Return what is known after a page could not be read."""
    return replace(known, interrupted=True)


def after_reading(
    known: KnownItems, page: ItemList, now: datetime, task: Task, configured: Collection[str]
) -> KnownItems:
    """Return what is known after a page was read for the `task` for all its items.

    `configured` are the names of items that the settings name. Of a page that was not read completely, no
    item is missing.
    """
    listed = {name: None for name in page.names if name not in configured}
    step = ZERO if known.interrupted or known.read_at is None else max(now - known.read_at, ZERO)
    items = {
        name: replace(item, last_seen=None, missing_for=ZERO)
        if name in listed or not page.complete
        else _missing(item, known.read_at or now, step)
        for name, item in known.items.items()
        if name not in configured
    }
    new = [name for name in listed if name not in items]
    places = max(ITEMS_READ - len(items), 0)
    items |= {name: DiscoveredItem(item_url(task.url, name), task.url) for name in new[:places]}
    return KnownItems(now, items=items, unused=len(new[places:]))


def _missing(item: DiscoveredItem, read_at: datetime, step: timedelta) -> DiscoveredItem:
    if item.last_seen is None:
        return replace(item, last_seen=read_at)
    return replace(item, missing_for=item.missing_for + step)


def to_store(before: KnownItems, after: KnownItems) -> tuple[DiscoveredItem, ...]:
    """Return the items that are missing or listed again, or missing for noticeably longer."""
    known = before.items
    return tuple(
        item
        for name, item in after.items.items()
        if name in known
        and (
            item.last_seen != known[name].last_seen
            or item.missing_for // STORED_EVERY != known[name].missing_for // STORED_EVERY
        )
    )


def names_by_page(items: Iterable[DiscoveredItem]) -> dict[str, list[str]]:
    """Return the names of items by the URL of the task for all items of their page."""
    names: dict[str, list[str]] = {}
    for item in items:
        names.setdefault(item.listed_by, []).append(item.name)
    return names


def item_task(task: Task, name: str) -> Task:
    """Return the task for an item, with the settings of the task for all items of its page.

    It depends on that task, so that an outage of the page is notified once.
    """
    return replace(
        task,
        url=item_url(task.url, name),
        address=item_url(task.address, name),
        name=name,
        parents=(task.url, *task.parents),
        listed_by=task.url,
    )


def configured_names(task: Task, urls: Iterable[str]) -> frozenset[str]:
    """Return the names of items of a page that URLs of the settings name."""
    page = page_of(task.url)
    return frozenset(item_of(url) or "" for url in urls if url != task.url and page_of(url) == page)


def removal(item: DiscoveredItem, task: Task, state: TaskState | None, now: datetime) -> Notice:
    """Return the notice that an item is no longer monitored, since its page does not list it any more."""
    state = state or TaskState()
    verdict = state.verdict
    seen = timestamp(item.last_seen or now)
    return Notice(
        NoticeKind.UNLISTED,
        now,
        url=item.url,
        name=item.name,
        cause=verdict.cause,
        reason=verdict.reason if state.incident else None,
        process=verdict.process,
        server=verdict.server,
        lastrun=verdict.lastrun,
        frequency=verdict.frequency,
        schedule=str(verdict.schedule) if verdict.schedule else None,
        deadline=verdict.deadline,
        text=f"is no longer listed by {task.name or task.url}; it was last seen {seen}",
    )
