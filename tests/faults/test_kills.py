"""kill -9 at random moments during a steady stream of failures and recoveries."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from random import Random
from time import sleep

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario
from tests.support.eventually import eventually

from py_pinger.store.external import SharedStore

# Seconds from the start, or from when it watches, to the kill.
LATEST = 1.5


def test_kills_lose_nothing(scenario: Scenario, profile: Profile, dice: Random, measure: Measure) -> None:
    """Each failure and its end are notified, at most twice; after each kill no counted check is lost.

    Between two lives the open incidents are acknowledged: an acknowledgement lasts as long as its incident.
    Where there was none after any kill, there are more lives.
    """
    before: dict[str, tuple[int, int]] = {}
    acknowledged: set[object] = set()
    ever: set[object] = set()
    with FailureStream(scenario, dice) as stream:
        lives = 0
        while lives < profile.kills or (not ever and lives < 4 * profile.kills):
            lives += 1
            _live_and_die(scenario, dice, starting=lives % 4 == 2)
            assert consistency.flaws(scenario.database) == []
            after = consistency.counters(scenario.database)
            assert [url for url, counts in before.items() if not _went_on(counts, after[url])] == []
            before = after
            known = consistency.acknowledged(scenario.database)
            assert known >= acknowledged & consistency.open_incidents(scenario.database)
            acknowledged = known | _acknowledge(scenario)
            ever |= acknowledged
        with scenario.pinger():
            stream.end()
            scenario.wait_until_well()
            scenario.wait_until_delivered()
    messages, reasons = scenario.received(), scenario.tasks.reasons
    repeated = messages.repeated()
    measure(f"{lives} kills, {len(reasons)} failures, {len(repeated)} with a notice repeated")
    assert consistency.flaws(scenario.database) == []
    assert ever
    assert len(reasons) >= profile.kills
    assert messages.missing(reasons) == []
    assert messages.known == set(reasons)
    assert messages.repeated(2) == []
    assert len(repeated) <= lives


def _live_and_die(scenario: Scenario, dice: Random, *, starting: bool) -> None:
    pinger = scenario.pinger()
    pinger.start()
    if not starting:
        eventually(lambda: "py_pinger.app: Watching " in pinger.output, "the start")
    sleep(dice.uniform(0, LATEST))
    assert pinger.process.poll() is None, pinger.output
    pinger.kill()
    pinger.hold_secrets()


def _acknowledge(scenario: Scenario) -> set[object]:
    """Acknowledge all open incidents, as the command line does, and return which they are."""
    failing = consistency.open_incidents(scenario.database)
    if failing:
        with closing(SharedStore.open(f"sqlite:///{scenario.database}")) as store:
            urls = [each.url for each in store.task_snapshots() if each.state.incident]
            store.acknowledgements.create(urls, datetime.now(UTC), "on it", "the fault suite")
    return failing


def _went_on(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return all(later >= earlier for earlier, later in zip(before, after, strict=True))
