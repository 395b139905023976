"""A channel that fails here is left to another node, once in a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from py_pinger.core.selfcheck.channel_release import FAILING_FOR, RELEASED_FOR, ChannelRelease

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NONE = ChannelRelease()


def test_a_channel_that_fails_for_a_minute_is_released() -> None:
    """A shorter failure releases nothing, and other channels stay."""
    failing = {"slack": NOON - FAILING_FOR, "email": NOON - FAILING_FOR + SECOND}
    assert NONE.after(failing, NOON) == ChannelRelease({"slack": NOON})
    assert NONE.after({}, NOON) is NONE


def test_it_stays_released_for_ten_minutes() -> None:
    """What happens with the channel meanwhile changes nothing; afterwards it may be released again."""
    released = NONE.after({"slack": NOON - FAILING_FOR}, NOON)
    still_failing = {"slack": NOON - FAILING_FOR}
    assert released.after(still_failing, NOON + RELEASED_FOR - SECOND) is released
    assert released.after({}, NOON + RELEASED_FOR - SECOND) is released
    assert released.after({}, NOON + RELEASED_FOR) == NONE
    later = NOON + RELEASED_FOR
    assert released.after({"slack": later - SECOND}, later) == NONE
    assert released.after({"slack": later - FAILING_FOR}, later) == ChannelRelease({"slack": later})


def test_a_clock_that_is_set_back_releases_no_longer() -> None:
    """A release that would be in the future is forgotten."""
    released = NONE.after({"slack": NOON - FAILING_FOR}, NOON)
    assert released.after({}, NOON - SECOND) == NONE
