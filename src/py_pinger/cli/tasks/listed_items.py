"""The tasks for the items that pages list now: they are not in the settings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from py_pinger.cli.check_once import check_once
from py_pinger.config import Settings
from py_pinger.core.model.check import ItemList
from py_pinger.core.model.task import Task


@dataclass(frozen=True, slots=True)
class ListedItems:
    """The tasks for all items, and why the items of a page are not among them, a sentence each."""

    tasks: tuple[Task, ...] = ()
    unread: tuple[str, ...] = ()


def request_items(settings: Settings) -> ListedItems:
    """Request each page whose items are all monitored, and return their tasks."""
    pages = [task for task in settings.tasks if task.lists_items]
    if not pages:
        return ListedItems()
    results = asyncio.run(check_once(settings, pages, None, lambda: None))
    unread = (
        f"Cannot read the items of {each.task.name or each.task.url}: {each.verdict.reason}."
        for each in results
        if each.task.lists_items and not isinstance(each.report, ItemList)
    )
    return ListedItems(tuple(each.task for each in results if each.task.listed_by), tuple(unread))
