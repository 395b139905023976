"""kill -9 at random moments under a steady stream of failures and recoveries."""

from __future__ import annotations

from random import Random
from time import sleep

from tests.faults import consistency
from tests.faults.byte_stream import Stream
from tests.faults.conftest import Measure
from tests.faults.profile import Extent
from tests.faults.scenario import Stage
from tests.support.eventually import eventually

# Seconds from the start, or from when it watches, to the kill.
LATEST = 1.5


def test_kills_lose_nothing(stage: Stage, extent: Extent, dice: Random, measure: Measure) -> None:
    """Each failure and its end are told, twice at most; after each kill all that was counted is there."""
    before: dict[str, tuple[int, int]] = {}
    with Stream(stage, dice) as stream:
        for number in range(extent.kills):
            _live_and_die(stage, dice, starting=number % 4 == 1)
            assert consistency.flaws(stage.database) == []
            after = consistency.counters(stage.database)
            assert [url for url, counts in before.items() if not _went_on(counts, after[url])] == []
            before = after
        with stage.pinger():
            stream.end()
            stage.wait_until_well()
            stage.wait_until_told()
    heard, reasons = stage.told(), stage.chores.reasons
    repeated = heard.repeated()
    measure(f"{extent.kills} kills, {len(reasons)} failures, {len(repeated)} with a word repeated")
    assert consistency.flaws(stage.database) == []
    assert len(reasons) >= extent.kills
    assert heard.lacking(reasons) == []
    assert heard.known == set(reasons)
    assert heard.repeated(2) == []
    assert len(repeated) <= extent.kills


def _live_and_die(stage: Stage, dice: Random, *, starting: bool) -> None:
    pinger = stage.pinger()
    pinger.start()
    if not starting:
        eventually(lambda: "py_pinger.app: Watching " in pinger.output, "the start")
    sleep(dice.uniform(0, LATEST))
    assert pinger.process.poll() is None, pinger.output
    pinger.kill()
    pinger.hold_secrets()


def _went_on(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return all(later >= earlier for earlier, later in zip(before, after, strict=True))
