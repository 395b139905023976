"""The clock set by an hour and by a day, and back, while tasks are monitored."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.parallel import in_parallel
from tests.faults.privileges import faketime
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario, new_scenario
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_server import says

HOUR = 3600
DAY = 24 * HOUR

NOTICED = "The machine's clock was set by "
BELIEVED = "The machine's clock is followed again."


def test_a_stepped_clock_harms_nothing(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """No step makes a task late or early or anything wait for hours; each failure is notified once."""
    steps = (HOUR, -DAY, -HOUR, DAY) if profile.thorough else (-DAY,)
    for sentence in in_parallel(*(partial(_there_and_back, tmp_path, profile, step) for step in steps)):
        measure(sentence)


def test_a_clock_that_is_put_right_harms_nothing(scenario: Scenario, measure: Measure) -> None:
    """A correct step that tasks contradict until they have run by the new time causes no failure."""
    clock = scenario.folder / "clock"
    _set(clock, 0)
    with scenario.pinger(_faked(clock)) as pinger:
        scenario.wait_until_well()
        _set(clock, HOUR)
        eventually(
            lambda: [notice for notice in scenario.self_notices() if "contradict it" in notice],
            "the notice about the clock",
        )
        scenario.tasks.ahead = timedelta(seconds=HOUR)
        eventually(lambda: BELIEVED in pinger.output, "the clock to be believed")
        scenario.wait_until_checked()
    scenario.assert_consistent()
    measure("clock put right by an hour on the tasks' own machine, no false alert")


def _there_and_back(folder: Path, profile: Profile, step: int) -> str:
    """Set the clock while Slack rejects the notice of a failure, and set it right after a while."""
    with new_scenario(folder / str(step)) as scenario:
        clock = scenario.folder / "clock"
        _set(clock, 0)
        with scenario.pinger(_faked(clock)) as pinger:
            scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[0]))
            scenario.wait_until_delivered()
            scenario.slack.otherwise = says(b"", "503 Service Unavailable")
            reason = scenario.tasks.fail(scenario.tasks.urls[1])
            eventually(lambda: scenario.was_sent(reason), "an attempt")
            _set_and_wait(clock, step, pinger)
            scenario.wait_until_checked()
            scenario.slack.otherwise = scenario.slack.take
            scenario.wait_until_delivered()
            sleep(profile.outage)
            _set_and_wait(clock, 0, pinger)
            scenario.wait_until_checked()
            scenario.recover_all()
            scenario.wait_until_delivered()
        scenario.assert_consistent()
        words = [notice for notice in scenario.self_notices() if "clock" in notice]
        return f"clock set by {step:+} s for {profile.outage:.0f} s, no false alert; notified: {words}"


def _set_and_wait(clock: Path, seconds: int, pinger: Pinger) -> None:
    sign = NOTICED if seconds else BELIEVED
    before = pinger.output.count(sign)
    _set(clock, seconds)
    eventually(lambda: pinger.output.count(sign) > before, "the step to be noticed")


def _faked(clock: Path) -> dict[str, str]:
    """Return the environment in which the time of day follows a file; the monotonic clock does not."""
    return {
        "LD_PRELOAD": str(faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def _set(clock: Path, seconds: int) -> None:
    """Change the file in one step: it is read at any moment."""
    new = clock.with_suffix(".new")
    new.write_text(f"{seconds:+}", "ascii")
    new.replace(clock)
