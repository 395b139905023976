"""The report that the pushes of a task make together: what its page would say if it had one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from py_pinger.core.evaluation.report import DEFAULT_FREQUENCY
from py_pinger.core.model.check import InvalidReport, TaskReport
from py_pinger.core.model.push import PushState
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.document import read_stored
from py_pinger.core.times import MIN_TIME, SECOND

# Nodes of a cluster whose clocks differ by more than half of this check nothing.
CLOCK_MARGIN: Final = 10 * SECOND


def has_news(state: PushState, checked_at: datetime | None) -> bool:
    """Return True if the last check of a task, by whichever node, may not have known all of its pushes."""
    moments = (state.last.seen if state.last else None, state.started)
    return checked_at is None or any(at and at > checked_at - CLOCK_MARGIN for at in moments)


def stored_report(state: PushState, expectations: Expectations) -> TaskReport | InvalidReport:
    """Return the report of a task that is pushed; invalid only if a later release reads JSON otherwise."""
    if state.document is None:
        return _plain(state, expectations)
    said, last = read_stored(state.document, expectations), state.last
    if isinstance(said, InvalidReport):
        return said
    return replace(
        said,
        healthy=last is None or last.healthy,
        lastrun=last.lastrun if last else MIN_TIME,
        reason=last.reason if last else None,
        never_ran=last is None or last.lastrun == MIN_TIME,
        awaited_since=state.watched,
        started=state.started,
        running_since=state.open_runs[0].started if state.open_runs else None,
        took=last.duration if last else None,
    )


def _plain(state: PushState, expectations: Expectations) -> TaskReport:
    """Return the report of a task that is pushed without JSON; each push costs this."""
    last, runs = state.last, state.open_runs
    return TaskReport(
        healthy=last is None or last.healthy,
        lastrun=last.lastrun if last else MIN_TIME,
        frequency=expectations.frequency or DEFAULT_FREQUENCY,
        reason=last.reason if last else None,
        warnings=expectations.warnings,
        never_ran=last is None or last.lastrun == MIN_TIME,
        started=state.started,
        running_since=runs[0].started if runs else None,
        took=last.duration if last else None,
        awaited_since=state.watched,
    )
