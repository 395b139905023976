"""Check tasks once, outside the loop, and explain each verdict."""

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
from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import ItemList, PageReport, ProbeResult, Verdict
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

    `findings` are what each expression found on a page of another program.
    """

    task: Task
    verdict: Verdict
    explanation: str
    duration: timedelta
    findings: tuple[str, ...] = ()


async def check_once(
    settings: Settings, tasks: Sequence[Task], at: datetime | None, on_result: Callable[[], None]
) -> list[CheckResult]:
    """Probe each task once and evaluate it as of `at`, or else as monitoring would.

    Results are in the tasks' order, and a task for all items of a page is followed by these. `on_result` is
    called after each.
    """
    prober = Prober.of(settings)
    page_prober = PageProber(partial(probe_with_retries, prober.probe, sleep=asyncio.sleep), monotonic)
    members = [*map(_member, tasks)]
    page_prober.watch(members)
    # All tasks may be of one host here, so the limit for one host applies to all of them.
    places = asyncio.Semaphore(settings.main.per_host)
    clock = _fixed_clock(at) if at else evaluation_clock(settings.main, datetime.now(UTC))

    async def check(task: Task) -> CheckResult:
        async with places:
            probed = await page_prober.probe(task)
            now = datetime.now(UTC)
            result = _evaluate(task, probed, clock(probed, now) if clock else now, page_prober.reading(task))
        on_result()
        return result

    async def check_with_items(task: Task) -> list[CheckResult]:
        result = await check(task)
        known = {member.task.url for member in members}
        found = _items(settings, task, page_prober.reading(task))
        items = [item for item in found if item.url not in known]
        members.extend(map(_member, items))
        page_prober.watch(members)
        return [result, *await asyncio.gather(*map(check, items))]

    try:
        found = await asyncio.gather(*map(check_with_items, tasks))
        return [result for each in found for result in each]
    finally:
        await prober.close()
        await page_prober.close()


def _member(task: Task) -> MonitoredTask:
    return MonitoredTask(task, origin(task.address), TaskState(), 0.0)


def _fixed_clock(at: datetime) -> EvaluationClock:
    return lambda _result, _now: at


def _evaluate(
    task: Task, probed: ProbeResult, at: datetime, reading: PageReading[PageReport] | None
) -> CheckResult:
    verdict = evaluate(probed, at, task.grace, task.expectations)
    findings = tuple(_findings(task, reading)) if reading else ()
    return CheckResult(task, verdict, explain(verdict, at, task.grace), probed.duration, findings)


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
