"""What lists cost in each state of the tasks, in the tree of `PYTHONPATH`; `bench.lists` runs it.

Only the work of the web server is measured, as CPU time, with tasks in memory. They are spread over it, as
those of a program that has checked them. Prints the milliseconds of each request as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from itertools import count
from random import Random
from statistics import median
from time import process_time

from tests.support.fake_data_source import NOW, FakeDataSource
from werkzeug.test import Client

from py_pinger.app.garbage import keep_for_good
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web import LoginState, PageSettings, create_app

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

# Requests of each kind after the first one, and the part of the tasks that is checked between two of them.
REQUESTS, CHECKED = 5, 60

OVERVIEW = "/?format=html"
ORDERS = ("name", "server", "due", "checked", "response")


class _Crowd:
    """The tasks, in the order of the configuration; every so many of them fail."""

    def __init__(self, tasks: int, every: int, *, asleep: bool = False) -> None:
        self.places = list(range(tasks))
        Random(tasks).shuffle(self.places)  # noqa: S311 - the same in each run
        made = {place: _task(place, fails=place % every == 0, asleep=asleep) for place in self.places}
        self.tasks = [made[place] for place in range(tasks)]
        self._next = 0

    def check(self, number: int) -> frozenset[str]:
        """Check so many tasks once more, and return their URLs."""
        places = [self.places[(self._next + each) % len(self.places)] for each in range(number)]
        self._next += number
        for place in places:
            task = self.tasks[place]
            state = replace(task.state, verdict=replace(task.state.verdict), pings=task.state.pings + 1)
            self.tasks[place] = replace(task, state=state)
        return frozenset(self.tasks[place].url for place in places)


def _task(place: int, *, fails: bool, asleep: bool) -> TaskSnapshot:
    at = NOW - place % 60 * SECOND
    verdict = Verdict(
        Status.OK,
        process=f"Nightly export {place}",
        server=f"app-{place % 12}",
        lastrun=at - 60 * SECOND,
        frequency=24 * HOUR,
        deadline=at + 24 * HOUR,
    )
    incident = None
    if fails:
        reason = f"export {place}: the disk is full"
        verdict = replace(verdict, status=Status.ERROR, cause=Cause.FAILED, reason=reason)
        incident = Incident(at, at, (CauseChange(at, Cause.FAILED, reason),))
    elif asleep and place % 2:
        verdict = replace(verdict, status=Status.SLEEPING, sleep_start=NOW - HOUR, sleep_end=NOW + HOUR)
    state = TaskState(
        verdict, at, at, (20 + place % 80) * SECOND / 1000, NOW + HOUR, pings=1, incident=incident
    )
    return TaskSnapshot(f"https://app-{place % 12}.example.com/status/job-{place}", None, state)


class _Site:
    """The pages of a crowd."""

    def __init__(self, crowd: _Crowd, silences: ActiveSilences) -> None:
        self._crowd = crowd
        self._data = FakeDataSource(tuple(crowd.tasks), silences=silences)
        seconds = count()
        settings = PageSettings([task.url for task in crowd.tasks], metrics_tasks=None)
        app = create_app(self._data, settings, lambda: NOW + next(seconds) * SECOND, LoginState())
        for _ in app.compile_templates():
            pass
        keep_for_good()
        self._client = Client(app)

    def request(self, path: str, checked: int) -> float:
        """Return the milliseconds for a page after so many tasks have been checked."""
        changed = self._crowd.check(checked)
        self._data.number += 1
        self._data.snapshots = tuple(self._crowd.tasks)
        # As the store says it; a tree from before reads what has changed itself.
        if hasattr(self._data, "changed"):
            self._data.changed = changed if 2 * checked <= len(self._crowd.tasks) else None
        began = process_time()
        response = self._client.get(path)
        took = process_time() - began
        if response.status_code != HTTPStatus.OK:
            sys.exit(f"{path} answered {response.status_code}; right is 200")
        return 1000 * took


def _silences(tasks: Sequence[TaskSnapshot], state: str) -> ActiveSilences:
    by_anna = {
        each.url: Acknowledgement(each.url, NOW - place % 60 * SECOND, NOW, "", "anna")
        for place, each in enumerate(tasks)
    }
    silence = Silence(1, "https://*", NOW, NOW + HOUR, "", "anna")
    return ActiveSilences(
        MIN_TIME,
        MAX_TIME,
        (silence,) if "silenced" in state else (),
        acknowledgements=by_anna if "acknowledged" in state else {},
    )


# Every so many tasks fail in a state.
STATES: Mapping[str, int] = {
    "5 % failing": 20,
    "all failing": 1,
    "all silenced": 20,
    "all failing and silenced": 1,
    "all failing and acknowledged": 1,
    "half asleep": 20,
}


def _figures(tasks: int, state: str) -> Iterator[tuple[str, float]]:
    crowd = _Crowd(tasks, STATES[state], asleep="asleep" in state)
    site, some = _Site(crowd, _silences(crowd.tasks, state)), tasks // CHECKED
    yield "overview, first", site.request(OVERVIEW, 0)
    pages = {
        "overview": (OVERVIEW, some),
        "overview, all changed": (OVERVIEW, tasks),
        "search and order, all changed": (f"{OVERVIEW}&q=nightly&sort=name", tasks),
    }
    if state == next(iter(STATES)):
        pages |= {f"by {each}": (f"{OVERVIEW}&sort={each}", some) for each in ORDERS}
        pages |= {"JSON": ("/?format=json", some), "metrics": ("/metrics", some)}
    for name, (path, checked) in pages.items():
        yield name, median(site.request(path, checked) for _ in range(REQUESTS))


if __name__ == "__main__":
    found = {f"{state}: {name}": each for state in STATES for name, each in _figures(int(sys.argv[1]), state)}
    json.dump(found, sys.stdout)
