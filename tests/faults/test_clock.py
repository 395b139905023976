"""The clock stepped by an hour and by a day, there and back, while tasks are watched."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.parallel import at_once
from tests.faults.privileges import faketime
from tests.faults.profile import Extent
from tests.faults.scenario import Stage, staged
from tests.support.counting_server import says
from tests.support.eventually import eventually
from tests.support.program import Pinger

HOUR = 3600
DAY = 24 * HOUR

NOTICED = "The machine's clock was set by "
BELIEVED = "The machine's clock is believed again."


def test_a_stepped_clock_harms_nothing(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """No step makes a task late or early, nothing waits for hours, and each failure is told once."""
    steps = (HOUR, -DAY, -HOUR, DAY) if extent.thorough else (-DAY,)
    for sentence in at_once(*(partial(_there_and_back, tmp_path, extent, step) for step in steps)):
        measure(sentence)


def test_a_clock_that_is_put_right_harms_nothing(stage: Stage, measure: Measure) -> None:
    """A right step that tasks contradict until they have run by the new time is no failure of theirs."""
    clock = stage.folder / "clock"
    _set(clock, 0)
    with stage.pinger(_faked(clock)) as pinger:
        stage.wait_until_well()
        _set(clock, HOUR)
        eventually(lambda: [word for word in stage.own_words() if "contradict it" in word], "the doubt")
        stage.chores.ahead = timedelta(seconds=HOUR)
        eventually(lambda: BELIEVED in pinger.output, "the clock to be believed")
        stage.wait_until_checked()
    stage.hold()
    measure("clock put right by an hour on the tasks' own machine, no false alert")


def _there_and_back(folder: Path, extent: Extent, step: int) -> str:
    """Set the clock while Slack does not take the word about a failure, and set it right after a while."""
    with staged(folder / str(step)) as stage:
        clock = stage.folder / "clock"
        _set(clock, 0)
        with stage.pinger(_faked(clock)) as pinger:
            stage.wait_for(stage.chores.fail(stage.chores.urls[0]))
            stage.wait_until_told()
            stage.slack.otherwise = says(b"", "503 Service Unavailable")
            reason = stage.chores.fail(stage.chores.urls[1])
            eventually(lambda: stage.asked_about(reason), "a try")
            _set_and_wait(clock, step, pinger)
            stage.wait_until_checked()
            stage.slack.otherwise = stage.slack.take
            stage.wait_until_told()
            sleep(extent.outage)
            _set_and_wait(clock, 0, pinger)
            stage.wait_until_checked()
            stage.mend_all()
            stage.wait_until_told()
        stage.hold()
        words = [word for word in stage.own_words() if "clock" in word]
        return f"clock set by {step:+} s and back after {extent.outage:.0f} s, no false alert; told: {words}"


def _set_and_wait(clock: Path, seconds: int, pinger: Pinger) -> None:
    sign = NOTICED if seconds else BELIEVED
    before = pinger.output.count(sign)
    _set(clock, seconds)
    eventually(lambda: pinger.output.count(sign) > before, "the step to be noticed")


def _faked(clock: Path) -> dict[str, str]:
    """Return the environment in which the time of day follows a file, and nothing else does."""
    return {
        "LD_PRELOAD": str(faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def _set(clock: Path, seconds: int) -> None:
    """Change the file at once: it is read at any moment."""
    new = clock.with_suffix(".new")
    new.write_text(f"{seconds:+}", "ascii")
    new.replace(clock)
