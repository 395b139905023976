"""What the overview and the page of a task cost the server: `python -m tests.browser.cost`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from sqlalchemy import insert
from tests.browser.sites import MINUTE, NOW, TOOK, GoodVitals, store_at, task_path, write_crowd

from py_pinger.app.garbage import keep_for_good
from py_pinger.app.web_data import WebData
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.store import Store
from py_pinger.store.tables.schema import run
from py_pinger.web import LoginState, PageSettings, WebApp, create_app

# Of so many requests, each a second after the one before, the first and the longest of the others count. The
# templates are compiled before, and searches for garbage leave out what exists, as after a start.
REQUESTS = 10
SIZES = (100, 10_000)


def costs(size: int) -> Iterator[tuple[float, int]]:
    """Yield the seconds of CPU time and the bytes of each request for so many tasks."""
    with TemporaryDirectory() as folder, store_at(Path(folder) / "pinger.db") as store:
        yield from _requests(store, [task.url for task in write_crowd(store, size)], "/")


def task_costs() -> Iterator[tuple[float, int]]:
    """Yield the same of each request for a task that ran each minute for 90 days."""
    with TemporaryDirectory() as folder, store_at(Path(folder) / "pinger.db") as store:
        url = write_busy(store)
        yield from _requests(store, [url], task_path(url))


def write_busy(store: Store) -> str:
    """Give a new store one task that ran each minute for 90 days, and return its URL."""
    (task,) = write_crowd(store, 1)
    number = store._registry.ids[task.url]  # noqa: SLF001 - 130,000 checks would take minutes
    ran = (NOW - (each + 1.5) * MINUTE for each in range(90 * 24 * 60))
    rows = [
        {
            "task_id": number,
            "lastrun": at,
            "seen": at + TOOK,
            "due": at + MINUTE,
            "healthy": True,
            "duration": timedelta(seconds=3 + at.minute % 40),
        }
        for at in ran
    ]
    with store._database.writing() as connection:  # noqa: SLF001 - as above
        connection.execute(insert(run), rows)
    return task.url


def _requests(store: Store, urls: Sequence[str], path: str) -> Iterator[tuple[float, int]]:
    seconds = count()

    def clock() -> datetime:
        return NOW + timedelta(seconds=next(seconds))

    silencer = Silencer(store.silences.in_force, (), clock)
    data = WebData(store, GoodVitals(), tuple, clock, silencer, lambda _: 0.0)
    app = create_app(data, PageSettings(urls), clock, LoginState())
    _compile(app)
    keep_for_good()
    browser = app.test_client()
    for _ in range(REQUESTS):
        began = process_time()
        answer = browser.get(path, headers={"Accept": "text/html"})
        yield process_time() - began, len(answer.data)


def _compile(app: WebApp) -> None:
    for _ in app.compile_templates():
        pass


def _report(what: str, requests: Iterable[tuple[float, int]]) -> None:
    (first, weight), *others = requests
    longest = max(seconds for seconds, _ in others)
    sys.stdout.write(
        f"{what}: {weight / 1000:.0f} kB; {1000 * first:.0f} ms for the first request, "
        f"then {1000 * longest:.0f} ms at most\n"
    )


if __name__ == "__main__":
    for size in SIZES:
        _report(f"{size:,} tasks", costs(size))
    _report("a task with 130,000 runs", task_costs())
