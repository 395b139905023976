"""The process stopped for a while and continued, as on a suspended machine or in a debugger."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario, complaints
from tests.support.eventually import eventually
from tests.support.program import Pinger

# Seconds. A task takes so long to answer that some answer is always under way, and not so long as to be late.
DELAY = 0.3
TIMEOUT = 1

# Seconds. A pause that is longer than the time limit of an answer, and needs no notice.
BRIEF = 2.0

# Seconds. A pause that is notified.
WORTH_A_WORD = 30.0


def test_a_pause_puts_no_task_in_error(scenario: Scenario, profile: Profile, measure: Measure) -> None:
    """A short one needs no notice; checks in progress are repeated; what failed meanwhile is notified once.

    A long pause is told as such.
    """
    scenario.tasks.delay = DELAY
    scenario.configure(timeout=TIMEOUT)
    with scenario.pinger() as pinger:
        eventually(lambda: scenario.slack.delivered, "the greeting")
        scenario.wait_until_checked(1)
        with _standing_still(pinger, BRIEF):
            pass
        scenario.wait_until_checked()
        assert _with_errors(scenario) == set()
        with _standing_still(pinger, profile.pause):
            failed = scenario.tasks.urls[0]
            reason = scenario.tasks.fail(failed)
        scenario.wait_for(reason)
        eventually(lambda: complaints(pinger), "the standstill to be shown")
        scenario.wait_until_checked()
        scenario.wait_until_delivered()
        scenario.recover_all()
        scenario.wait_until_delivered()
        assert pinger.stop() == 0
    scenario.assert_consistent()
    assert _with_errors(scenario) == {failed}
    words = [notice for notice in scenario.self_notices() if notice.startswith("No tasks were checked for ")]
    assert len(words) == (profile.pause > WORTH_A_WORD)
    measure(f"stopped for {BRIEF:.0f} s and for {profile.pause:.0f} s, no false alert; notified: {words}")


@contextmanager
def _standing_still(pinger: Pinger, seconds: float) -> Iterator[None]:
    pinger.process.send_signal(signal.SIGSTOP)
    yield
    sleep(seconds)
    pinger.process.send_signal(signal.SIGCONT)


def _with_errors(scenario: Scenario) -> set[str]:
    return {url for url, (_, errors) in consistency.counters(scenario.database).items() if errors}
