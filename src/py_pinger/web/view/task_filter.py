"""Filter, order and page of the overview, as its URL has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.text.formatting import quoted
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.view.summary import ACKNOWLEDGED, SILENCED, urgency
from py_pinger.web.view.task_row import TaskRow, needs_attention, title

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import SupportsRichComparison

# Tasks on one page, and characters of a search text.
PAGE_SIZE: Final = 100
SEARCH_LENGTH: Final = 200

ATTENTION: Final = "attention"
STATUSES: Final = (ATTENTION, *(status.value for status in Status), ACKNOWLEDGED, SILENCED)
CAUSES: Final = tuple(cause.value for cause in Cause)
GROUPS: Final = ("server", "process", "none")
VIEWS: Final = ("compact", "comfortable")

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


class UnknownFilterError(ValueError):
    """A parameter of the URL has a value that does not exist."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """The chosen filter; each field is a parameter of the URL, omitted if it has its default."""

    q: str = ""
    status: str = ""
    cause: str = ""
    sort: str = "urgency"
    group: str = "server"
    view: str = "compact"
    page: int = 1

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> TaskFilter:
        """Return the filter of a URL's parameters.

        Raises UnknownFilterError for a value that does not exist.
        """
        return cls(
            q=parameters.get("q", "")[:SEARCH_LENGTH].strip(),
            status=chosen(parameters, "status", STATUSES, ""),
            cause=chosen(parameters, "cause", CAUSES, ""),
            sort=chosen(parameters, "sort", tuple(SORTS), "urgency"),
            group=chosen(parameters, "group", GROUPS, "server"),
            view=chosen(parameters, "view", VIEWS, "compact"),
            page=page_number(parameters.get("page")),
        )

    @property
    def narrowed(self) -> bool:
        """Whether some tasks may be left out."""
        return bool(self.q or self.status or self.cause)

    def query(self, **changes: str | int) -> str:
        """Return the query string of this filter with some changes.

        A change leads to the first page.
        """
        values = asdict(self) | {"page": 1} | changes
        return "?" + urlencode(
            {each.name: values[each.name] for each in fields(self) if values[each.name] != each.default}
        )

    def page_link(self, page: int) -> str:
        """Return the query string of another page of this filter."""
        return self.query(page=page)

    def apply(self, rows: Iterable[TaskRow]) -> list[TaskRow]:
        """Return the rows that match, in the chosen order."""
        words = self.q.casefold().split()
        if not self.narrowed:
            return sorted(rows, key=SORTS[self.sort])
        return sorted((row for row in rows if self._matches(row, words)), key=SORTS[self.sort])

    def _matches(self, row: TaskRow, words: Sequence[str]) -> bool:
        if self.status and not _has_status(row, self.status):
            return False
        if self.cause and row["cause"] != self.cause:
            return False
        return not words or _contains(row, words)


def page_number(text: str | None) -> int:
    """Return the number of a page; the first if there is no valid one."""
    return int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) <= 6 and int(text) else 1  # noqa: PLR2004 - more pages than there can be


def count_pages(count: int, size: int) -> int:
    """Return the number of pages for so many items; at least one."""
    return max(1, -(-count // size))


def chosen(parameters: Mapping[str, str], name: str, known: Sequence[str], default: str) -> str:
    """Return the value of a parameter, or the default where it is missing or empty.

    Raises UnknownFilterError for a value that is not among the known ones.
    """
    value = parameters.get(name) or default
    if value != default and value not in known:
        values = ", ".join(known)
        raise UnknownFilterError(f"{name}: {quoted(value)} does not exist; use one of {values}.")
    return value


def _has_status(row: TaskRow, status: str) -> bool:
    if status == ATTENTION:
        return needs_attention(row)
    if status == ACKNOWLEDGED:
        return row["acknowledged"] is not None
    return row["silenced"] is not None if status == SILENCED else row["status"] == status


def _contains(row: TaskRow, words: Sequence[str]) -> bool:
    """Return True if each word is in one of the texts of the row."""
    texts = (row["name"], row["process"], row["server"], row["url"], row["reason"])
    text = "\n".join(each for each in texts if each).casefold()
    return all(word in text for word in words)
