"""The sites that are visited: real stores behind the real web server, at a moment that stands still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import orjson

from py_pinger.app.web_data import WebData
from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Check, ProbeResult, Response
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import (
    Health,
    HealthWarning,
    Metrics,
    Problem,
    ProblemKind,
    WarningKind,
)
from py_pinger.core.model.history import LoopStats
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.status_page.status_page import GroupPatterns, StatusPage
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.store import Store
from py_pinger.web import Access, DemoShop, LoginState, PageSettings, WebServer, create_app

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOOK = timedelta(milliseconds=37)

NO_PASSWORD = Access()

STATUS_PAGES = [StatusPage("shop", "The shop", groups=(GroupPatterns("Imports", ("*import*",)),))]

# Bytes of the last answer that are kept.
KEPT = 4096


HEALTHY = Health()


@dataclass(frozen=True)
class GoodVitals:
    """All moves, at a steady pace."""

    found: Health = HEALTHY

    def health(self) -> Health:
        """Return that all moves, or what is wrong."""
        return self.found

    def metrics(self) -> Metrics:
        """Return that nothing was counted yet."""
        return Metrics()

    def loop_stats(self) -> LoopStats:
        """Return a steady pulse."""
        return LoopStats(
            checks_a_second=0.7, lateness_mean=0.004, lateness_worst=0.031, started=NOW - 12 * DAY
        )


@dataclass(frozen=True)
class KnownCluster:
    """A cluster that stands still, of which this node owns all tasks."""

    found: ClusterStatus

    def status(self) -> ClusterStatus:
        """Return the cluster."""
        return self.found

    def owns(self, url: str) -> bool:
        """Return that this node owns any task."""
        return bool(url)

    def refresh(self) -> None:
        """Read nothing: it stands still."""


@contextmanager
def store_at(file: Path) -> Iterator[Store]:
    """Open a store."""
    with closing(Store.open(f"sqlite:///{file}")) as store:
        yield store


@contextmanager
def site(  # noqa: PLR0913 - what a test may set
    store: Store,
    tasks: Sequence[Task],
    channels: Sequence[str] = (),
    *,
    port: int = 0,
    access: Access = NO_PASSWORD,
    windows: Sequence[MaintenanceWindow] = (),
    demo: DemoShop | None = None,
    health: Health = HEALTHY,
    samples: bool = False,
    cluster: ClusterStatus | None = None,
) -> Iterator[WebServer]:
    """Serve a store's pages as they are at NOW."""
    silencer = Silencer(store.silences.in_force, windows, lambda: NOW)
    silencer.refresh()
    node = KnownCluster(cluster) if cluster else None
    vitals = GoodVitals(health)
    board = WebData(store, vitals, lambda: channels, lambda: NOW, silencer, lambda _: 0.0, node)
    urls = [task.url for task in tasks]
    server = WebServer("127.0.0.1", port)
    settings = PageSettings(
        urls,
        samples=samples,
        access=access,
        demo=demo,
        status_pages=STATUS_PAGES,
        node=cluster.name if cluster else None,
    )
    server.show(create_app(board, settings, lambda: NOW, LoginState()))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def task_path(url: str) -> str:
    """Return the path of a task's page."""
    return f"/task/{quote(url, safe='')}"


def history_path(url: str, query: str = "") -> str:
    """Return the path of the history of a task."""
    return f"/history/{quote(url, safe='')}{query}"


def report(**keys: object) -> Response:
    """Return the page of a task that ran a minute before NOW, as it should, with some keys changed."""
    usual = {"status": "ok", "lastrun": f"{NOW - MINUTE:%FT%TZ}", "frequency": 10}
    return Response(200, orjson.dumps(usual | keys), TOOK)


def checked(task: Task, answers: Iterable[tuple[datetime, ProbeResult]]) -> Iterator[Transition]:
    """Yield what comes of these answers, each of which came at its moment."""
    state = TaskState()
    for at, answer in answers:
        verdict = evaluate(answer, at, task.grace, task.expectations)
        step = advance(task, state, Check(verdict, at, answer.duration))
        state = step.state
        yield replace(step, body=answer.body[:KEPT]) if isinstance(answer, Response) else step


WINDOWS = (
    MaintenanceWindow("nightly backup of the databases", "0 10 * * *", HOUR, servers=("db-*", "app-1")),
    MaintenanceWindow("release", NOW + 2 * DAY, 2 * HOUR, tasks=("*example.com/status/*",)),
)


def write_silenced(store: Store) -> tuple[Task, ...]:
    """Give a new store three tasks, and a silence for one of them and for many."""
    tasks = write_crowd(store, 3)
    until = NOW + 4 * HOUR
    for pattern in (tasks[1].url, "*.example.com/status/import-*"):
        store.silences.create(pattern, NOW - HOUR, until, "moving to the new server", "anna on the web")
    return tasks


# What Py Pinger says of itself has times of the day.
UNWELL = Health(
    (Problem(ProblemKind.OFFLINE, "Py Pinger may be offline since 09:58 UTC"),),
    (HealthWarning(WarningKind.RELOAD_REJECTED, "configuration reload failed at 10:05 UTC: no tasks"),),
)
NIGHTLY = "https://cron.example.com/status/nightly"


def write_dated(store: Store) -> tuple[Task, ...]:
    """Give a new store tasks whose reasons and warnings name moments in every form."""
    berlin = Expectations(schedule=Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *"))
    reports: dict[Task, dict[str, object]] = {
        Task(NIGHTLY, "Nightly import", expectations=berlin): {"lastrun": f"{NOW - 2 * DAY:%FT%TZ}"},
        Task("https://cron.example.com/status/weekly", "On time", expectations=berlin): {},
        Task("https://cron.example.com/status/fast", "Clock ahead"): {"lastrun": f"{NOW + HOUR:%FT%TZ}"},
        Task("https://cron.example.com/status/old", "Old notation"): {"lastrun": f"{NOW - HOUR:%d %b %Y %T}"},
        Task("https://cron.example.com/status/failing", "Failing"): {
            "status": "error",
            "reason": "no new data since 2026-11-20T08:30:00Z",
        },
    }
    store.set_tasks(tuple(reports))
    steps = [
        step
        for task, keys in reports.items()
        for step in checked(task, [(NOW - MINUTE, report(**keys)), (NOW, report(**keys))])
    ]
    store.record(steps, [], [])
    store.silences.create("*/failing", NOW - HOUR, NOW + 4 * HOUR, "until 2026-11-22 14:00 UTC", "anna")
    return tuple(reports)


def write_crowd(store: Store, size: int) -> tuple[Task, ...]:
    """Give a new store so many tasks, each with a day behind it, some of them in trouble."""
    urls = [f"https://app-{number % 12}.example.com/status/job-{number}" for number in range(size)]
    tasks = tuple(Task(url, url, interval=DAY, error_interval=DAY) for url in urls)
    store.set_tasks(tasks)
    steps = [step for number, task in enumerate(tasks) for step in checked(task, _a_day(number))]
    store.record(steps, [], [])
    return tasks


def _a_day(number: int) -> Iterator[tuple[datetime, ProbeResult]]:
    """Yield a day of one of the crowd: it fails for half an hour, and one in twenty fails now."""
    words = {"process": f"Nightly export {number}", "server": f"app-{number % 12}"}
    failing = words | {"status": "error", "reason": f"export {number}: the disk is full"}
    begun = NOW - (1 + number % 22) * HOUR
    for at, keys in (NOW - DAY, words), (begun, failing), (begun + HOUR / 2, words):
        yield at, report(**keys, lastrun=f"{at - MINUTE:%FT%TZ}")
    yield NOW - number % 50 * MINUTE / 60, report(**(failing if number % 20 == 0 else words))
