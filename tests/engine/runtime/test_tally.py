"""What the checks have come to."""

from __future__ import annotations

from datetime import timedelta

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.engine.runtime.tally import Tally

TOOK = timedelta(milliseconds=250)


def test_verdicts_are_counted() -> None:
    """Each verdict counts by its status and cause, with how long the check took."""
    tally = Tally()
    for verdict in (Verdict(Status.OK), Verdict(Status.ERROR, Cause.LATE), Verdict(Status.OK, reason="fine")):
        tally.count(verdict, TOOK)
    assert tally.verdicts() == {(Status.OK, None): 2, (Status.ERROR, Cause.LATE): 1}
    assert (sum(tally.durations.read().counts), tally.durations.read().total) == (3, 0.75)
