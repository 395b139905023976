"""How fast the loop checks and how late, over the last minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.core.history import Pulse
from py_pinger.engine.pulse import PulseMeter

STARTED = datetime(2026, 5, 3, 12, tzinfo=UTC)

# Seconds of the loop's clock; it can be any number at the start.
START = 7003.25


def meter(*beats: tuple[float, float]) -> PulseMeter:
    """Return a meter that has counted checks: each some seconds after the start, and so late."""
    made = PulseMeter(STARTED, START)
    for after, late in beats:
        made.beat(START + after, START + after - late)
    return made


def test_nothing_yet() -> None:
    """Before the first check there is no rate and no lateness."""
    assert meter().read(START) == Pulse(0.0, 0.0, 0.0, STARTED)


def test_young() -> None:
    """A loop that is younger than a minute is measured by its age."""
    pulse = meter(*[(second / 10, 0.25) for second in range(200)]).read(START + 20)
    assert (pulse.checks_a_second, pulse.lateness_mean, pulse.lateness_worst) == (10.0, 0.25, 0.25)


def test_first_moments() -> None:
    """In its first second the first burst does not look like thousands a second."""
    assert meter((0.0, 0.0), (0.0, 0.0)).read(START + 0.001).checks_a_second == 2.0


def test_lateness() -> None:
    """The mean is over the checks, the worst is the latest of them."""
    pulse = meter((1, 0.0), (2, 0.5), (2.5, 1.0)).read(START + 3)
    assert (pulse.lateness_mean, pulse.lateness_worst) == (0.5, 1.0)


@pytest.mark.parametrize("checks", [1, 5])
def test_steady(checks: int) -> None:
    """In the long run the rate is that of the last minute, wherever in a second one looks."""
    beats = [(second + 0.8, 0.0) for second in range(600) for _ in range(checks)]
    for fraction in (0.9, 0.0, 0.5):
        rate = meter(*beats).read(START + 599 + fraction).checks_a_second
        assert rate == pytest.approx(checks, rel=0.04)


def test_old_checks_are_forgotten() -> None:
    """What is more than a minute ago counts no more, whether or not anything came after it."""
    late = meter((1, 9.0), (62, 0.5))
    assert late.read(START + 62).lateness_worst == 0.5
    assert late.read(START + 200).lateness_worst == 0.0
