"""The alerts about a task under two settings, compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.times import MAX_TIME

# The notices that are compared: those about a task's incidents.
COUNTED = (NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.ESCALATED, NoticeKind.RECOVERED)


@dataclass(frozen=True, slots=True)
class ReplayedAlert:
    """An incident and its notices; `closed` is None while it was open.

    `notices` are the kinds of its notices in the period that is compared, `notified` is the time of its first
    notice.
    """

    opened: datetime
    closed: datetime | None
    cause: Cause | None
    reason: str | None
    notices: tuple[NoticeKind, ...]
    notified: datetime | None = None

    @property
    def length(self) -> timedelta | None:
        """How long it lasted; None while it was open."""
        return None if self.closed is None else self.closed - self.opened

    @property
    def reminders(self) -> int:
        """The number of reminders."""
        return self.notices.count(NoticeKind.REMINDER)

    @property
    def escalations(self) -> int:
        """The number of escalations."""
        return self.notices.count(NoticeKind.ESCALATED)

    def overlaps(self, other: ReplayedAlert) -> bool:
        """Return True if both were open at the same time."""
        return self.opened <= (other.closed or MAX_TIME) and other.opened <= (self.closed or MAX_TIME)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The alerts of a task `before` and `after`: those of one side only, and pairs of both."""

    before: tuple[ReplayedAlert, ...]
    after: tuple[ReplayedAlert, ...]
    fewer: tuple[ReplayedAlert, ...]
    more: tuple[ReplayedAlert, ...]
    pairs: tuple[tuple[ReplayedAlert, ReplayedAlert], ...]

    @property
    def moved(self) -> tuple[tuple[ReplayedAlert, ReplayedAlert], ...]:
        """The pairs whose notices differ in time or number."""
        return tuple(pair for pair in self.pairs if _timing(pair[0]) != _timing(pair[1]))

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.fewer or self.more or self.moved)


def alerts(notices: Iterable[Notice], since: datetime) -> tuple[ReplayedAlert, ...]:
    """Return the incidents with notices since a moment, in order of time."""
    found: dict[datetime, ReplayedAlert] = {}
    for notice in notices:
        if notice.opened is not None and notice.kind in COUNTED:
            found[notice.opened] = _with_notice(found.get(notice.opened), notice, notice.opened, since)
    return tuple(alert for _, alert in sorted(found.items()) if alert.notices)


def compare(before: Sequence[ReplayedAlert], after: Sequence[ReplayedAlert]) -> Comparison:
    """Pair the alerts that were open at the same time, each with at most one."""
    rest, pairs, fewer = list(after), [], []
    for alert in before:
        other = next((each for each in rest if alert.overlaps(each)), None)
        if other:
            pairs.append((alert, other))
            rest.remove(other)
        else:
            fewer.append(alert)
    return Comparison(tuple(before), tuple(after), tuple(fewer), tuple(rest), tuple(pairs))


def counts(alerts: Iterable[ReplayedAlert]) -> Mapping[NoticeKind, int]:
    """Return the number of notices of each kind."""
    kinds = [kind for alert in alerts for kind in alert.notices]
    return {kind: kinds.count(kind) for kind in COUNTED}


def _with_notice(
    alert: ReplayedAlert | None, notice: Notice, opened: datetime, since: datetime
) -> ReplayedAlert:
    """Return an alert with one more notice; its kind counts only since a moment."""
    alert = alert or ReplayedAlert(opened, None, notice.cause, notice.reason, (), notice.at)
    closed = notice.at if notice.kind is NoticeKind.RECOVERED else alert.closed
    kinds = (*alert.notices, notice.kind) if notice.at >= since else alert.notices
    return replace(alert, closed=closed, notices=kinds)


def _timing(alert: ReplayedAlert) -> tuple[object, ...]:
    return alert.notified, alert.closed, alert.notices
