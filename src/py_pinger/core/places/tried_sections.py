"""Sections tried on a page: the one for a place, which reads its newest moment, and those that exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.places.item_sections import section_with_items
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.suggestion import SourcePage, Suggestion
from py_pinger.core.places.whole_sections import whole_section
from py_pinger.core.reading.documents.page_errors import PageProblemError
from py_pinger.core.reading.opened_page import OpenedPage, find_in, open_page
from py_pinger.core.reading.read import read_page


@dataclass(frozen=True, slots=True)
class KnownSection:
    """A section that reads a page, the items that it finds there, and the newest moment."""

    page: PageDefinition
    items: tuple[str, ...]
    newest: datetime


def suggest(place: MomentPlace, source: SourcePage, name: str) -> Suggestion | None:
    """Return the section that reads a place, by a name; None if none does."""
    by_item = section_with_items(place, source, name)
    tried = by_item and _with_read_items(by_item, place, source)
    if tried:
        return tried
    whole = _without_unread_status(whole_section(place, source, name), source)
    return whole if reports(whole.page, source) else None


def reports(page: PageDefinition, source: SourcePage) -> dict[str | None, TaskReport]:
    """Return what a section reads on a page, by its items; nothing of those that it cannot read."""
    opened = open_page(page, source.body)
    items: Sequence[str | None] = list(opened.items) if page.has_items else [None]
    read = {item: _report(opened, source, item) for item in items}
    return {item: report for item, report in read.items() if report is not None}


def finds_status(page: PageDefinition, source: SourcePage) -> bool:
    """Return True if a section finds a status on the page."""
    opened = open_page(page, source.body)
    if page.status is None or opened.document is None:
        return False
    items = [each for same in opened.items.values() for each in same]
    for item in items if page.has_items else [opened.document.root]:
        try:
            if find_in(opened.document, page.status, item) is not None:
                return True
        except PageProblemError:
            continue
    return False


def speaks_the_contract(source: SourcePage) -> bool:
    """Return True if a page is a valid report by the contract, which needs no section."""
    return isinstance(read_report(source.body), TaskReport)


def known_sections(pages: Iterable[PageDefinition], source: SourcePage) -> Iterator[KnownSection]:
    """Yield the sections that read a page and, where they have one, its status; none of headers alone."""
    for page in pages:
        if page.kind is PageKind.HEADERS or (page.status and not finds_status(page, source)):
            continue
        read = reports(page, source)
        if read:
            yield KnownSection(
                page, _items(page, source, read), max(report.lastrun for report in read.values())
            )


def _report(opened: OpenedPage, source: SourcePage, item: str | None) -> TaskReport | None:
    report = read_page(opened, source.headers, item).report
    return report if isinstance(report, TaskReport) else None


def _with_read_items(suggestion: Suggestion, place: MomentPlace, source: SourcePage) -> Suggestion | None:
    """Return a section with its items, those with a moment first; None if it misses the newest."""
    checked = _without_unread_status(suggestion, source)
    read = reports(checked.page, source)
    newest = max((report.lastrun for report in read.values()), default=None)
    if newest is None or newest < place.newest:
        return None
    return replace(checked, items=_items(checked.page, source, read))


def _items(page: PageDefinition, source: SourcePage, read: Collection[str | None]) -> tuple[str, ...]:
    """Return the items of a page, those that have a moment first."""
    return tuple(sorted(open_page(page, source.body).items, key=lambda item: item not in read))


def _without_unread_status(suggestion: Suggestion, source: SourcePage) -> Suggestion:
    """Return a section without its status, if it finds none on the page."""
    if suggestion.page.status is None or finds_status(suggestion.page, source):
        return suggestion
    bare = replace(suggestion.page, status=None, reason=None, ok=("ok",), warn=(), error=())
    return replace(suggestion, page=bare, status=None)
