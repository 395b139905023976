"""The tasks of an invented shop, with all that goes wrong with them in 90 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND
from py_pinger.web.demo.demo_task import DemoFault, DemoTask, FaultKind

# How long the history of the demo is.
DAYS: Final = 90

# A fault that lasts as long as the demo.
_LASTING: Final = 3650 * DAY

# A server that was down: all of its tasks at once.
_OUTAGE: Final = DemoFault(9 * DAY + 2 * HOUR, 47 * MINUTE, FaultKind.REFUSED, "connection refused")


def _failed(ago: timedelta, length: timedelta, reason: str) -> DemoFault:
    return DemoFault(ago, length, FaultKind.FAILED, reason)


def _stuck(ago: timedelta, length: timedelta) -> DemoFault:
    return DemoFault(ago, length, FaultKind.STUCK)


def _http(ago: timedelta, length: timedelta) -> DemoFault:
    return DemoFault(ago, length, FaultKind.HTTP)


# Slug, process, server, minutes between two runs, minutes since the last run, and faults.
_TABLE: Final[tuple[tuple[str, str, str, int, int, tuple[DemoFault, ...]], ...]] = (
    (
        *("import-orders", "Import orders", "web-1", 60, 22),
        (
            _failed(66 * DAY, 70 * MINUTE, "3 of 1,204 orders were rejected"),
            _stuck(34 * DAY + 5 * HOUR, 4 * HOUR),
            _failed(3 * DAY + 4 * HOUR, 61 * MINUTE, "3 of 987 orders were rejected"),
        ),
    ),
    (
        *("refresh-prices", "Refresh prices", "web-1", 180, 149),
        (_http(47 * DAY + 7 * HOUR, 20 * MINUTE), _http(6 * DAY, 35 * MINUTE)),
    ),
    ("rebuild-sitemap", "Rebuild the sitemap", "web-1", 360, 200, (_stuck(70 * DAY, 9 * HOUR),)),
    (
        *("rebuild-search-index", "Rebuild the search index", "search-1", 240, 35),
        (
            _failed(27 * DAY, 3 * HOUR, "out of memory after 1,900,000 of 2,400,000 products"),
            _stuck(12 * DAY + 3 * HOUR, 11 * HOUR),
        ),
    ),
    (
        *("back-up-database", "Back up the database", "db-1", 1440, 192),
        (
            _OUTAGE,
            _failed(192 * MINUTE, _LASTING, "No space left on /var/backups: 41 GB needed, 12 GB free"),
        ),
    ),
    (
        *("copy-to-second-site", "Copy to the second site", "db-1", 120, 11),
        (_OUTAGE, _stuck(4 * HOUR, _LASTING)),
    ),
    ("vacuum-database", "Vacuum the database", "db-1", 1440, 410, (_stuck(41 * DAY, 30 * HOUR), _OUTAGE)),
    (
        *("settle-payments", "Settle payments", "pay-1", 120, 7),
        (
            _failed(77 * DAY, 100 * MINUTE, "the payment provider responded with HTTP 502"),
            _failed(20 * DAY + 8 * HOUR, 55 * MINUTE, "the payment provider responded with HTTP 502"),
        ),
    ),
    (
        *("send-invoices", "Send invoices", "mail-1", 1440, 640),
        (_failed(13 * DAY + HOUR, 2 * HOUR, "the mail server rejected the login"),),
    ),
    ("process-bounces", "Process bounces", "mail-1", 180, 95, (_http(55 * DAY, 25 * MINUTE),)),
    ("renew-certificates", "Renew certificates", "web-1", 1440, 1010, ()),
    (
        *("empty-queue", "Empty the queue", "web-1", 2, 1),
        (
            _failed(7 * HOUR, 12 * MINUTE, "1,412 messages wait, more than 1,000"),
            # While the demo runs: it fails, and recovers by itself.
            _failed(-3 * MINUTE, 2 * MINUTE, "1,038 messages wait, more than 1,000"),
        ),
    ),
)

_ASLEEP: Final = "process-bounces"
# Tasks that say when their runs begin, and how long the longest takes.
_TIMED: Final = {
    "import-orders": 55 * SECOND,
    "settle-payments": 40 * SECOND,
    "empty-queue": 8 * SECOND,
    "copy-to-second-site": 50 * SECOND,
}
# Added half a day ago: with so many runs, a longer history would take seconds to write.
_NEW: Final = "empty-queue"


@dataclass(frozen=True)
class DemoShop:
    """The tasks of the shop, as they are around the `start` of the demo."""

    start: datetime

    @cached_property
    def tasks(self) -> tuple[DemoTask, ...]:
        """All tasks, in their order."""
        return tuple(
            DemoTask(
                slug=slug,
                process=process,
                server=server,
                start=self.start,
                every=every * MINUTE,
                last=last * MINUTE,
                known=DAY / 2 if slug == _NEW else DAYS * DAY,
                faults=faults,
                sleeps=slug == _ASLEEP,
                takes=_TIMED.get(slug),
            )
            for slug, process, server, every, last, faults in _TABLE
        )

    def task(self, slug: str) -> DemoTask | None:
        """Return a task by its slug."""
        return next((each for each in self.tasks if each.slug == slug), None)
