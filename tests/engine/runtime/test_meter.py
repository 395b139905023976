"""Counting lengths of time."""

from __future__ import annotations

from py_pinger.core.model.health import Spread
from py_pinger.engine.runtime.meter import BOUNDS, Meter


def test_what_was_counted() -> None:
    """A length counts for the first bound that it is not beyond; what is beyond all counts last."""
    meter = Meter((0.5, 2.0))
    for seconds in (0.25, 0.5, 0.75, 64.0):
        meter.add(seconds)
    assert meter.read() == Spread((0.5, 2.0), (2, 1, 1), 65.5)


def test_nothing_yet() -> None:
    """Before the first there is nothing; the usual bounds rise."""
    spread = Meter().read()
    assert spread == Spread(BOUNDS, (0,) * (len(BOUNDS) + 1), 0.0)
    assert list(BOUNDS) == sorted(BOUNDS)
