"""Check tasks outside the loop, once or several times, and explain each verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from py_pinger.app.debug_clock import evaluation_clock
from py_pinger.config import Settings, with_items
from py_pinger.core.evaluation.evaluate import evaluate, report_of
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import Cause, ItemList, PageReport, ProbeResult, Response, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import origin
from py_pinger.engine.checking.monitor import EvaluationClock
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.retry import probe_with_retries
from py_pinger.engine.reading.page_prober import PageProber
from py_pinger.engine.runtime.tasks import MonitoredTask

if TYPE_CHECKING:  # imported with the first page of another program
    from py_pinger.core.reading.read import PageReading


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The verdict of one check, with its explanation.

    `findings` are what each expression found on a page of another program. `report` is what the page says,
    None if it could not be read.
    """

    task: Task
    verdict: Verdict
    explanation: str
    duration: timedelta
    findings: tuple[str, ...] = ()
    report: PageReport | None = None


async def check_once(
    settings: Settings, tasks: Sequence[Task], at: datetime | None, on_result: Callable[[], None]
) -> list[CheckResult]:
    """Probe each task once and evaluate it as of `at`, or else as monitoring would.

    Results are in the tasks' order, and a task for all items of a page is followed by these. `on_result` is
    called after each.
    """
    checker = TaskChecker(settings)
    try:
        return await checker.check(tasks, at, on_result)
    finally:
        await checker.close()


class TaskChecker:
    """Checks tasks, with connections and tokens that last until it is closed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prober = Prober.of(settings)
        probe = partial(probe_with_retries, self._prober.probe, sleep=asyncio.sleep)
        self._page_prober = PageProber(probe, monotonic)
        # All tasks may be of one host here, so the limit for one host applies to all of them.
        self._places = asyncio.Semaphore(settings.main.per_host)

    async def check(
        self, tasks: Sequence[Task], at: datetime | None, on_result: Callable[[], None]
    ) -> list[CheckResult]:
        """Probe each task and evaluate it, as `check_once` does."""
        members = [*map(_member, tasks)]
        self._page_prober.watch(members)
        clock = _fixed_clock(at) if at else evaluation_clock(self._settings.main, datetime.now(UTC))

        async def check(task: Task) -> CheckResult:
            result = await self._check(task, clock)
            on_result()
            return result

        async def check_with_items(task: Task) -> list[CheckResult]:
            result = await check(task)
            known = {member.task.url for member in members}
            found = _items(self._settings, task, self._page_prober.reading(task))
            items = [item for item in found if item.url not in known]
            members.extend(map(_member, items))
            self._page_prober.watch(members)
            return [result, *await asyncio.gather(*map(check, items))]

        found = await asyncio.gather(*map(check_with_items, tasks))
        return [result for each in found for result in each]

    async def close(self) -> None:
        """Close the connections, and end the thread that reads pages."""
        await self._prober.close()
        await self._page_prober.close()

    async def _check(self, task: Task, clock: EvaluationClock | None) -> CheckResult:
        async with self._places:
            probed = await self._page_prober.probe(task)
            now = datetime.now(UTC)
            at = clock(probed, now) if clock else now
            return _evaluate(task, probed, at, self._page_prober.reading(task))


def _member(task: Task) -> MonitoredTask:
    return MonitoredTask(task, origin(task.address), TaskState(), 0.0)


def _fixed_clock(at: datetime) -> EvaluationClock:
    return lambda _result, _now: at


def _evaluate(
    task: Task, probed: ProbeResult, at: datetime, reading: PageReading[PageReport] | None
) -> CheckResult:
    verdict = evaluate(probed, at, task.grace, task.expectations)
    findings = tuple(_findings(task, reading)) if reading else ()
    report = None
    if isinstance(probed, Response) and verdict.cause is not Cause.HTTP:
        report = report_of(probed, task.expectations)
    return CheckResult(task, verdict, explain(verdict, at, task.grace), probed.duration, findings, report)


def _items(settings: Settings, task: Task, reading: PageReading[PageReport] | None) -> Sequence[Task]:
    """Return the tasks for the items of a page, if it was read for all of them."""
    if reading is None or not isinstance(reading.report, ItemList):
        return ()
    expanded = with_items(settings, {task.url: reading.report.names})
    return [each for each in expanded.tasks if each.listed_by == task.url]


def _findings(task: Task, reading: PageReading[PageReport]) -> Iterator[str]:
    """Yield by which section a page was read, and what each of its expressions found."""
    if page := task.expectations.page:
        yield f"read by [page {page.name}] ({page.kind})"
    for each in reading.findings:
        yield f"{each.key:<9} {each.expression}: {each.text}"
