"""A page that is not ours becomes the report that a page of the contract would have made.

From here on both are the same to evaluation, sleep, incidents and history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from py_pinger.core.evaluation.report import DEFAULT_FREQUENCY, NO_EXPECTATIONS
from py_pinger.core.evaluation.report_values import REASON_LENGTH, TAG_LENGTH
from py_pinger.core.model.check import (
    InvalidReport,
    PageReport,
    ReportWarning,
    ReportWarningKind,
    TaskReport,
)
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.page import HEADER_LENGTH, HEADER_PREFIX, ITEMS_READ, PageDefinition
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.documents.page_errors import PageProblemError
from py_pinger.core.reading.findings import Finding, moments_text, names_of, why_no_moment
from py_pinger.core.reading.moments import read_moments
from py_pinger.core.reading.opened_page import Document, OpenedPage, find_in
from py_pinger.core.reading.page_status import read_status
from py_pinger.core.reading.plain_values import length_of
from py_pinger.core.reading.stated_schedule import read_stated_schedule
from py_pinger.core.text.formatting import clean, compact, count, iso, minutes, quoted

_Report_co = TypeVar("_Report_co", bound=PageReport, covariant=True)


@dataclass(frozen=True, slots=True)
class PageReading(Generic[_Report_co]):
    """The report of a page, and what each of its expressions found."""

    report: _Report_co
    findings: tuple[Finding, ...] = ()


def read_page(
    opened: OpenedPage,
    headers: Mapping[str, str],
    item: str | None = None,
    expectations: Expectations = NO_EXPECTATIONS,
) -> PageReading[TaskReport | InvalidReport]:
    """Read a page, or the item of a page that lists several. Never raises.

    `headers` have lower-case names.
    """
    if opened.document is None:
        return PageReading(opened.problem or InvalidReport(""))
    reading = _Reading(opened.definition, opened.document, headers)
    reading.warn_of_items(opened.items_left_out)
    try:
        return PageReading(reading.report(opened.items, item, expectations), tuple(reading.findings))
    except PageProblemError as problem:
        report = InvalidReport(clean(str(problem)), fault=problem.fault)
        return PageReading(report, tuple(reading.findings))


def items_warning(left_out: int) -> ReportWarning:
    """Return the warning of items beyond those that are read."""
    text = f"each: finds {left_out + ITEMS_READ} items, of which the first {ITEMS_READ} are read"
    return ReportWarning(ReportWarningKind.LEFT_OUT, f"{text}; filter them in the URL or in each")


@dataclass(slots=True)
class _Reading:
    """One reading of a page, which notes what it finds."""

    page: PageDefinition
    document: Document
    headers: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)
    warnings: list[ReportWarning] = field(default_factory=list)

    def report(
        self, items: Mapping[str, Sequence[object]], name: str | None, expectations: Expectations
    ) -> TaskReport:
        """Return the report. Raises PageProblemError with the sentence that says what is wrong."""
        item = self._item(items, name)
        self.warnings.extend(expectations.warnings)
        lastrun = self._lastrun(item)
        reason = self._text("reason", self.page.reason, item, REASON_LENGTH)
        healthy, said = self._status(item)
        frequency, schedule = self._when(item, expectations, lastrun)
        return TaskReport(
            healthy=healthy,
            lastrun=lastrun,
            frequency=frequency,
            schedule=schedule,
            reason=reason if healthy else (reason or said),
            process=self._text("process", self.page.process, item, TAG_LENGTH),
            server=self._text("server", self.page.server, item, TAG_LENGTH),
            warnings=tuple(self.warnings),
        )

    def warn_of_items(self, left_out: int) -> None:
        """Warn of items that are not read, among which a newer run may be."""
        if left_out:
            self.warnings.append(items_warning(left_out))

    def _item(self, items: Mapping[str, Sequence[object]], name: str | None) -> object:
        if not self.page.has_items:
            return self.document.root
        self._note("each", self.page.each or self.page.lastrun, count(len(items), "item"))
        if name is None:
            raise PageProblemError(
                f"the URL names no item; add #NAME to it: the page lists {names_of(items)}",
                FaultCode.PAGE_SETTING,
            )
        if name not in items:
            problem = f"the page lists no {quoted(clean(name))}; it lists {names_of(items)}"
            raise PageProblemError(problem, FaultCode.PAGE_ITEM)
        return self._latest(items[name])

    def _latest(self, same: Sequence[object]) -> object:
        """Return the item with the newest last run: of a job's runs the latest counts."""
        if len(same) == 1:
            return same[0]
        read = [(read_moments(self._find(self.page.lastrun, each), self.page), each) for each in same]
        for moments, each in read:
            # It may be the newest: why it cannot be read becomes the reason of the verdict.
            if moments.is_doubtful:
                return each
        known = [(moments.newest, each) for moments, each in read if moments.newest is not None]
        return max(known, key=lambda pair: pair[0])[1] if known else same[0]

    def _lastrun(self, item: object) -> datetime:
        expression = self.page.lastrun
        moments = read_moments(self._find(expression, item), self.page)
        self._note("lastrun", expression, moments_text(moments))
        if moments.newest is None:
            code = FaultCode.PAGE_SETTING if moments.is_doubtful else FaultCode.PAGE_SECTION
            never = moments.problem is None and moments.never is not None
            raise PageProblemError(why_no_moment(moments, expression), FaultCode.NEVER_RAN if never else code)
        if moments.left_out:
            text = f"lastrun: finds more than {moments.values} values, of which the first are read"
            self._warn(ReportWarningKind.LEFT_OUT, f"{text}; filter them in the URL or in lastrun")
        if moments.advice:
            read = f"lastrun {quoted(moments.newest_value)} was read as {iso(moments.newest)}"
            self._warn(ReportWarningKind.TIME_ORDER, f"{read}; {moments.advice}")
        return moments.newest

    def _status(self, item: object) -> tuple[bool, str | None]:
        """Return whether the task is healthy, and why not."""
        expression = self.page.status
        if expression is None:
            return True, None
        status = read_status(self._find(expression, item), self.page)
        self._note("status", expression, status.finding)
        if status.problem:
            raise PageProblemError(status.problem, FaultCode.PAGE_STATUS)
        if status.warning:
            self._warn(ReportWarningKind.STATUS, status.warning)
        return status.healthy, status.reason

    def _when(
        self, item: object, expectations: Expectations, lastrun: datetime
    ) -> tuple[timedelta, Schedule | None]:
        """Return how often the task runs, or its schedule; what pinger.ini says of either comes first."""
        frequency, schedule = self._frequency(item), self._schedule(item)
        if expectations.frequency or expectations.schedule:
            return expectations.frequency or DEFAULT_FREQUENCY, None
        if isinstance(schedule, Schedule):
            return DEFAULT_FREQUENCY, schedule
        if isinstance(frequency, timedelta):
            if schedule:
                self._warn(ReportWarningKind.SCHEDULE, f"{schedule}; the frequency counts instead")
            return frequency, None
        if problem := schedule or frequency:
            remedy = f"add schedule or frequency to the task's section; it last ran {iso(lastrun)}"
            raise PageProblemError(f"{problem}; {remedy}", FaultCode.PAGE_SETTING)
        self._warn(ReportWarningKind.NO_FREQUENCY, "the page has no frequency; 10 minutes are assumed")
        return DEFAULT_FREQUENCY, None

    def _frequency(self, item: object) -> timedelta | str | None:
        """Return the frequency that the page states, or a sentence on why it cannot be read."""
        expression = self.page.frequency
        if expression is None:
            return None
        value = self._find(expression, item)
        length = length_of(value, self.page.frequency_unit)
        self._note("frequency", expression, minutes(length) if length else quoted(value))
        return length or f"frequency: finds {quoted(value)}, not a number above 0"

    def _schedule(self, item: object) -> Schedule | str | None:
        """Return the schedule that the page states, or a sentence on why it cannot be read."""
        page, expression = self.page, self.page.schedule
        if expression is None:
            return None
        value = self._find(expression, item)
        zone = self._find(page.schedule_timezone, item) if page.schedule_timezone else None
        schedule = read_stated_schedule(value, zone, page.zone)
        if schedule is None:
            self._note("schedule", expression, "nothing")
            return None if page.frequency else "schedule: finds nothing"
        if isinstance(schedule, Schedule):
            self._note("schedule", expression, f"{quoted(value)} in {schedule.zone}")
            return schedule
        self._note("schedule", expression, f"{quoted(value)}, which {schedule}")
        return f"schedule: finds {quoted(value)}, which {schedule}"

    def _text(self, key: str, expression: str | None, item: object, length: int) -> str | None:
        if expression is None:
            return None
        value = self._find(expression, item)
        text = (
            None
            if value is None
            else clean(value, length)
            if isinstance(value, str)
            else compact(value, length)
        )
        self._note(key, expression, quoted(text) if text else "nothing")
        return text or None

    def _find(self, expression: str, item: object) -> object:
        if expression.lower().startswith(HEADER_PREFIX):
            value = self.headers.get(expression[len(HEADER_PREFIX) :].strip().lower())
            return value[:HEADER_LENGTH] if value else None
        return find_in(self.document, expression, item)

    def _warn(self, kind: ReportWarningKind, text: str) -> None:
        self.warnings.append(ReportWarning(kind, text))

    def _note(self, key: str, expression: str, text: str) -> None:
        self.findings.append(Finding(key, expression, text))
