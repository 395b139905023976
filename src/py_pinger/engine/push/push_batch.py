"""What some pushes change together, before it is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container
from datetime import timedelta

from py_pinger.core.model.push import PushedReport, PushKind, PushState, PushWrite
from py_pinger.core.push.run_rules import receive


class PushBatch:
    """The `writes` that some pushes make, in their order, and the `states` after them.

    `before` returns what is kept of a task; `logged` are those that have sent a log since their last run
    ended, before and after. Of the tasks in `unevaluated` not even that is evaluated which is kept. `passed`
    are the states of failures that a success has followed before they were evaluated.
    """

    def __init__(
        self,
        before: Callable[[str], PushState],
        logged: Collection[str],
        unevaluated: Container[str] = (),
    ) -> None:
        self._before = before
        self._unevaluated = unevaluated
        self.logged = set(logged)
        self.states: dict[str, PushState] = {}
        self.passed: dict[str, PushState] = {}
        self.writes: list[PushWrite] = []

    def begin(self, url: str) -> None:
        """Have the state of a task stored, which is watched and has sent nothing."""
        state = self.states[url] = self._before(url)
        self.writes.append(PushWrite(url, state))

    def add(self, push: PushedReport, runtime: timedelta | None) -> None:
        """Add a push of a task whose runs may take `runtime`."""
        url = push.url
        before = self.states.get(url) or self._before(url)
        reception = receive(before, push, runtime)
        if reception.repeated:
            return
        is_new = url in self.states or url in self._unevaluated
        if is_new and _has_failed(before) and not _has_failed(reception.state):
            self.passed[url] = before
        self.states[url] = reception.state
        self.writes.append(PushWrite(url, reception.state, reception.run, _log_of(push, self.logged)))


def _has_failed(state: PushState) -> bool:
    return state.last is not None and not state.last.healthy


def _log_of(push: PushedReport, logged: set[str]) -> str | None:
    """Return the log to store, None to keep the one before; notes in `logged` which tasks have sent one.

    The log of a run stays until another run ends, so that people can read why the last one failed.
    """
    if push.kind is PushKind.START:
        return None
    if push.kind is PushKind.LOG:
        logged.add(push.url)
        return push.log
    kept = push.url in logged and not push.log
    logged.discard(push.url)
    return None if kept else push.log
