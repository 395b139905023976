"""Exponential backoff: how long to wait after a number of failed attempts."""

from __future__ import annotations

from datetime import timedelta

# Doublings after which the longest wait is reached in any case; keeps the power small.
_MAX_DOUBLINGS = 16


def delay(attempts: int, first: timedelta, longest: timedelta, jitter: float = 1.0) -> timedelta:
    """Return the wait after so many earlier attempts.

    `first` doubled each time, up to `longest`.

    `jitter` is a random number from 0 to 1 that spreads the upper half of the wait, so that many waits do
    not end at once. The result is never shorter than `first`, unless `longest` is.
    """
    doubled = min(first * (1 << min(attempts, _MAX_DOUBLINGS)), longest)
    return max(min(first, longest), doubled * (1 + jitter) / 2)
