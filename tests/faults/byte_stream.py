"""A steady stream of failures and recoveries, none of which may go by unseen."""

from __future__ import annotations

from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Self

from tests.faults import consistency
from tests.faults.scenario import Stage
from tests.support.eventually import eventually

# Seconds for which a task stays as it is once the database knows, at the most; and between two looks.
LONGEST_STAY = 1.0
LOOK = 0.1


class Stream:
    """Changes each task a random moment after the database knows how it is: so none may go unseen."""

    def __init__(self, stage: Stage, dice: Random) -> None:
        self._stage = stage
        self._chores = stage.chores
        self._dice = Random(dice.random())  # noqa: S311 - no secret
        self._reasons: dict[str, str | None] = dict.fromkeys(self._chores.urls)
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
        """Wait until each failure is known, and all are well again."""
        self._ending.set()
        eventually(lambda: not self._thread.is_alive(), "the last failure to be known")

    def _run(self) -> None:
        while not self._broken_off.wait(LOOK) and not (self._ending.is_set() and self._all_well):
            standing = consistency.standing(self._stage.database)
            for url, reason in self._reasons.items():
                if standing.get(url) == ("error", reason) if reason else standing.get(url, ("",))[0] == "ok":
                    self._change_in_time(url)

    @property
    def _all_well(self) -> bool:
        return not any(self._reasons.values())

    def _change_in_time(self, url: str) -> None:
        due = self._due.setdefault(url, monotonic() + self._dice.uniform(0, LONGEST_STAY))
        if monotonic() < due:
            return
        del self._due[url]
        if self._reasons[url]:
            self._reasons[url] = None
            self._chores.mend(url)
        elif not self._ending.is_set():
            self._reasons[url] = self._chores.fail(url)
