"""What is packed comes back as it was, in a few bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.store.tables.repeat_pack import Repeat, pack, unpack

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MICROSECONDS = 1_777_809_600_000_000
MINUTE = 60_000_000

# Times of any calendar year, and counters as far as the columns go.
TIMES = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
COUNTS = st.integers(0, 2**62)
REPEATS = st.builds(
    Repeat,
    st.integers(1, 2**62),
    TIMES,
    st.none() | COUNTS,
    st.none() | TIMES,
    st.none() | TIMES,
    COUNTS,
    COUNTS,
    st.integers(0, 1),
)


@given(st.lists(REPEATS, min_size=1, max_size=20))
def test_what_is_packed_comes_back(repeats: list[Repeat]) -> None:
    """Any checks come back in their order."""
    assert list(unpack(pack(repeats))) == repeats


@pytest.mark.parametrize("width", [8, 16, 32, 62])
def test_wide_and_narrow_differences(width: int) -> None:
    """Differences on both sides of each width come back, and unknown numbers next to them."""
    repeats = [
        Repeat(1, MICROSECONDS, took, None, MICROSECONDS + MINUTE, 1, 0)
        for took in (None, 0, 2**width - 3, 2**width - 2, 2**width - 1)
    ]
    assert list(unpack(pack(repeats))) == repeats


def test_size() -> None:
    """Checks of a batch take less than 30 bytes each."""
    repeats = [
        Repeat(
            40_000 + 7 * number,
            MICROSECONDS + 997 * number,
            1_234 + 31 * number,
            MICROSECONDS + 3_600_000_000 - 13 * number,
            MICROSECONDS + MINUTE + 997 * number,
            90_000 - number,
            number % 3,
        )
        for number in range(200)
    ]
    assert len(pack(repeats)) < 30 * len(repeats)


def test_of_a_state_and_back() -> None:
    """A check of a state has its times in microseconds; applied to the state before it leads to it."""
    before = TaskState(Verdict(Status.ERROR, reason="full"), since=NOON, pings=3, errors=1)
    after = TaskState(
        before.verdict,
        since=NOON,
        checked_at=NOON + timedelta(minutes=1),
        duration=timedelta(milliseconds=20),
        fresh_until=NOON + timedelta(hours=1),
        next_check=NOON + timedelta(minutes=2),
        pings=4,
        errors=2,
    )
    repeat = Repeat.of(7, after)
    assert repeat == Repeat(
        7,
        MICROSECONDS + MINUTE,
        20_000,
        MICROSECONDS + 60 * MINUTE,
        MICROSECONDS + 2 * MINUTE,
        4,
        2,
        1,
    )
    assert repeat.apply(before) == after


def test_of_a_state_that_knows_little() -> None:
    """What is unknown of a state stays unknown."""
    state = TaskState(Verdict(Status.OK), checked_at=NOON, pings=1)
    repeat = Repeat.of(7, state)
    assert repeat == Repeat(7, MICROSECONDS, None, None, None, 1, 0, 0)
    assert repeat.apply(state) == state
