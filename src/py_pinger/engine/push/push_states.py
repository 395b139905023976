"""What is kept of each task that is pushed, and which of it is not stored yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from py_pinger.core.model.push import PushState
from py_pinger.engine.push.push_batch import PushBatch
from py_pinger.engine.push.push_sharing import TakenOver


class PushStates:
    """Changed in place, since the loop and the thread of the receiver change it at the same time.

    Of the tasks in `unwritten` nothing has arrived: that they are watched is not stored yet. Those
    `unevaluated` have pushes that were stored and not evaluated; those `passed` have failed, and succeeded
    before that was evaluated.
    """

    def __init__(self, known: Mapping[str, PushState], clock: Callable[[], datetime]) -> None:
        self._states = dict(known)
        self._clock = clock
        self.unwritten: set[str] = set()
        self.unevaluated: set[str] = set()
        self.passed: dict[str, PushState] = {}

    def __getitem__(self, url: str) -> PushState:
        """Return what is kept of a task."""
        return self._states[url]

    def next(self, url: str) -> tuple[PushState, bool]:
        """Return what is to be evaluated of a task now, and whether something is left after that."""
        if passed := self.passed.pop(url, None):
            return passed, True
        self.unevaluated.discard(url)
        return self._states[url], False

    def watch(self, urls: Iterable[str], added: Collection[str]) -> None:
        """Watch tasks from now on of which nothing is known, and those that were `added`."""
        now = self._clock()
        for url in urls:
            known = self._states.get(url)
            if known is None or url in added:
                self._states[url] = PushState(now, seen=known.seen if known else ())
                self.unwritten.add(url)

    def take_over(self, taken: TakenOver, own: Collection[str], needed: Collection[str]) -> None:
        """Know one's `own` tasks and, as long as the thread may store them, those `needed` until now."""
        for url in [*self._states]:
            if url in taken.urls or not (url in own or url in needed):
                self._states.pop(url, None)
        self._states.update(taken.states)
        for url in {*self.passed, *self.unevaluated}.difference(own):
            self.passed.pop(url, None)
            self.unevaluated.discard(url)
        self.passed.update(taken.passed)
        self.unwritten.intersection_update(own)

    def note_stored(self, batch: PushBatch, begun: Collection[str]) -> None:
        """Keep the states of a batch that is stored; with it the first states of those `begun` are."""
        self.passed.update(batch.passed)
        self.unevaluated.update(batch.states)
        self._states.update(batch.states)
        self.unwritten.difference_update(begun)
