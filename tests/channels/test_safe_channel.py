"""Mentions that call nobody."""

from __future__ import annotations

import pytest

from py_pinger.channels.safe_channel import escape_mentions


@pytest.mark.parametrize("before", ["", "cc ", "(", "cc:", "*", "***", "/", "<", "@", "-"])
def test_mentions_are_defused(before: str) -> None:
    """A mention calls nobody, whatever stands before it."""
    assert escape_mentions(f"{before}@here") == f"{before}@\u2060here"


@pytest.mark.parametrize(
    "text", ["ops@example.com", "https://***@tasks.example/x", "https://tasks.example/@x", "at 5 @ noon", "@"]
)
def test_everything_else_stays(text: str) -> None:
    """Addresses can still be copied as they are."""
    assert escape_mentions(text) == text
