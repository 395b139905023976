"""Two ways in which people might have been told of a task, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.times import MAX_TIME

# What is counted: the words about a task's incidents.
COUNTED = (NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.RECOVERED)


@dataclass(frozen=True, slots=True)
class ReplayedAlert:
    """An incident as people were told of it; `closed` is None while it was open.

    `told` are the kinds of notice, of those that are looked at.
    """

    opened: datetime
    closed: datetime | None
    cause: Cause | None
    reason: str | None
    told: tuple[NoticeKind, ...]

    @property
    def length(self) -> timedelta | None:
        """How long it lasted; None while it was open."""
        return None if self.closed is None else self.closed - self.opened

    @property
    def reminders(self) -> int:
        """How many reminders there were."""
        return self.told.count(NoticeKind.REMINDER)

    def meets(self, other: ReplayedAlert) -> bool:
        """Tell whether both were open at the same time."""
        return self.opened <= (other.closed or MAX_TIME) and other.opened <= (self.closed or MAX_TIME)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was told `before` and `after` of the same task: alerts of one side alone, and pairs of both."""

    before: tuple[ReplayedAlert, ...]
    after: tuple[ReplayedAlert, ...]
    fewer: tuple[ReplayedAlert, ...]
    more: tuple[ReplayedAlert, ...]
    pairs: tuple[tuple[ReplayedAlert, ReplayedAlert], ...]

    @property
    def moved(self) -> tuple[tuple[ReplayedAlert, ReplayedAlert], ...]:
        """The pairs that differ in when they were told, or how often."""
        return tuple(pair for pair in self.pairs if _timing(pair[0]) != _timing(pair[1]))

    @property
    def differs(self) -> bool:
        """Whether people would notice anything."""
        return bool(self.fewer or self.more or self.moved)


def alerts(notices: Iterable[Notice], since: datetime) -> tuple[ReplayedAlert, ...]:
    """Return the incidents that were told of since a moment, in order of time."""
    found: dict[datetime, ReplayedAlert] = {}
    for notice in notices:
        if notice.opened is not None and notice.kind in COUNTED:
            found[notice.opened] = _told(found.get(notice.opened), notice, notice.opened, since)
    return tuple(alert for _, alert in sorted(found.items()) if alert.told)


def compare(before: Sequence[ReplayedAlert], after: Sequence[ReplayedAlert]) -> Comparison:
    """Pair the alerts that were open at the same time, each with one at the most."""
    rest, pairs, fewer = list(after), [], []
    for alert in before:
        other = next((each for each in rest if alert.meets(each)), None)
        if other:
            pairs.append((alert, other))
            rest.remove(other)
        else:
            fewer.append(alert)
    return Comparison(tuple(before), tuple(after), tuple(fewer), tuple(rest), tuple(pairs))


def counts(told: Iterable[ReplayedAlert]) -> Mapping[NoticeKind, int]:
    """Return how often each kind of notice was told."""
    kinds = [kind for alert in told for kind in alert.told]
    return {kind: kinds.count(kind) for kind in COUNTED}


def _told(alert: ReplayedAlert | None, notice: Notice, opened: datetime, since: datetime) -> ReplayedAlert:
    alert = alert or ReplayedAlert(opened, None, notice.cause, notice.reason, ())
    closed = notice.at if notice.kind is NoticeKind.RECOVERED else alert.closed
    kinds = (*alert.told, notice.kind) if notice.at >= since else alert.told
    return replace(alert, closed=closed, told=kinds)


def _timing(alert: ReplayedAlert) -> tuple[object, ...]:
    return alert.opened, alert.closed, alert.told
