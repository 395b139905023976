"""Noticing that nothing ran for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.selfcheck.pause import Pause
from py_pinger.engine.selfcheck.pause import PauseDetector, since_boot


@pytest.mark.parametrize(
    ("ran", "passed", "gap"),
    [
        pytest.param(0.05, 0.05, None, id="as usual"),
        pytest.param(0.4, 0.4, None, id="a busy moment"),
        pytest.param(0.6, 0.6, Pause(timedelta(seconds=0.6)), id="a pause"),
        pytest.param(120.0, 120.0, Pause(timedelta(minutes=2)), id="stood still"),
        pytest.param(0.05, 120.05, Pause(timedelta(seconds=120.05), asleep=True), id="slept"),
        pytest.param(0.05, 0.9, None, id="clocks that differ a little"),
    ],
)
def test_looking(ran: float, passed: float, gap: Pause | None) -> None:
    """A pause is returned once, with its length and whether the machine slept."""
    awake, boot = iter((10.0, 10.0 + ran, 10.05 + ran)), iter((50.0, 50.0 + passed, 50.05 + passed))
    pause_detector = PauseDetector(lambda: next(awake), lambda: next(boot))
    assert pause_detector.poll() == gap
    assert pause_detector.poll() is None


def test_the_real_clocks() -> None:
    """The time since the start of the machine goes on."""
    assert since_boot() <= since_boot()
    assert PauseDetector().poll() is None
