"""Which tasks the reader wants to see, and in what order: what stands in the overview's URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.view.summary import urgency
from py_pinger.web.view.task_row import TaskRow, title, troubled

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import SupportsRichComparison

# Tasks on one page, and characters of a search that are looked at.
PAGE_SIZE: Final = 100
SEARCH_LENGTH: Final = 200

ATTENTION: Final = "attention"
STATUSES: Final = (ATTENTION, *(status.value for status in Status))
CAUSES: Final = tuple(cause.value for cause in Cause)
GROUPS: Final = ("server", "process", "none")

_LAST: Final = "\U0010ffff"


def _due(row: TaskRow) -> datetime:
    return row["deadline"] or MAX_TIME


def _checked(row: TaskRow) -> datetime:
    return row["checked"] or MIN_TIME


def _slowest_first(row: TaskRow) -> int:
    return -(row["duration_ms"] or 0)


def _by_server(row: TaskRow) -> str:
    return (row["server"] or _LAST).casefold()


def _by_name(row: TaskRow) -> str:
    return title(row).casefold()


SORTS: Mapping[str, Callable[[TaskRow], SupportsRichComparison]] = {
    "urgency": urgency,
    "name": _by_name,
    "server": _by_server,
    "due": _due,
    "checked": _checked,
    "response": _slowest_first,
}


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What the reader chose; each field is a parameter of the URL, left out where it has its default."""

    q: str = ""
    status: str = ""
    cause: str = ""
    sort: str = "urgency"
    group: str = "server"
    page: int = 1

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> TaskFilter:
        """Return the choice that a URL's parameters make; what is not known counts as not said."""
        return cls(
            q=parameters.get("q", "")[:SEARCH_LENGTH].strip(),
            status=_one_of(STATUSES, parameters.get("status"), ""),
            cause=_one_of(CAUSES, parameters.get("cause"), ""),
            sort=_one_of(SORTS, parameters.get("sort"), "urgency"),
            group=_one_of(GROUPS, parameters.get("group"), "server"),
            page=page_number(parameters.get("page")),
        )

    @property
    def narrowed(self) -> bool:
        """Whether some tasks may be left out."""
        return bool(self.q or self.status or self.cause)

    def query(self, **changes: str | int) -> str:
        """Return the query string of this choice with some changes; a change leads to the first page."""
        chosen = asdict(self) | {"page": 1} | changes
        return "?" + urlencode(
            {each.name: chosen[each.name] for each in fields(self) if chosen[each.name] != each.default}
        )

    def page_link(self, page: int) -> str:
        """Return the query string that leads to another page of this choice."""
        return self.query(page=page)

    def of(self, rows: Iterable[TaskRow]) -> list[TaskRow]:
        """Return the rows that are wanted, in the order that is."""
        return sorted(filter(self._wants, rows), key=SORTS[self.sort])

    def _wants(self, row: TaskRow) -> bool:
        if self.status == ATTENTION and not troubled(row):
            return False
        if self.status not in ("", ATTENTION, row["status"]):
            return False
        if self.cause and row["cause"] != self.cause:
            return False
        return not self.q or _says(row, self.q.casefold())


def page_number(text: str | None) -> int:
    """Return the number of a page; the first where none is named."""
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) <= 6 and int(text) else 1  # noqa: PLR2004 - more pages than anybody has


def pages(count: int, size: int) -> int:
    """Return how many pages so many things take; at least one."""
    return max(1, -(-count // size))


def _says(row: TaskRow, words: str) -> bool:
    texts: Sequence[str | None] = (row["name"], row["process"], row["server"], row["url"], row["reason"])
    return any(words in text.casefold() for text in texts if text)


def _one_of(known: Iterable[str], value: str | None, default: str) -> str:
    return value if value is not None and value in known else default
