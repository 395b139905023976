"""A steady stream of failures and recoveries, each of which is seen."""

from __future__ import annotations

from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Protocol, Self

from tests.faults.flaky_tasks import FlakyTasks
from tests.support.eventually import eventually

# Seconds for which a task stays as it is at most, once that is stored; and between two polls.
LONGEST_STAY = 1.0
LOOK = 0.1


class Watched(Protocol):
    """Tasks, and what is stored of them."""

    @property
    def tasks(self) -> FlakyTasks:
        """The tasks."""

    def statuses(self) -> dict[str, tuple[str, str | None]]:
        """Return each task's status and reason as they are stored."""


class FailureStream:
    """Changes each task a random moment after its status is stored, so that each change is seen."""

    def __init__(self, scenario: Watched, dice: Random, longest_stay: float = LONGEST_STAY) -> None:
        self._scenario = scenario
        self._longest_stay = longest_stay
        self._tasks = scenario.tasks
        self._dice = Random(dice.random())  # noqa: S311 - no secret
        self._reasons: dict[str, str | None] = dict.fromkeys(self._tasks.urls)
        self._due: dict[str, float] = {}
        self._ending = Event()
        self._broken_off = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._broken_off.set()
        self._thread.join()

    def end(self) -> None:
        """Wait until each failure is stored, and all tasks are ok again."""
        self._ending.set()
        eventually(lambda: not self._thread.is_alive(), "the last failure to be stored")

    def _run(self) -> None:
        while not self._broken_off.wait(LOOK) and not (self._ending.is_set() and self._all_well):
            standing = self._scenario.statuses()
            for url, reason in self._reasons.items():
                if standing.get(url) == ("error", reason) if reason else standing.get(url, ("",))[0] == "ok":
                    self._change_in_time(url)

    @property
    def _all_well(self) -> bool:
        return not any(self._reasons.values())

    def _change_in_time(self, url: str) -> None:
        due = self._due.setdefault(url, monotonic() + self._dice.uniform(0, self._longest_stay))
        if monotonic() < due:
            return
        del self._due[url]
        if self._reasons[url]:
            self._reasons[url] = None
            self._tasks.recover(url)
        elif not self._ending.is_set():
            self._reasons[url] = self._tasks.fail(url)
