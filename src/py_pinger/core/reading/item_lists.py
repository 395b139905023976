"""What a page that lists items says: about one of them, or about all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from py_pinger.core.model.check import (
    InvalidReport,
    ItemList,
    NotListed,
    PageReport,
    ReportWarning,
    ReportWarningKind,
)
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.page import ITEMS_READ, item_of, item_url
from py_pinger.core.model.task import Task
from py_pinger.core.reading.findings import Finding
from py_pinger.core.reading.opened_page import OpenedPage
from py_pinger.core.reading.read import PageReading, items_warning, read_page
from py_pinger.core.text.formatting import count
from py_pinger.core.text.urls import is_identifying


def read_for(task: Task, opened: OpenedPage, headers: Mapping[str, str]) -> PageReading[PageReport]:
    """Read what a page says about a task: as `read_page`, or the list of its items. Never raises.

    The last report of a discovered item counts for as long as the page lists others alone.
    """
    if task.lists_items:
        return _read_list(task, opened)
    item = item_of(task.address)
    if task.listed_by and opened.items and item not in opened.items:
        return PageReading(NotListed())
    return read_page(opened, headers, item, task.expectations)


def _read_list(task: Task, opened: OpenedPage) -> PageReading[PageReport]:
    if opened.document is None:
        return PageReading(opened.problem or InvalidReport(""))
    page, found = opened.definition, tuple(opened.items)
    each = Finding("each", page.each or page.lastrun, count(len(found), "item"))
    if not found:
        problem = f"the page lists no items: each finds nothing at {each.expression}"
        return PageReading(InvalidReport(problem, fault=Fault(FaultCode.PAGE_SECTION)))
    names = tuple(name for name in found if is_identifying(item_url(task.url, name)))
    complete = len(found) < ITEMS_READ and not opened.items_left_out
    warnings = (*_warnings(opened, len(found) - len(names)), *task.expectations.warnings)
    return PageReading(ItemList(names, warnings, complete), (each,))


def _warnings(opened: OpenedPage, unusable: int) -> Iterator[ReportWarning]:
    if opened.items_left_out:
        yield items_warning(opened.items_left_out)
    if unusable:
        text = "the name may be a credential, or is too long for a URL"
        yield ReportWarning(ReportWarningKind.LEFT_OUT, f"{count(unusable, 'item')} left out: {text}")
