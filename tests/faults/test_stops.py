"""SIGTERM at random moments, also during start and stop, during a steady stream of failures."""

from __future__ import annotations

import signal
from random import Random
from time import monotonic, sleep

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario
from tests.support.eventually import PATIENCE, eventually
from tests.support.program import STOP, Pinger

FAREWELL = "Py Pinger was stopped; no tasks are checked now."

# Seconds: from the start, or from when it watches, to the first signal, and from that to the second.
LATEST = 1.5
LATEST_SECOND = 0.5


def test_stops_lose_nothing(scenario: Scenario, profile: Profile, dice: Random, measure: Measure) -> None:
    """A stop at any moment leaves no traceback, is notified at most once, and loses nothing."""
    took = []
    with FailureStream(scenario, dice) as stream:
        for number in range(profile.stops):
            farewells = scenario.slack.texts.count(FAREWELL)
            took.append(_live_and_stop(scenario, dice, profile, starting=number % 2 == 1))
            assert scenario.slack.texts.count(FAREWELL) - farewells <= 1
            assert consistency.flaws(scenario.database) == []
        with scenario.pinger():
            stream.end()
            scenario.wait_until_well()
            scenario.wait_until_delivered()
    measure(f"{profile.stops} stops, {len(scenario.tasks.reasons)} failures, longest stop {max(took):.1f} s")
    scenario.assert_consistent()


def _live_and_stop(scenario: Scenario, dice: Random, profile: Profile, *, starting: bool) -> float:
    pinger = scenario.pinger()
    pinger.start()
    try:
        if not starting:
            eventually(lambda: _watches(pinger), "the start")
        sleep(dice.uniform(0, LATEST))
        within = STOP if profile.thorough and _watches(pinger) else PATIENCE
        begun = monotonic()
        pinger.process.send_signal(signal.SIGTERM)
        sleep(dice.uniform(0, LATEST_SECOND))
        code = pinger.stop(within=within)
        took = monotonic() - begun
    finally:
        pinger.kill()
    # The signal ends Python itself before anything is loaded, and after everything is done.
    done = FAREWELL in pinger.output
    assert code == 0 or (code == -signal.SIGTERM and (done or not _watches(pinger))), pinger.output
    assert "Traceback" not in pinger.output
    pinger.hold_secrets()
    return took


def _watches(pinger: Pinger) -> bool:
    return "py_pinger.app: Watching " in pinger.output
