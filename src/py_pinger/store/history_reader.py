"""What was, as an open database tells it: spans, runs, response times, incidents, and how channels did."""

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
        """Read a database that is open."""
        self._database = database

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return each task's spans that ended after `since` or go on, in order of time."""
        with self._database.reading() as connection:
            return history.spans(connection, urls, since)

    def runs(self, url: str, since: datetime, limit: int = 200) -> tuple[PastRun, ...]:
        """Return a task's runs since a moment, the newest first."""
        with self._database.reading() as connection:
            return history.runs(connection, url, since, limit)

    def latency(self, url: str, since: datetime) -> tuple[LatencyHour, ...]:
        """Return how long a task's answers took, by the hour, from the hour of `since` on."""
        with self._database.reading() as connection:
            return history.latency(connection, url, since)

    def answer(self, url: str) -> bytes | None:
        """Return the beginning of what a task's last check received; None when nothing came back."""
        with self._database.reading() as connection:
            return history.answer(connection, url)

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> tuple[PastIncident, ...]:
        """Return incidents of monitored tasks and who was told of them: open ones first, then newest first.

        An incident is of each cause that it took on. Text is found in any case of its ASCII letters.
        """
        with self._database.reading() as connection:
            return incidents.incidents(connection, wanted, limit, offset)

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return how many incidents there are in all pages."""
        with self._database.reading() as connection:
            return incidents.count(connection, wanted)

    def channels(self, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
        """Return how each of these channels does, and has done in the day before `now`."""
        with self._database.reading() as connection:
            return channel_stats.records(connection, names, now)
