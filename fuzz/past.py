"""A data with a past short enough to be taken in at a glance, for the pages to be made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from py_pinger.core.evaluation.statistics import Cadence, cadence
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
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
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.versioned_tasks import VersionedTasks
from py_pinger.core.status_page.announcement import Announcement
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.view.data import WriteFailure

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
WELL = "https://a.example/tasks/import?shop=1&day=2"
FAILING = "http://b.example:8080/status%2Fx/"
STALE = "http://***@c.example/a?token=***"

_REASON = "<script>alert(1)</script> & \"quoted\" 'text'"
_HOUR = timedelta(hours=1)
_TURN = CauseChange(NOW - _HOUR, Cause.FAILED, _REASON)


def _snapshot(url: str, verdict: Verdict, fresh: timedelta, incident: Incident | None = None) -> TaskSnapshot:
    state = TaskState(verdict, NOW - _HOUR, NOW, timedelta(0), NOW + fresh, NOW, 3, 1, incident)
    return TaskSnapshot(url, None, state)


LISTINGS = (
    _snapshot(WELL, Verdict(Status.OK, process="<b>import</b>", server="a"), _HOUR),
    _snapshot(
        FAILING,
        Verdict(Status.ERROR, Cause.FAILED, _REASON),
        _HOUR,
        Incident(NOW - _HOUR, NOW - _HOUR, (_TURN,)),
    ),
    _snapshot(STALE, Verdict(Status.OK, server=_REASON), -_HOUR),
)
_SILENCING = ActiveSilences(MIN_TIME, MAX_TIME, (Silence(1, "*", NOW, NOW + _HOUR, _REASON, _REASON),))
_KNOWN = frozenset(snapshot.url for snapshot in LISTINGS)
TROUBLED = frozenset({FAILING, STALE})


class PastData:
    """Three tasks: one is well, one has failed, of one nobody knows."""

    @property
    def monitor(self) -> Self:
        """The health of Py Pinger itself."""
        return self

    @property
    def history(self) -> Self:
        """The stored history."""
        return self

    def revision(self) -> int:
        """Return the number of the one revision there is."""
        return 1

    def tasks(self) -> Sequence[TaskSnapshot]:
        """Return the three tasks."""
        return LISTINGS

    def versioned_tasks(self, since: int) -> VersionedTasks:
        """Return the three tasks, which never change."""
        assert since
        return VersionedTasks(LISTINGS)

    def task(self, url: str) -> TaskSnapshot | None:
        """Return the task with exactly this URL."""
        return next((each for each in LISTINGS if each.url == url), None)

    def cluster(self) -> ClusterStatus | None:
        """Return that this is not a node."""
        return None

    def owned_tasks(self) -> Sequence[TaskSnapshot]:
        """Return the three tasks."""
        return LISTINGS

    def active_silences(self) -> ActiveSilences:
        """Return a silence of all, for a reason that would do harm."""
        return _SILENCING

    def maintenance_windows(self) -> Sequence[MaintenanceWindow]:
        """Return none."""
        return ()

    def create_silence(self, pattern: str, ends: datetime, why: str, who: str) -> Silence | WriteFailure:
        """Accept it."""
        return Silence(2, pattern, NOW, ends, why, who)

    def end_silence(self, number: int) -> WriteFailure | None:
        """Accept it."""

    def acknowledge(
        self, url: str, why: str, who: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Accept it."""
        return Acknowledgement(url, opened or NOW, NOW, why, who)

    def withdraw_acknowledgement(
        self, url: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Find none."""

    def request_check(self, url: str) -> float:
        """Accept it."""
        return 0.0 if url else 1.0

    def health(self) -> Health:
        """Return that all is well."""
        return Health()

    def loop_stats(self) -> LoopStats:
        """Return the statistics of a healthy loop."""
        return LoopStats(12.5, 0.004, 0.031, NOW)

    def metrics(self) -> Metrics:
        """Return that nothing was counted yet."""
        return Metrics()

    def channels_if_readable(self) -> Sequence[ChannelRecord]:
        """Return that there is no channel."""
        return ()

    def channels(self) -> Sequence[ChannelRecord]:
        """Return that there is no channel."""
        return ()

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return that nothing is known of the time before."""
        assert MIN_TIME <= since < MAX_TIME
        return dict.fromkeys(urls, ())

    def runs(
        self, url: str, since: datetime, limit: int, until: datetime = MAX_TIME, *, oldest: bool = False
    ) -> Sequence[PastRun]:
        """Return that no run was seen."""
        assert url
        assert since < MAX_TIME
        assert until > MIN_TIME
        assert limit > 0
        return () if oldest else []

    def run_marks(self, url: str, since: datetime, until: datetime) -> Sequence[RunMark]:
        """Return that no run was seen."""
        assert url
        assert since < until
        return ()

    def cadence(
        self, url: str, since: datetime, frequency: timedelta | None, until: datetime = MAX_TIME
    ) -> Cadence:
        """Return that no run was seen."""
        assert url
        assert since < until
        return cadence((), frequency)

    def run_hours(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return that no run said when it started."""
        assert url
        assert since < NOW
        return ()

    def cause_changes(self, url: str, since: datetime) -> Sequence[CauseChange]:
        """Return that there was no incident."""
        assert url
        assert MIN_TIME <= since < MAX_TIME
        return ()

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return that nothing was measured."""
        assert url
        assert since < NOW
        return ()

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return that there was no incident."""
        assert wanted.url in {None, *_KNOWN}
        assert limit > 0
        assert offset >= 0
        return ()

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return that there was no incident."""
        assert wanted.url in {None, *_KNOWN}
        return 0

    def announcements(self, page: str) -> Sequence[Announcement]:
        """Return that nothing was announced."""
        assert page
        return ()

    def log(self, url: str) -> str | None:
        """Return a log that is not what it should be."""
        return f"{url}{_REASON}"

    def answer(self, url: str) -> bytes | None:
        """Return an answer that is not what it should be."""
        return f"{url}{_REASON}\xff".encode("latin-1", "replace")
