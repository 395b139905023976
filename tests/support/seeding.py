"""A believable past: up to ninety days of forty tasks on six servers, the same for the same `now`.

Each task's page is played at the moments at which something happens, and goes the way of a real check:
judged, advanced, recorded. How long the answers of each hour took is written beside it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from heapq import merge
from itertools import islice
from random import Random

import orjson
from sqlalchemy import insert

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Check, NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store
from py_pinger.store.tables.schema import latency

CHANNELS = ("slack", "sentry")

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)

# Server by server: what runs there, and how many minutes lie between two runs.
JOBS = {
    "web-1": {
        "Import orders": 15,
        "Rebuild sitemap": 60,
        "Expire sessions": 30,
        "Refresh prices": 30,
        "Sync customers": 60,
        "Warm the cache": 30,
        "Rotate logs": 1440,
    },
    "web-2": {
        "Import stock": 15,
        "Index products": 60,
        "Resize pictures": 30,
        "Publish articles": 60,
        "Check links": 360,
        "Collect feedback": 360,
        "Rotate logs": 1440,
    },
    "db-1": {
        "Nightly backup": 1440,
        "Ship the write-ahead log": 30,
        "Vacuum": 1440,
        "Verify the backup": 1440,
        "Aggregate statistics": 60,
        "Archive orders": 360,
        "Replicate to the second site": 30,
    },
    "queue-1": {
        "Payments worker": 30,
        "Invoices worker": 30,
        "Webhook worker": 30,
        "Dead letters": 60,
        "Currency rates": 60,
        "Fraud scoring": 30,
        "Settle accounts": 1440,
    },
    "mail-1": {
        "Send newsletter": 360,
        "Process bounces": 60,
        "Daily digest": 1440,
        "Poll the inbox": 30,
        "Clean the spool": 360,
        "Renew certificates": 1440,
    },
    "media-1": {
        "Transcode videos": 60,
        "Make thumbnails": 30,
        "Upload to the archive": 360,
        "Scan for viruses": 360,
        "Purge old files": 60,
        "Disk usage": 360,
    },
}
REASONS = (
    "database timeout after 30 s",
    "no space left on /var/lib",
    "3 of 1,204 records were refused",
    "the payment provider answered 502",
    "lock is held by another process",
)
SILENCES = (
    NoResponse(ProbeFailure.REFUSED, "connection refused", timedelta(milliseconds=3)),
    NoResponse(ProbeFailure.TIMEOUT, "no answer within 10 s", 10 * SECOND),
    NoResponse(ProbeFailure.DNS, "the host name is not known", timedelta(milliseconds=40)),
)

# A channel that takes nothing: since when, and why.
REFUSING = {"sentry": (31 * HOUR, "HTTP 403: the project is disabled")}


class Fault(Enum):
    """What can be wrong with a task."""

    FAILED = auto()
    LATE = auto()
    HTTP = auto()
    SILENT = auto()


@dataclass(frozen=True)
class Ordeal:
    """A stretch in which something is wrong; `number` picks the words."""

    begin: datetime
    end: datetime
    fault: Fault
    number: int


@dataclass(frozen=True)
class Job:
    """A task and all that ever happens to it."""

    place: int
    task: Task
    process: str
    server: str
    frequency: timedelta
    sleep: tuple[timedelta, timedelta] | None
    start: datetime
    now: datetime
    ordeals: Sequence[Ordeal]
    random: Random = field(repr=False)

    @cached_property
    def runs(self) -> list[datetime]:
        """Return when it ran: usually a little early, sometimes seconds late, not at all when it is stuck."""
        at, runs = self.start - self.frequency * self.random.random(), []
        while at < self.now - MINUTE:
            runs.append(at)
            late = self.random.random() < 0.02
            at += self.frequency * (1 if late else self.random.uniform(0.9, 0.98))
            at += self.random.uniform(5, 45) * SECOND if late else timedelta(0)
            if self.asleep(at):
                at = self.woken(at) + self.frequency / 2
            if (ordeal := self.ordeal(at)) and ordeal.fault is Fault.LATE:
                at = ordeal.end
        return runs

    @property
    def moments(self) -> list[datetime]:
        """Return when there is something to see."""
        seen = {run + self.random.uniform(1, 59) * SECOND for run in self.runs}
        for ordeal in self.ordeals:
            length = ordeal.end - ordeal.begin
            seen |= {ordeal.begin + minutes * MINUTE for minutes in range(0, int(length / MINUTE), 8)}
            seen.add(ordeal.end)
        if self.sleep:
            days = range((self.now - self.start).days + 1)
            nights = [_midnight(self.start) + day * DAY + self.sleep[0] for day in days]
            seen |= {night + MINUTE for night in nights} | {night + self.sleep[1] for night in nights}
        last = self.now - (7 * self.place % 59 + 1) * SECOND
        return [self.start, *sorted(at for at in seen if self.start < at < last), last]

    def asleep(self, at: datetime) -> bool:
        """Return True if it sleeps."""
        return self.sleep is not None and (at - self._bedtime(at)) < self.sleep[1]

    def woken(self, at: datetime) -> datetime:
        """Return when it wakes from its present sleep."""
        return self._bedtime(at) + (self.sleep[1] if self.sleep else timedelta(0))

    def _bedtime(self, at: datetime) -> datetime:
        bedtime = _midnight(at) + (self.sleep[0] if self.sleep else timedelta(0))
        return bedtime if bedtime <= at else bedtime - DAY

    def ordeal(self, at: datetime) -> Ordeal | None:
        """Return what is wrong."""
        return next((each for each in self.ordeals if each.begin <= at < each.end), None)

    def duration(self, at: datetime) -> timedelta:
        """Return how long an answer takes: longer by day, and on a busy server."""
        base = 12 + 90 * (self.place * 0.618 % 1) ** 2
        day = 1 + 0.6 * math.sin((at.hour - 8) / 24 * 2 * math.pi)
        return base * day * self.random.lognormvariate(0, 0.15) * timedelta(milliseconds=1)

    def answer(self, at: datetime) -> ProbeResult:
        """Return its response."""
        ordeal = self.ordeal(at)
        if ordeal and ordeal.fault is Fault.SILENT:
            return SILENCES[ordeal.number % len(SILENCES)]
        if ordeal and ordeal.fault is Fault.HTTP:
            return Response(503, b"<h1>503 Service Unavailable</h1>", self.duration(at))
        failed = ordeal is not None and ordeal.fault is Fault.FAILED
        words = {"reason": REASONS[ordeal.number % len(REASONS)]} if ordeal and failed else {}
        return Response(200, self._page(at, "error" if failed else "ok", words), self.duration(at))

    def _page(self, at: datetime, status: str, words: dict[str, str]) -> bytes:
        lastrun = self.runs[max(bisect_right(self.runs, at) - 1, 0)]
        page: dict[str, object] = {
            "status": status,
            **words,
            # One of them writes its times so that they have to be guessed at.
            "lastrun": f"{lastrun:%B %d, %Y %H:%M:%S}" if self.place == 12 else f"{lastrun:%FT%TZ}",
            "frequency": int(self.frequency / MINUTE),
            "process": self.process,
            "server": self.server,
        }
        if self.sleep:
            start, duration = self.sleep
            hours, minutes = divmod(int(start / MINUTE), 60)
            page["sleep"] = [{"start": f"{hours:02}:{minutes:02}", "duration": int(duration / MINUTE)}]
        return orjson.dumps(page, option=orjson.OPT_INDENT_2)


def seed(store: Store, now: datetime, days: int = 90) -> tuple[Task, ...]:
    """Fill a new store with the past up to `now`, and return the tasks, which it monitors then."""
    jobs = list(_jobs(now, days))
    tasks = tuple(job.task for job in jobs)
    store.set_tasks(tasks)
    _write_hours(store, jobs)
    steps = merge(*(_played(job) for job in jobs), key=lambda step: step.state.checked_at or now)
    while batch := list(islice(steps, 2000)):
        store.record(batch, [], [Route(channel) for channel in CHANNELS])
    for channel in CHANNELS:
        _deliver(store, channel, now)
    return tasks


def _jobs(now: datetime, days: int) -> Iterator[Job]:
    places = ((server, *job) for server, jobs in JOBS.items() for job in jobs.items())
    start = now - days * DAY
    for place, (server, process, minutes) in enumerate(places):
        slug = process.lower().replace(" ", "-")
        url = f"https://{server}.example.com/status/{slug}"
        task = Task(url, url, name=process if place % 9 == 0 else None)
        frequency = minutes * MINUTE
        yield Job(
            place=place,
            task=task,
            process=process,
            server=server,
            frequency=frequency,
            sleep=_sleep(place, now),
            start=start,
            now=now,
            ordeals=sorted(_ordeals(place, server, frequency, now, days), key=lambda each: each.begin),
            random=Random(place),  # noqa: S311 - a story, no secret
        )


def _sleep(place: int, now: datetime) -> tuple[timedelta, timedelta] | None:
    if place in {5, 18}:
        return (now.hour - 1) % 24 * HOUR, 3 * HOUR
    return (22 * HOUR, 7.5 * HOUR) if place % 8 == 3 else None


def _ordeals(place: int, server: str, frequency: timedelta, now: datetime, days: int) -> Iterator[Ordeal]:
    """Yield what goes wrong: this and that, a whole server once, and what is wrong right now."""
    random = Random(1000 + place)  # noqa: S311 - a story, no secret
    for number in range(random.randint(1, max(2, days // 10))):
        fault = random.choices(list(Fault), (4, 3, 1, 3))[0]
        length = timedelta(minutes=6 + random.expovariate(1 / 45))
        begin = now - days * DAY + random.uniform(0.02, 0.93) * days * DAY
        if fault is Fault.LATE:
            length = length / 2 + frequency * random.uniform(1.1, 3.5)
        yield Ordeal(begin, begin + length, fault, number + place)
    if server == "queue-1":
        yield Ordeal(now - 20 * DAY, now - 20 * DAY + 35 * MINUTE, Fault.SILENT, 0)
    for begun, ended, fault in _today(place):
        yield Ordeal(now - begun, now - ended, fault, place)


def _today(place: int) -> Sequence[tuple[timedelta, timedelta, Fault]]:
    ahead = -HOUR
    return {
        0: [(5 * HOUR, 4.2 * HOUR, Fault.FAILED)],
        7: [(2 * HOUR + 29 * MINUTE, ahead, Fault.LATE)],
        15: [(26 * MINUTE, ahead, Fault.SILENT)],
        24: [(3 * DAY, 1 * DAY, Fault.FAILED), (1 * DAY, ahead, Fault.HTTP)],
        29: [(11 * HOUR, 10 * HOUR, Fault.SILENT)],
        34: [(95 * MINUTE, ahead, Fault.FAILED)],
    }.get(place, [])


def _played(job: Job) -> Iterator[Transition]:
    """Yield what its checks led to; all but the last are so far apart that they count as watched between."""
    state, unhurried = TaskState(), replace(job.task, interval=job.now - job.start, error_interval=DAY)
    *earlier, last = job.moments
    for at in earlier:
        step = _checked(job, unhurried, state, at)
        state = step.state
        yield step
    step, answer = _checked(job, job.task, state, last), job.answer(last)
    pings = int((job.now - job.start) / MINUTE)
    state = replace(step.state, pings=pings, errors=max(step.state.errors, pings // 400))
    yield replace(step, state=state, body=answer.body if isinstance(answer, Response) else None)


def _checked(job: Job, task: Task, state: TaskState, at: datetime) -> Transition:
    answer = job.answer(at)
    return advance(task, state, Check(evaluate(answer, at, task.grace), at, answer.duration))


def _write_hours(store: Store, jobs: Sequence[Job]) -> None:
    ids = store._registry.ids  # noqa: SLF001 - no check is made for each minute of three months
    rows = [hour for job in jobs for hour in _hours(job, ids[job.task.url])]
    with store._database.writing() as connection:  # noqa: SLF001 - as above
        connection.execute(insert(latency), rows)


def _hours(job: Job, task_id: int) -> Iterator[dict[str, object]]:
    for number in range(int((job.now - job.start) / HOUR)):
        hour = (job.start + number * HOUR).replace(minute=0, second=0, microsecond=0)
        mean, troubled = job.duration(hour), job.ordeal(hour + HOUR / 2) is not None
        checks = 8 if troubled else 60
        yield {
            "task_id": task_id,
            "hour": hour,
            "checks": checks,
            "failures": checks if troubled else 0,
            "total": checks * mean,
            "least": mean * job.random.uniform(0.5, 0.9),
            "greatest": mean * (1 + job.random.expovariate(1.2)),
        }


def _deliver(store: Store, channel: str, now: datetime) -> None:
    """Let the channel take what waits, each after its time; some at the second try, some not at all."""
    lasts, why = REFUSING.get(channel, (timedelta(0), ""))
    for delivery in store.waiting(channel, now, 100_000):
        at = delivery.notice.at
        if at > now - lasts:
            _settle(store, delivery, DeliveryState.WAITING, min(at + DAY, now - MINUTE), why)
            if at <= now - DAY:
                _settle(store, delivery, DeliveryState.GIVEN_UP, at + DAY, why)
            continue
        if delivery.id % 17 == 0:
            _settle(store, delivery, DeliveryState.WAITING, at + SECOND, "no answer within 10 s")
        _settle(store, delivery, DeliveryState.DELIVERED, at + 2 * SECOND, None)


def _settle(store: Store, delivery: Delivery, state: DeliveryState, at: datetime, error: str | None) -> None:
    receipt = f"{at.timestamp():.6f}" if state is DeliveryState.DELIVERED else None
    store.settle(DeliveryUpdate((delivery.id,), state, at, at + 5 * MINUTE, receipt, error))


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
