"""Writes the history of the demo: each task is checked at the moments at which something happens.

The checks are evaluated and recorded like those of a real task. Between two of them nothing changes, so they
count as if the task had been checked all the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from py_pinger.channels import LogChannel
from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Check, Response
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND
from py_pinger.store import Store
from py_pinger.web.demo.demo_shop import DemoShop
from py_pinger.web.demo.demo_task import SLEEP, DemoTask, FaultKind

# Days whose response times the pages show: a check an hour.
_HOURLY_DAYS: Final = 7
# Seconds after which a check sees what happened.
_DELAY: Final = 3 * SECOND
# Bytes of the last answer that are kept.
_KEPT: Final = 4096
# A silence of the demo: what it matches, since when and for how long.
_SILENCED: Final = "Rebuild the search index"
_SILENCE_BEGAN, _SILENCE_ENDS = 20 * MINUTE, 4 * HOUR


def write_history(store: Store, tasks: Sequence[Task], shop: DemoShop) -> None:
    """Fill a new database with the past of the shop's tasks; `tasks` are these in the settings."""
    store.set_tasks(tasks)
    for task, invented in zip(tasks, shop.tasks, strict=True):
        store.record(list(_played(task, invented)), [], [LogChannel.route])
    _deliver(store, shop.start)
    store.silences.create(
        _SILENCED,
        shop.start - _SILENCE_BEGAN,
        shop.start + _SILENCE_ENDS,
        "Moving to the new search cluster, runs may fail",
        "Ana",
    )


def _played(task: Task, invented: DemoTask) -> Iterator[Transition]:
    """Yield what the checks of a task led to; the last one was just before the start."""
    # With an interval of 90 days no check was missed between two moments.
    unhurried = replace(task, interval=invented.known, error_interval=invented.known)
    state, last = TaskState(), invented.start - SECOND
    for at in sorted({at for at in _moments(invented, task.grace) if invented.since <= at < last}):
        step = _checked(unhurried, invented, state, at)
        state = step.state
        yield step
    step = _checked(task, invented, state, last)
    pings = invented.known // MINUTE
    yield replace(step, state=replace(step.state, pings=pings, errors=max(state.errors, pings // 900)))


def _checked(task: Task, invented: DemoTask, state: TaskState, at: datetime) -> Transition:
    answer = invented.answer(at)
    body = answer.body[:_KEPT] if isinstance(answer, Response) else None
    return advance(task, state, Check(evaluate(answer, at, task.grace), at, answer.duration, body))


def _moments(invented: DemoTask, grace: timedelta) -> Iterator[datetime]:
    """Yield when there is something new: runs, faults, sleep, and an hour in the charts."""
    yield invented.since
    yield from (run + _DELAY for run in invented.runs(invented.since, invented.start))
    hours = range(min(invented.known, _HOURLY_DAYS * DAY) // HOUR)
    yield from (invented.start - hour * HOUR for hour in hours)
    for fault in invented.faults:
        begin = invented.start - fault.ago
        yield from (begin + _DELAY, begin + fault.length + _DELAY)
        if fault.kind is FaultKind.STUCK:
            yield invented.last_run(begin) + invented.every + grace + _DELAY
    if invented.sleeps:
        for day in range(invented.known // DAY):
            yield invented.sleep_begin - day * DAY + SECOND
            yield invented.sleep_begin - day * DAY + SLEEP + SECOND


def _deliver(store: Store, start: datetime) -> None:
    """Settle the notices of the past, each a second after its time: the log had them."""
    for delivery in store.waiting(LogChannel.name, start, 10_000):
        at = delivery.notice.at + SECOND
        store.settle(DeliveryUpdate((delivery.id,), DeliveryState.DELIVERED, at, at))
