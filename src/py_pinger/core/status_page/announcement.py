"""Announcements: what people write on a status page, and how long it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.history import PastIncident


@dataclass(frozen=True, slots=True)
class Announcement:
    """A text on the status page `page`, written `at` a moment by `who`.

    It is shown until it `ends`. Without an end it belongs to the incidents that were open when it was
    written, and is shown until they are over. `withdrawn` is when it was taken off the page.
    """

    id: int
    page: str
    at: datetime
    text: str
    who: str
    ends: datetime | None = None
    withdrawn: datetime | None = None


def current(
    announcements: Iterable[Announcement], open_since: Sequence[datetime], now: datetime
) -> tuple[Announcement, ...]:
    """Return the announcements to show, the newest first.

    `open_since` are the beginnings of the open incidents of the page's tasks.
    """
    oldest = min(open_since, default=None)
    shown = (each for each in announcements if each.withdrawn is None and _lasts(each, oldest, now))
    return tuple(sorted(shown, key=lambda each: each.at, reverse=True))


def _lasts(announcement: Announcement, oldest: datetime | None, now: datetime) -> bool:
    if announcement.ends is not None:
        return now < announcement.ends
    return oldest is not None and oldest <= announcement.at


def during(announcements: Iterable[Announcement], incident: PastIncident) -> tuple[Announcement, ...]:
    """Return what was announced while an incident was open, the oldest first."""
    return tuple(
        sorted(
            (
                each
                for each in announcements
                if incident.opened <= each.at and (incident.closed is None or each.at < incident.closed)
            ),
            key=lambda each: each.at,
        )
    )
