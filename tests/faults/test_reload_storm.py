"""Reloads without a pause, each with other tasks, while tasks fail and recover."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from random import Random
from time import sleep

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.many_tasks import ManyTasks
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario
from tests.faults.test_hostile import resident
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger

# Seconds between two reloads at most: some are requested while another is under way.
LONGEST_PAUSE = 0.5

# Hosts besides the tasks that fail, of which each reload has others.
EXTRAS = 50

# Bytes that the program may grow by between the first third of the storm and its end.
GROWTH = 16 << 20


def test_a_reload_storm(scenario: Scenario, profile: Profile, dice: Random, measure: Measure) -> None:
    """Tasks come and go in each state: each failure is notified once, and memory is bounded."""
    with ManyTasks(EXTRAS) as extras, FailureStream(scenario, dice) as stream:
        _write(scenario, scenario.tasks.addresses)
        with scenario.pinger() as pinger:
            sizes = []
            for _ in range(profile.reloads):
                sleep(dice.uniform(0, LONGEST_PAUSE))
                kept = dice.sample(scenario.tasks.addresses, dice.randint(3, 5))
                _write(scenario, [*kept, *dice.sample(extras.urls, dice.randint(0, EXTRAS))])
                pinger.process.send_signal(signal.SIGHUP)
                sizes.append(resident(pinger))
            _write(scenario, scenario.tasks.addresses)
            pinger.process.send_signal(signal.SIGHUP)
            eventually(lambda: set(pinger.rows()) == set(scenario.tasks.urls), "the last reload")
            stream.end()
            scenario.wait_until_well()
            eventually(lambda: not consistency.undelivered(scenario.database), "the last delivery", 60)
            reloads = _reloads(pinger)
    early, late = sizes[len(sizes) // 3], sizes[-1]
    measure(
        f"{reloads} reloads, {len(scenario.tasks.reasons)} failures, each an incident with both its notices; "
        f"memory {early >> 20} MiB after a third, {late >> 20} MiB at the end"
    )
    assert consistency.flaws(scenario.database) == []
    assert _reasons(scenario) == sorted(scenario.tasks.reasons)
    assert scenario.received().repeated() == []
    assert late - early < GROWTH


def _reasons(scenario: Scenario) -> list[str]:
    """Return the reasons of all incidents; a message that has many of them does not name each."""
    notices = consistency.query(scenario.database, "SELECT content FROM notice WHERE kind = 'failed'")
    return sorted(str(json.loads(str(content))["reason"]) for (content,) in notices)


def _write(scenario: Scenario, urls: Sequence[str]) -> None:
    """Replace the file in one step: a reload may read it at any moment."""
    folder = scenario.folder / "next"
    folder.mkdir(exist_ok=True)
    write_ini(folder, watching(*urls, reload="signal"), scenario.slack.block).replace(
        scenario.folder / "pinger.ini"
    )


def _reloads(pinger: Pinger) -> int:
    assert "Configuration reload failed" not in pinger.output
    return pinger.output.count("Configuration reloaded: ")
