"""Renews the lease of a node, on a thread: a loop that hangs must neither seem well nor be the reason."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Thread
from time import CLOCK_BOOTTIME, clock_gettime

from py_pinger.core.cluster.lease import RENEWAL, LeaseHistory, Renewal, was_stopped
from py_pinger.core.model.cluster import ClusterView, NodeReport
from py_pinger.core.times import ZERO
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.repeat import ErrorLog
from py_pinger.engine.runtime.store_access import StoreFailure, StoreFenced

_log = logging.getLogger(__name__)

NOT_VOUCHED = "this node does not renew its lease, since its loop or its writes hang"


_NEW = LeaseHistory()


@dataclass(frozen=True, slots=True)
class LeaseState:
    """The lease of one incarnation as this node knows it; replaced as a whole, so any thread may read it.

    `view` is what the last renewal returned, and `renewed_at` when. While renewals fail, `error` says why.
    If it is `over`, a new incarnation has to begin.
    """

    history: LeaseHistory = _NEW
    view: ClusterView | None = None
    renewed_at: datetime | None = None
    clock_error: timedelta = ZERO
    error: str | None = None
    over: bool = False


def boottime() -> float:
    """Return seconds that go on while the machine sleeps or the process is stopped."""
    return clock_gettime(CLOCK_BOOTTIME)


class LeaseRenewer:
    """Renews the lease each second as long as `report` vouches for the node, by returning what it says.

    `renew` is given how many seconds ago the last renewal was answered, too. It may raise StoreFailure;
    StoreFenced means that the incarnation is over. `seconds` go on while the process is stopped.
    """

    def __init__(
        self,
        renew: Callable[[NodeReport, float], ClusterView],
        report: Callable[[], NodeReport | None],
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = boottime,
    ) -> None:
        self._renew = renew
        self._report = report
        self._clock = clock
        self.seconds = seconds
        self._woken = Event()
        self._stopping = False
        self._attempted_at = seconds()
        self._failure_log = FailureLog(
            _log,
            "Cannot renew the lease of this node, will retry",
            "The lease of this node is renewed again.",
        )
        self.state = LeaseState()

    def may_send(self) -> bool:
        """Return True if no other node can own what this one owns, now and for the next two seconds."""
        state = self.state
        return not state.over and self.seconds() < state.history.trusted_until

    def may_declare(self) -> bool:
        """Return True if this node may declare others lost."""
        return self.state.history.may_declare(self.seconds())

    def may_take_over(self) -> bool:
        """Return True if this node may own what it did not own before."""
        return self.state.history.may_take_over(self.seconds())

    def begin(self, clock_error: timedelta = ZERO) -> None:
        """Renew the lease of a new incarnation from now on; it began with this error of the clock."""
        self._attempted_at = self.seconds()
        self.state = LeaseState(clock_error=clock_error)

    def start(self) -> None:
        """Start the thread."""
        Thread(target=self._work, name="lease", daemon=True).start()

    def stop(self) -> None:
        """Renew the lease no more."""
        self._stopping = True
        self._woken.set()

    def renew_soon(self) -> None:
        """Renew the lease at once, since there is more to report."""
        self._woken.set()

    def renew_once(self) -> None:
        """Renew the lease, unless it is over."""
        state, sent_at = self.state, self.seconds()
        if state.over:
            return
        if state.view and was_stopped(self._attempted_at, sent_at):
            _log.warning("This process was stopped for longer than its lease; it begins again as a node.")
            self._note(state, replace(state, over=True))
            return
        self._attempted_at = sent_at
        try:
            after = self._renewed(state, sent_at)
        except StoreFenced:
            after = replace(state, over=True)
        except StoreFailure as failure:
            after = replace(state, history=state.history.after_failure(), error=str(failure))
        except Exception as error:
            name = f"internal error ({type(error).__name__})"
            self._note(state, replace(state, history=state.history.after_failure(), error=name))
            raise
        self._note(state, after)

    def _renewed(self, state: LeaseState, sent_at: float) -> LeaseState:
        report = self._report()
        if report is None:
            return replace(state, history=state.history.after_failure(), error=NOT_VOUCHED)
        before = self._clock()
        renewed_ago = sent_at - state.history.answered
        view = self._renew(replace(report, clock_error=state.clock_error), renewed_ago)
        after = self._clock()
        renewal = Renewal(view.at, view.renewed_before or view.at)
        history = state.history.after_renewal(sent_at, self.seconds(), renewal)
        # The database has read its clock at some moment in between.
        return LeaseState(history, view, after, before + (after - before) / 2 - view.at)

    def _note(self, before: LeaseState, after: LeaseState) -> None:
        # A new incarnation may have begun meanwhile; what was renewed is not its lease.
        if self.state is before:
            self.state = after
            self._failure_log.record(after.error)

    def _work(self) -> None:
        errors = ErrorLog("the renewal of the lease of this node")
        while not self._stopping:
            try:
                self.renew_once()
                errors.record(None)
            except Exception as error:  # noqa: BLE001 - the thread has to go on, whatever the error
                errors.record(error)
            self._woken.wait(RENEWAL)
            self._woken.clear()
