"""How much of the time a task was well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan

_UP = frozenset({Status.OK, Status.SLEEPING})
_KNOWN = _UP | {Status.ERROR}


def uptime(spans: Sequence[PastSpan], since: datetime, until: datetime) -> float | None:
    """Return the share, from 0 to 1, of the known time between two moments that was not spent in error.

    It goes by time, not by checks: sleeping counts as up, and what nobody watched does not count. None
    when nothing is known. The spans may not overlap.
    """
    known = _spent(spans, _KNOWN, since, until)
    return _spent(spans, _UP, since, until) / known if known else None


def _spent(
    spans: Sequence[PastSpan], statuses: frozenset[Status], since: datetime, until: datetime
) -> timedelta:
    lengths = (_within(span, since, until) for span in spans if span.status in statuses)
    return sum(lengths, timedelta(0))


def _within(span: PastSpan, since: datetime, until: datetime) -> timedelta:
    ended = until if span.ended is None else min(span.ended, until)
    return max(ended - max(span.started, since), timedelta(0))
