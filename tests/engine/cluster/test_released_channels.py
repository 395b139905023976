"""A node leaves the channels to others that it cannot send to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.fake_clock import FakeClock

from py_pinger.core.selfcheck.channel_release import FAILING_FOR, RELEASED_FOR
from py_pinger.engine.cluster.released_channels import ReleasedChannels

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass
class Worker:
    """The worker of a channel that has failed since."""

    name: str
    failing_since: datetime | None


def test_a_channel_that_fails_here_is_lacking_for_a_while() -> None:
    """Its assignment is lacking, also when this node has it no more, and then this node may have it again."""
    clock = FakeClock(NOON)
    workers = [Worker("slack", NOON - FAILING_FOR), Worker("email", None), Worker("log", NOON)]
    released = ReleasedChannels(lambda: workers, clock.now)
    assert released.lacking() == {"channel slack"}
    workers.clear()
    clock.seconds += RELEASED_FOR.total_seconds() - 1
    assert released.lacking() == {"channel slack"}
    clock.seconds += 1
    workers.append(Worker("slack", clock.now() - timedelta(seconds=1)))
    assert released.lacking() == frozenset()
