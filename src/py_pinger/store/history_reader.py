"""The history in an open database: spans, runs, response times, incidents, channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from py_pinger.core.evaluation.statistics import Cadence
from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    PastIncident,
    PastRun,
    PastSpan,
    RunMark,
)
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.times import MAX_TIME
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

    def runs(
        self, url: str, since: datetime, limit: int = 200, until: datetime = MAX_TIME, *, oldest: bool = False
    ) -> tuple[PastRun, ...]:
        """Return the newest runs of a task in a period without its end, or the oldest; newest first."""
        with self._database.reading() as connection:
            return history.runs(connection, url, since, until, limit, oldest=oldest)

    def run_marks(self, url: str, since: datetime, until: datetime) -> tuple[RunMark, ...]:
        """Return when a task ran in a period without its end, oldest first."""
        with self._database.reading() as connection:
            return history.run_marks(connection, url, since, until)

    def cadence(
        self, url: str, since: datetime, frequency: timedelta | None, until: datetime = MAX_TIME
    ) -> Cadence:
        """Return how many runs of a period were on time, late and missed."""
        with self._database.reading() as connection:
            return history.cadence(connection, url, since, until, frequency)

    def run_hours(self, url: str, since: datetime) -> tuple[LatencyHour, ...]:
        """Return the lengths of a task's runs by the hour in which they ended, in order of time."""
        with self._database.reading() as connection:
            return history.run_hours(connection, url, since)

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

    def cause_changes(self, url: str, since: datetime, limit: int = 500) -> tuple[CauseChange, ...]:
        """Return the causes of a task's incidents that were open after a moment, in order of time."""
        with self._database.reading() as connection:
            return incidents.cause_changes(connection, url, since, limit)

    def channels(self, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
        """Return the record of each of these channels, with the figures of the day before `now`."""
        with self._database.reading() as connection:
            return channel_stats.records(connection, names, now)
