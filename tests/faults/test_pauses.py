"""The process stopped for a while and continued, as a suspended machine or a debugger does it."""

from __future__ import annotations

import signal
from time import sleep

from tests.acceptance.waiting import eventually
from tests.faults import census
from tests.faults.conftest import Measure
from tests.faults.extent import Extent
from tests.faults.stage import Stage, complaints

# Seconds. A task takes so long to answer that some answer is always under way, and not so long as to be late.
DELAY = 0.3
TIMEOUT = 1

# Seconds. A pause that outlasts the time limit of an answer, and is no news to anybody.
BRIEF = 2.0

# Seconds. A pause as long as this is told.
WORTH_A_WORD = 30.0


def test_a_pause_is_blamed_on_nobody(stage: Stage, extent: Extent, measure: Measure) -> None:
    """What was under way is asked again; what failed meanwhile is told once; a long pause is told as such."""
    stage.chores.delay = DELAY
    stage.configure(timeout=TIMEOUT)
    with stage.pinger() as pinger:
        eventually(lambda: stage.slack.delivered, "the greeting")
        stage.wait_until_checked(1)
        pinger.process.send_signal(signal.SIGSTOP)
        failed = stage.chores.urls[0]
        reason = stage.chores.fail(failed)
        sleep(extent.pause)
        pinger.process.send_signal(signal.SIGCONT)
        stage.wait_for(reason)
        eventually(lambda: complaints(pinger), "the standstill to be told")
        stage.wait_until_checked()
        stage.wait_until_told()
        stage.mend_all()
        stage.wait_until_told()
        assert pinger.stop() == 0
    stage.hold()
    errors = {url: errors for url, (_, errors) in census.counters(stage.database).items() if errors}
    assert errors.keys() == {failed}
    words = [word for word in stage.own_words() if word.startswith("Nothing was watched for ")]
    assert len(words) == (extent.pause > WORTH_A_WORD)
    measure(f"stopped for {extent.pause:.0f} s, no false alert; told: {words}")


def test_a_brief_pause_is_no_news(stage: Stage, measure: Measure) -> None:
    """A moment in which nothing ran lets no answer time out."""
    stage.chores.delay = DELAY
    stage.configure(timeout=TIMEOUT)
    with stage.pinger() as pinger:
        eventually(lambda: stage.slack.delivered, "the greeting")
        stage.wait_until_checked(1)
        pinger.process.send_signal(signal.SIGSTOP)
        sleep(BRIEF)
        pinger.process.send_signal(signal.SIGCONT)
        stage.wait_until_checked()
        assert pinger.stop() == 0
    stage.hold()
    assert [url for url, (_, errors) in census.counters(stage.database).items() if errors] == []
    measure(f"stopped for {BRIEF:.0f} s with answers under way, no false alert")
