"""Signals, and the terminal that Py Pinger was started in."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from py_pinger.app import signals
from py_pinger.app.signals import ControllingTerminal


@pytest.mark.parametrize(
    ("at_first", "later", "closed"),
    [
        ("/dev/null", "/dev/null", False),
        ("/dev/null", "/dev/nowhere", True),
        ("/dev/nowhere", "/dev/nowhere", False),
    ],
)
def test_closed(monkeypatch: pytest.MonkeyPatch, at_first: str, later: str, *, closed: bool) -> None:
    """A terminal is closed if there was one that can no longer be opened."""
    monkeypatch.setattr(signals, "_CONTROLLING_TERMINAL", at_first)
    own = ControllingTerminal()
    monkeypatch.setattr(signals, "_CONTROLLING_TERMINAL", later)
    assert own.closed is closed


THERE, NOWHERE = "/dev/null", "/dev/nowhere"


@pytest.fixture
def done() -> Iterator[list[str]]:
    """Return what the signals led to; afterwards SIGHUP does what it did before."""
    before = signal.getsignal(signal.SIGHUP)
    yield []
    signal.signal(signal.SIGHUP, before)


async def sent(number: signal.Signals) -> None:
    """Send a signal to this process, and let it be handled."""
    os.kill(os.getpid(), number)
    await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "reloads", "terminal_later", "what"),
    [
        (signal.SIGTERM, True, THERE, "stop"),
        (signal.SIGINT, True, THERE, "stop"),
        (signal.SIGHUP, True, THERE, "reload"),
        (signal.SIGHUP, True, NOWHERE, "stop"),
        (signal.SIGHUP, False, THERE, "stop"),
    ],
)
async def test_signals(
    monkeypatch: pytest.MonkeyPatch,
    done: list[str],
    number: signal.Signals,
    terminal_later: str,
    what: str,
    *,
    reloads: bool,
) -> None:
    """SIGHUP reloads if something can be read again, unless the terminal was closed."""
    monkeypatch.setattr(signals, "_CONTROLLING_TERMINAL", THERE)
    own = ControllingTerminal()
    signals.install_handlers(
        lambda: done.append("stop"), (lambda: done.append("reload")) if reloads else None, own
    )
    monkeypatch.setattr(signals, "_CONTROLLING_TERMINAL", terminal_later)
    await sent(number)
    assert done == [what]


async def test_nohup(done: list[str]) -> None:
    """A SIGHUP that is ignored stays so."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.install_handlers(
        lambda: done.append("stop"), lambda: done.append("reload"), ControllingTerminal()
    )
    await sent(signal.SIGHUP)
    assert done == []
