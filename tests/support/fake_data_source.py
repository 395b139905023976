"""A data source held in memory, as the pages read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from py_pinger.core.evaluation.statistics import Cadence, cadence
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import Health, Metrics
from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    LoopStats,
    PastIncident,
    PastRun,
    PastSpan,
    RunMark,
)
from py_pinger.core.model.incident import CauseChange, TaskSnapshot
from py_pinger.core.model.versioned_tasks import NO_VERSION, VersionedTasks
from py_pinger.core.status_page.announcement import Announcement
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.view.data import WriteFailure

NOW = datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)
LOOP_STATS = LoopStats(12.5, 0.004, 0.031, NOW - timedelta(hours=3))


@dataclass
class FakeDataSource:
    """Returns what it was given, and records calls in `calls`; reading tasks raises `error`."""

    snapshots: Sequence[TaskSnapshot] = ()
    health_value: Health = field(default_factory=Health)
    error: Exception | None = None
    number: int = 7
    records: Sequence[ChannelRecord] = ()
    metrics_value: Metrics = field(default_factory=Metrics)
    spans_by_url: Mapping[str, Sequence[PastSpan]] = field(default_factory=dict)
    past_runs: Sequence[PastRun] = ()
    hours: Sequence[LatencyHour] = ()
    lengths: Sequence[LatencyHour] = ()
    past_incidents: Sequence[PastIncident] = ()
    page: bytes | None = None
    pushed_log: str | None = None
    silences: ActiveSilences = field(default_factory=lambda: ActiveSilences(MIN_TIME, MAX_TIME))
    windows: Sequence[MaintenanceWindow] = ()
    announced: Sequence[Announcement] = ()
    failure: str | None = None
    check_wait: float = 0.0
    calls: list[object] = field(default_factory=list)
    cluster_value: ClusterStatus | None = None
    owned: frozenset[str] | None = None
    changed: frozenset[str] | None = None

    @property
    def monitor(self) -> Self:
        """The health of Py Pinger itself."""
        return self

    @property
    def history(self) -> Self:
        """The stored history."""
        return self

    def revision(self) -> int:
        """Return the number it was given."""
        return self.number

    def tasks(self) -> Sequence[TaskSnapshot]:
        """Return the tasks it was given."""
        if self.error:
            raise self.error
        self.calls.append("tasks")
        return self.snapshots

    def versioned_tasks(self, since: int) -> VersionedTasks:
        """Return the tasks it was given; those it was told have changed since all earlier revisions."""
        changed = frozenset[str]() if since == self.number else self.changed
        return VersionedTasks(tuple(self.tasks()), self.number, None if since == NO_VERSION else changed)

    def task(self, url: str) -> TaskSnapshot | None:
        """Return the task with this URL."""
        if self.error:
            raise self.error
        return next((each for each in self.snapshots if each.url == url), None)

    def cluster(self) -> ClusterStatus | None:
        """Return the cluster it was given."""
        return self.cluster_value

    def owned_tasks(self) -> Sequence[TaskSnapshot]:
        """Return those of the tasks that it was told to own, all by default."""
        return [each for each in self.tasks() if self.owned is None or each.url in self.owned]

    def active_silences(self) -> ActiveSilences:
        """Return the silences it was given."""
        return self.silences

    def maintenance_windows(self) -> Sequence[MaintenanceWindow]:
        """Return the windows it was given."""
        return self.windows

    def announcements(self, page: str) -> Sequence[Announcement]:
        """Return those of the page that it was given."""
        return [each for each in self.announced if each.page == page]

    def create_silence(self, pattern: str, ends: datetime, why: str, who: str) -> Silence | WriteFailure:
        """Note the silence, and return it with the next number, or the failure it was given."""
        self.calls.append((pattern, ends, why, who))
        return self.failed or Silence(len(self.silences.silences) + 1, pattern, NOW, ends, why, who)

    def end_silence(self, number: int) -> WriteFailure | None:
        """Note the number, and return the failure it was given."""
        self.calls.append(number)
        return self.failed

    def acknowledge(
        self, url: str, why: str, who: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Note the acknowledgement, and return it if the task has an incident that opened then."""
        self.calls.append(("acknowledge", url, why, who))
        task = self.task(url)
        incident = task.state.incident if task else None
        if incident is None or opened not in (None, incident.opened.replace(microsecond=0)):
            return self.failed
        return self.failed or Acknowledgement(url, incident.opened, NOW, why, who)

    def withdraw_acknowledgement(
        self, url: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Note the task, and return its acknowledgement if it is of an incident that opened then."""
        self.calls.append(("withdraw", url))
        found = self.silences.acknowledgements.get(url)
        if found is None or opened not in (None, found.opened.replace(microsecond=0)):
            return self.failed
        return self.failed or found

    def request_check(self, url: str) -> float:
        """Note the task, and return the wait it was given."""
        self.calls.append(("check", url))
        return self.check_wait

    @property
    def failed(self) -> WriteFailure | None:
        """The failure it was given."""
        return WriteFailure(self.failure) if self.failure else None

    def health(self) -> Health:
        """Return the health it was given."""
        return self.health_value

    def loop_stats(self) -> LoopStats:
        """Return the statistics of a healthy loop."""
        return LOOP_STATS

    def metrics(self) -> Metrics:
        """Return the metrics it was given."""
        return self.metrics_value

    def channels_if_readable(self) -> Sequence[ChannelRecord]:
        """Return the channels it was given."""
        return self.records

    def channels(self) -> Sequence[ChannelRecord]:
        """Return the channels it was given, and note that the database was read."""
        self.calls.append("channels")
        return self.records

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return the spans of these tasks, and note the number of tasks."""
        self.calls.append(("spans", len(urls)))
        return {
            url: [span for span in spans if span.ended is None or span.ended > since]
            for url, spans in self.spans_by_url.items()
            if url in urls
        }

    def runs(
        self, url: str, since: datetime, limit: int, until: datetime = MAX_TIME, *, oldest: bool = False
    ) -> Sequence[PastRun]:
        """Return the runs of a period, whatever the task."""
        assert url
        found = [run for run in self.past_runs if since <= run.lastrun < until]
        return found[-limit:] if oldest else found[:limit]

    def run_marks(self, url: str, since: datetime, until: datetime) -> Sequence[RunMark]:
        """Return when the task ran in a period, whatever the task."""
        runs = self.runs(url, since, len(self.past_runs), until)
        return [RunMark(run.lastrun, run.healthy) for run in reversed(runs)]

    def cadence(
        self, url: str, since: datetime, frequency: timedelta | None, until: datetime = MAX_TIME
    ) -> Cadence:
        """Return the cadence of the runs of a period, whatever the task."""
        return cadence(self.runs(url, since, len(self.past_runs), until), frequency)

    def run_hours(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return the hours of runs since then, whatever the task."""
        assert url
        return [hour for hour in self.lengths if hour.hour > since]

    def cause_changes(self, url: str, since: datetime) -> Sequence[CauseChange]:
        """Return the causes of the task's incidents."""
        assert since < MAX_TIME
        incidents = self._matching(IncidentFilter(url=url))
        return sorted((turn for each in incidents for turn in each.cause_changes), key=lambda turn: turn.at)

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return the hours since then, whatever the task."""
        assert url
        return [hour for hour in self.hours if hour.hour > since]

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return a page of the matching incidents, and note the filter."""
        self.calls.append(wanted)
        return self._matching(wanted)[offset : offset + limit]

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return the number of matching incidents."""
        return len(self._matching(wanted))

    def log(self, url: str) -> str | None:
        """Return the log it was given, whatever the task."""
        assert url
        return self.pushed_log

    def answer(self, url: str) -> bytes | None:
        """Return the page it was given, whatever the task."""
        assert url
        return self.page

    def _matching(self, wanted: IncidentFilter) -> list[PastIncident]:
        return [
            each
            for each in self.past_incidents
            if wanted.url in (None, each.url)
            and wanted.server in (None, each.server)
            and (wanted.text or "") in each.url
            and (wanted.cause is None or wanted.cause in {change.cause for change in each.cause_changes})
        ]
