"""Filter, order and page of the overview, as its URL has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.text.formatting import quoted
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.tasks.shown_tasks import ShownTasks, title_of
from py_pinger.web.tasks.summary import ACKNOWLEDGED, SILENCED
from py_pinger.web.tasks.urgency import Level, Mark

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
_MILLISECOND: Final = timedelta(milliseconds=1)


def _slowest_first(task: TaskSnapshot) -> int:
    duration = task.state.duration
    return 0 if duration is None else -round(duration / _MILLISECOND)


# The orders besides the usual one, in which the tasks are kept.
_USUAL: Final = "urgency"
_KEYS: Mapping[str, Callable[[ShownTasks, int], SupportsRichComparison]] = {
    "name": lambda shown, place: title_of(shown.tasks[place]).casefold(),
    "server": lambda shown, place: (shown.servers[place] or _LAST).casefold(),
    "due": lambda shown, place: shown.tasks[place].state.verdict.deadline or MAX_TIME,
    "checked": lambda shown, place: shown.tasks[place].state.checked_at or MIN_TIME,
    "response": lambda shown, place: _slowest_first(shown.tasks[place]),
}
SORTS: Final = (_USUAL, *_KEYS)


class UnknownFilterError(ValueError):
    """A parameter of the URL has a value that does not exist."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """The chosen filter; each field is a parameter of the URL, omitted if it has its default."""

    q: str = ""
    status: str = ""
    cause: str = ""
    sort: str = _USUAL
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
            sort=chosen(parameters, "sort", SORTS, _USUAL),
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

    def apply(self, shown: ShownTasks) -> Sequence[int]:
        """Return the places of the tasks that match, in the chosen order."""
        if self.sort == _USUAL:
            return self._narrow(shown.most_urgent_first(self._has_status), shown)
        found = self._narrow(list(shown.having(self._has_status)), shown)
        return sorted(found, key=partial(_KEYS[self.sort], shown))

    def _has_status(self, mark: Mark) -> bool:
        """Return True if tasks of a mark have the chosen status."""
        if self.status == ATTENTION:
            return mark.urgency.level is Level.ATTENTION
        if self.status == ACKNOWLEDGED:
            return mark.acknowledged
        if self.status == SILENCED:
            return mark.silenced
        return self.status in {"", mark.urgency.status}

    def _narrow(self, places: Sequence[int], shown: ShownTasks) -> Sequence[int]:
        """Return those of the tasks that match the rest of the filter."""
        tasks, words = shown.tasks, self.q.casefold().split()
        if self.cause:
            places = [place for place in places if tasks[place].state.verdict.cause == self.cause]
        return [place for place in places if _contains(tasks[place], words)] if words else places


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


def _contains(task: TaskSnapshot, words: Sequence[str]) -> bool:
    """Return True if each word is in one of the texts of a task."""
    verdict = task.state.verdict
    name, process, server, reason = task.name, verdict.process, verdict.server, verdict.reason
    text = f"{name or ''}\n{process or ''}\n{server or ''}\n{task.url}\n{reason or ''}".casefold()
    for word in words:  # noqa: SIM110 - faster than `all`, and called for each of 100,000 tasks
        if word not in text:
            return False
    return True
