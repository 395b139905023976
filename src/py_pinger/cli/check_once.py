"""Asking tasks once, outside the loop, with the arithmetic of each verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from py_pinger.app.debug_clock import evaluation_clock
from py_pinger.config import Settings
from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import ProbeResult, Verdict
from py_pinger.core.model.task import Task
from py_pinger.engine.checking.monitor import EvaluationClock
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.retry import probe_with_retries


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What asking a task once has led to."""

    task: Task
    verdict: Verdict
    explanation: str
    duration: timedelta


async def check_once(
    settings: Settings, tasks: Sequence[Task], at: datetime | None, on_found: Callable[[], None]
) -> list[CheckResult]:
    """Ask each task once and judge it as of `at`, or else by the clock that watching it would go by.

    Findings are in the tasks' order; `on_found` is called after each.
    """
    main, fetcher = settings.main, Prober.of(settings)
    # A host may be asked by all of its tasks at once here, so no more in all than one host is used to.
    places = asyncio.Semaphore(main.per_host)
    patiently = partial(probe_with_retries, fetcher.probe, sleep=asyncio.sleep)
    clock = _standing(at) if at else evaluation_clock(main, datetime.now(UTC))

    async def find(task: Task) -> CheckResult:
        async with places:
            answer = await patiently(task)
            found = _finding(task, answer, clock(answer, datetime.now(UTC)))
        on_found()
        return found

    try:
        return await asyncio.gather(*(find(task) for task in tasks))
    finally:
        await fetcher.close()


def _standing(at: datetime) -> EvaluationClock:
    return lambda _answer, _now: at


def _finding(task: Task, answer: ProbeResult, at: datetime) -> CheckResult:
    verdict = evaluate(answer, at, task.grace, task.expectations)
    return CheckResult(task, verdict, explain(verdict, at, task.grace), answer.duration)
