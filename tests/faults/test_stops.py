"""SIGTERM at random moments, start-up and shut-down included, under a steady stream of failures."""

from __future__ import annotations

import signal
from random import Random
from time import monotonic, sleep

from tests.faults import consistency
from tests.faults.byte_stream import Stream
from tests.faults.conftest import Measure
from tests.faults.profile import Extent
from tests.faults.scenario import Stage
from tests.support.eventually import PATIENCE, eventually
from tests.support.program import STOP, Pinger

FAREWELL = "Py Pinger was stopped; nothing is watched now."

# Seconds: from the start, or from when it watches, to the first signal, and from that to the second.
LATEST = 1.5
LATEST_SECOND = 0.5


def test_stops_lose_nothing(stage: Stage, extent: Extent, dice: Random, measure: Measure) -> None:
    """Whenever it is stopped it ends without a traceback, says farewell at most once, and loses nothing."""
    took = []
    with Stream(stage, dice) as stream:
        for number in range(extent.stops):
            farewells = stage.slack.texts.count(FAREWELL)
            took.append(_live_and_stop(stage, dice, extent, starting=number % 2 == 1))
            assert stage.slack.texts.count(FAREWELL) - farewells <= 1
            assert consistency.flaws(stage.database) == []
        with stage.pinger():
            stream.end()
            stage.wait_until_well()
            stage.wait_until_told()
    measure(f"{extent.stops} stops, {len(stage.chores.reasons)} failures, longest stop {max(took):.1f} s")
    stage.hold()


def _live_and_stop(stage: Stage, dice: Random, extent: Extent, *, starting: bool) -> float:
    pinger = stage.pinger()
    pinger.start()
    try:
        if not starting:
            eventually(lambda: _watches(pinger), "the start")
        sleep(dice.uniform(0, LATEST))
        within = STOP if extent.thorough and _watches(pinger) else PATIENCE
        begun = monotonic()
        pinger.process.send_signal(signal.SIGTERM)
        sleep(dice.uniform(0, LATEST_SECOND))
        code = pinger.stop(within=within)
        took = monotonic() - begun
    finally:
        pinger.kill()
    # The signal ends Python itself while it has loaded nothing yet, and again once all is done.
    done = FAREWELL in pinger.output
    assert code == 0 or (code == -signal.SIGTERM and (done or not _watches(pinger))), pinger.output
    assert "Traceback" not in pinger.output
    pinger.hold_secrets()
    return took


def _watches(pinger: Pinger) -> bool:
    return "py_pinger.app: Watching " in pinger.output
