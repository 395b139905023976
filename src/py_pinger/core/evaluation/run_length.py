"""How long runs take: the limit that holds, and runs that were too short to have done their work."""

from __future__ import annotations

from dataclasses import replace

from py_pinger.core.model.check import ReportWarning, ReportWarningKind, TaskReport
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.task import Expectations
from py_pinger.core.text.formatting import duration


def apply_run_length(report: TaskReport, expectations: Expectations) -> TaskReport:
    """Return a report with the limit of its run time, and with what its last run's length is worth."""
    if expectations.runtime:
        report = replace(report, runtime=expectations.runtime)
    least = expectations.least_runtime
    if least is None or report.took is None or report.took >= least or not report.healthy:
        return report
    reason = f"ran for {duration(report.took)} only, should take {duration(least)} or more"
    if expectations.short_run_is_error:
        said = f": {report.reason}" if report.reason else ""
        short = Fault(FaultCode.SHORT_RUN)
        return replace(report, healthy=False, reason=f"{reason}{said}", fault=short)
    return replace(report, warnings=(*report.warnings, ReportWarning(ReportWarningKind.SHORT_RUN, reason)))
