"""What decides about the notices of a task besides the task: suppressions, and the channels' routes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.evaluation.lifecycle import Context, next_notice_at
from py_pinger.core.model.check import Verdict
from py_pinger.core.model.incident import Suppression, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route, escalation_levels, gets
from py_pinger.core.replay.periods import NEVER, Periods
from py_pinger.core.suppression.dependency import LONGEST_PENDING, is_failing, recovery_grace
from py_pinger.core.suppression.maintenance import Occurrence
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.times import MAX_TIME


@dataclass(frozen=True, slots=True)
class Conditions:
    """When the notices of a task were suppressed, and which channels get them.

    The labels are the last known ones: the history has no others.
    """

    labels: TaskLabels
    routes: tuple[Route, ...] = ()
    silenced: Periods = NEVER
    inhibited: Periods = NEVER

    def context(self, verdict: Verdict, now: datetime, *, confirmed: bool) -> Context:
        """Return what a check at a moment depends on besides its verdict."""
        suppression = None
        if self.silenced.end_at(now):
            suppression = Suppression.SILENCED
        elif self.inhibited.end_at(now):
            suppression = Suppression.INHIBITED
        return Context(confirmed, suppression=suppression, levels=self._levels(verdict))

    def next_notice_at(self, task: Task, state: TaskState, now: datetime) -> datetime | None:
        """Return when a check is made because a notice may be due: a suppression ends, or time is up."""
        incident = state.incident
        if incident is None:
            return None
        ends = (periods.end_at(now) for periods in (self.silenced, self.inhibited) if incident.pending)
        due = next_notice_at(task, incident, self._levels(state.verdict), now)
        return min(filter(None, (*ends, due)), default=None)

    def next_suppression(self, now: datetime) -> datetime:
        """Return when a suppression begins next: what is due then waits for its end."""
        return min(self.silenced.next_start(now), self.inhibited.next_start(now))

    def labelled(self, notice: Notice) -> Notice:
        """Return a notice with the labels that the routes compare."""
        labels = self.labels
        return replace(notice, name=labels.name, process=labels.process, server=labels.server)

    def _levels(self, verdict: Verdict) -> tuple[timedelta, ...]:
        labelled = replace(verdict, process=self.labels.process, server=self.labels.server)
        return escalation_levels(self.routes, self.labels.url, self.labels.name, labelled)


def received(notices: Iterable[Notice], routes: Sequence[Route], since: datetime) -> Counter[str]:
    """Return how many of the notices of one task each channel got since a moment, by their routes."""
    numbers: Counter[str] = Counter()
    notified: dict[datetime | None, set[str]] = {}
    for notice in notices:
        known = notified.setdefault(notice.opened, set())
        channels = [route.channel for route in routes if gets(route, notice, known)]
        if notice.kind is not NoticeKind.RECOVERED:
            known.update(channels)
        if notice.at >= since:
            numbers.update(channels)
    return numbers


def failing_periods(steps: Iterable[Transition]) -> Iterator[Occurrence]:
    """Yield the periods in which a task inhibits those that depend on it."""
    since: datetime | None = None
    for step in steps:
        at = step.state.checked_at
        if is_failing(step.state):
            since = since or at
        elif since and at:
            yield Occurrence(since, at)
            since = None
    if since:
        yield Occurrence(since, MAX_TIME)


def inhibited(failing: Iterable[Occurrence], interval: timedelta) -> Iterator[Occurrence]:
    """Yield when the failures of its parents inhibit a task with this interval.

    A parent is checked as soon as a task fails that depends on it, so it may have been found failing a little
    earlier than its own checks show.
    """
    grace = recovery_grace(interval)
    for period in failing:
        end = period.end if period.end > MAX_TIME - grace else period.end + grace
        yield Occurrence(period.start - LONGEST_PENDING, end)
