"""What counts of a discovered item while its page does not list it: its last report.

So an item that vanishes is late when its next run would have been, and not before.
"""

from __future__ import annotations

from typing import Final

from py_pinger.core.evaluation.report import DEFAULT_FREQUENCY
from py_pinger.core.model.check import (
    Cause,
    InvalidReport,
    ReportWarning,
    ReportWarningKind,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.task import Expectations
from py_pinger.core.times import MIN_TIME

WARNING: Final = ReportWarning(
    ReportWarningKind.NOT_LISTED,
    "the page does not list it at present; its last run counts until it has been missing for a day",
)


def last_report(previous: Verdict | None, expectations: Expectations) -> TaskReport | InvalidReport:
    """Return the last report of an item, of which its `previous` verdict says all that is known."""
    previous = previous or Verdict(Status.PENDING)
    if previous.cause is Cause.INVALID:
        return InvalidReport(
            previous.reason or "",
            process=previous.process,
            server=previous.server,
            fault=previous.fault,
        )
    # The other reasons are Py Pinger's words.
    said = previous.cause is Cause.FAILED or previous.status in {Status.OK, Status.SLEEPING}
    return TaskReport(
        healthy=previous.cause is not Cause.FAILED,
        lastrun=previous.lastrun or MIN_TIME,
        frequency=previous.frequency or expectations.frequency or DEFAULT_FREQUENCY,
        reason=previous.reason if said else None,
        process=previous.process,
        server=previous.server,
        warnings=(WARNING, *expectations.warnings),
        never_ran=previous.lastrun is None,
        schedule=previous.schedule,
        started=previous.started,
        running_since=previous.running_since,
        runtime=previous.runtime,
        took=previous.took,
        fault=previous.fault if previous.cause is Cause.FAILED else None,
    )
