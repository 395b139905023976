"""The history in an open database: spans, runs, response times, incidents, channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    PastIncident,
    PastRun,
    PastSpan,
)
from py_pinger.store.database.base import Database
from py_pinger.store.queries import channel_stats, history, incidents


class HistoryReader:
    """Each method is one transaction that only reads; they may be called from any thread."""

    def __init__(self, database: Database) -> None:
        """Read an open database."""
        self._database = database

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return each task's spans that ended after `since` or are open, in order of time."""
        with self._database.reading() as connection:
            return history.spans(connection, urls, since)

    def runs(self, url: str, since: datetime, limit: int = 200) -> tuple[PastRun, ...]:
        """Return a task's runs since a moment, the newest first."""
        with self._database.reading() as connection:
            return history.runs(connection, url, since, limit)

    def latency(self, url: str, since: datetime) -> tuple[LatencyHour, ...]:
        """Return a task's response times by the hour, from the hour of `since` on."""
        with self._database.reading() as connection:
            return history.latency(connection, url, since)

    def answer(self, url: str) -> bytes | None:
        """Return the beginning of the body that a task's last check received, if any."""
        with self._database.reading() as connection:
            return history.answer(connection, url)

    def log(self, url: str) -> str | None:
        """Return the newest log of a task that is pushed, None if it has none."""
        with self._database.reading() as connection:
            return history.log(connection, url)

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> tuple[PastIncident, ...]:
        """Return incidents of monitored tasks with their notifications, open and new ones first.

        An incident matches each cause that it had. Text matches in any case of its ASCII letters.
        """
        with self._database.reading() as connection:
            return incidents.incidents(connection, wanted, limit, offset)

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return the number of incidents on all pages."""
        with self._database.reading() as connection:
            return incidents.count(connection, wanted)

    def channels(self, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
        """Return the record of each of these channels, with the figures of the day before `now`."""
        with self._database.reading() as connection:
            return channel_stats.records(connection, names, now)
