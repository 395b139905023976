"""Shares, as people read them."""

from __future__ import annotations

from math import floor


def percent(share: float) -> str:
    """Return a share as `99.95 %`, rounded down: 100 % is said only of what is whole."""
    return f"{floor(share * 10_000) / 100:g} %"
