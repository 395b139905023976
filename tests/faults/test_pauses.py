"""The process stopped for a while and continued, as a suspended machine or a debugger does it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.profile import Extent
from tests.faults.scenario import Stage, complaints
from tests.support.eventually import eventually
from tests.support.program import Pinger

# Seconds. A task takes so long to answer that some answer is always under way, and not so long as to be late.
DELAY = 0.3
TIMEOUT = 1

# Seconds. A pause that outlasts the time limit of an answer, and is no news to anybody.
BRIEF = 2.0

# Seconds. A pause as long as this is told.
WORTH_A_WORD = 30.0


def test_a_pause_is_blamed_on_nobody(stage: Stage, extent: Extent, measure: Measure) -> None:
    """A brief one is no news; what was under way is asked again; what failed meanwhile is told once.

    A long pause is told as such.
    """
    stage.chores.delay = DELAY
    stage.configure(timeout=TIMEOUT)
    with stage.pinger() as pinger:
        eventually(lambda: stage.slack.delivered, "the greeting")
        stage.wait_until_checked(1)
        with _standing_still(pinger, BRIEF):
            pass
        stage.wait_until_checked()
        assert _with_errors(stage) == set()
        with _standing_still(pinger, extent.pause):
            failed = stage.chores.urls[0]
            reason = stage.chores.fail(failed)
        stage.wait_for(reason)
        eventually(lambda: complaints(pinger), "the standstill to be told")
        stage.wait_until_checked()
        stage.wait_until_told()
        stage.mend_all()
        stage.wait_until_told()
        assert pinger.stop() == 0
    stage.hold()
    assert _with_errors(stage) == {failed}
    words = [word for word in stage.own_words() if word.startswith("Nothing was watched for ")]
    assert len(words) == (extent.pause > WORTH_A_WORD)
    measure(f"stopped for {BRIEF:.0f} s and for {extent.pause:.0f} s, no false alert; told: {words}")


@contextmanager
def _standing_still(pinger: Pinger, seconds: float) -> Iterator[None]:
    pinger.process.send_signal(signal.SIGSTOP)
    yield
    sleep(seconds)
    pinger.process.send_signal(signal.SIGCONT)


def _with_errors(stage: Stage) -> set[str]:
    return {url for url, (_, errors) in consistency.counters(stage.database).items() if errors}
