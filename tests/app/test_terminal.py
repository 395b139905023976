"""The terminal that Py Pinger was started in."""

from __future__ import annotations

import pytest

from py_pinger.app import terminal
from py_pinger.app.terminal import Terminal


@pytest.mark.parametrize(
    ("at_first", "later", "closed"),
    [
        ("/dev/null", "/dev/null", False),
        ("/dev/null", "/dev/nowhere", True),
        ("/dev/nowhere", "/dev/nowhere", False),
    ],
)
def test_closed(monkeypatch: pytest.MonkeyPatch, at_first: str, later: str, *, closed: bool) -> None:
    """A terminal is closed if there was one that can be opened no longer; what never had one misses none."""
    monkeypatch.setattr(terminal, "_OWN", at_first)
    own = Terminal()
    monkeypatch.setattr(terminal, "_OWN", later)
    assert own.closed is closed
