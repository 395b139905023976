"""What exactly is wrong with a task whose report is valid."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from py_pinger.core.faults.local_clock import local_zone
from py_pinger.core.model.check import TaskReport, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.text.formatting import duration, iso

_CLOCK_AHEAD: Final = Fault(FaultCode.CLOCK_AHEAD)
_LATE: Final = Fault(FaultCode.LATE)
_LONG_RUN: Final = Fault(FaultCode.LONG_RUN)
_NEVER_RAN: Final = Fault(FaultCode.NEVER_RAN)
_NEVER_REPORTED: Final = Fault(FaultCode.NEVER_REPORTED)


def fault_of_failed(report: TaskReport) -> Fault:
    """Return the fault of a task that reports an error, or whose run does not count."""
    return report.fault or Fault(FaultCode.REPORTED if report.reason else FaultCode.NO_REASON)


def fault_of_clock(report: TaskReport, facts: Verdict, now: datetime) -> Fault:
    """Return the fault of a task whose last run lies ahead of now."""
    zone = local_zone(report, facts, now)
    return Fault(FaultCode.LOCAL_TIME, zone) if zone else _CLOCK_AHEAD


def clock_reason(lastrun: datetime, now: datetime) -> str:
    """Return how far the last run lies ahead of now, as a sentence for people."""
    ahead = duration(lastrun - now)
    return f"lastrun {iso(lastrun)} lies {ahead} ahead of now: the task's clock or time zone is off"


def fault_of_late(report: TaskReport, facts: Verdict, now: datetime) -> Fault:
    """Return the fault of a late task: of a run, of the first one, or of any other."""
    if report.running_since and report.runtime:
        return _LONG_RUN
    if report.never_ran and report.started is None:
        return _NEVER_REPORTED if report.awaited_since else _NEVER_RAN
    zone = local_zone(report, facts, now)
    return Fault(FaultCode.LOCAL_TIME, zone) if zone else _LATE
