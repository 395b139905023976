"""Which of the sections that exist already read a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.places.suggestion import SourcePage
from py_pinger.core.places.tried_sections import finds_status, reports


@dataclass(frozen=True, slots=True)
class KnownSection:
    """A section that reads a page, the items that it finds there, and the newest moment."""

    page: PageDefinition
    items: tuple[str, ...]
    newest: datetime


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
            items = tuple(item for item in read if item is not None)
            yield KnownSection(page, items, max(report.lastrun for report in read.values()))
