"""Exponential backoff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.notification.backoff import delay

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "jitter", "wait"),
    [
        (0, 0.0, 1),
        (0, 1.0, 1),
        (1, 0.0, 1),
        (1, 1.0, 2),
        (3, 0.5, 6),
        (5, 1.0, 32),
        (6, 1.0, 60),
        (6, 0.0, 30),
        (1_000_000, 1.0, 60),
    ],
)
def test_the_wait_doubles_up_to_the_longest(attempts: int, jitter: float, wait: float) -> None:
    """Each attempt doubles the wait up to the longest; jitter spreads the upper half of it."""
    assert delay(attempts, SECOND, 60 * SECOND, jitter) == wait * SECOND


def test_a_longest_wait_below_the_first_holds() -> None:
    """A longest wait that is shorter than the first is never exceeded."""
    assert delay(9, SECOND, SECOND / 5, 0.0) == SECOND / 5
