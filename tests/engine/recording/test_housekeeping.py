"""Forgetting history, a little at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_store import FakeStorekeeper

from py_pinger.engine.recording.housekeeping import PAUSE, STEP_PAUSE, prune_for_ever
from py_pinger.engine.runtime.store import StoreUnavailable

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
DAYS = timedelta(days=90)


class EnoughError(Exception):
    """Ends the loop that never ends."""


async def pauses_of(store: FakeStorekeeper, rounds: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return how long the pruner pauses after each of the rounds."""
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == rounds:
            raise EnoughError

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", sleep)
        with pytest.raises(EnoughError):
            await prune_for_ever(store, lambda: NOW, lambda: DAYS)
    return pauses


async def test_prune(monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is something to forget it goes on in small steps, then it looks again in an hour."""
    store = FakeStorekeeper(rows=[500, 500, 20, 0, 0])
    assert await pauses_of(store, 5, monkeypatch) == [STEP_PAUSE] * 3 + [PAUSE] * 2
    assert store.pruned == [NOW - DAYS] * 5


async def test_a_failing_store(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A failing store is asked again in an hour, and the log says why, with the fault if it is ours."""
    store = FakeStorekeeper(rows=[0])
    fault = StoreUnavailable("a fault of our own (KeyError)")
    fault.__cause__ = KeyError("x")
    store.fail("prune", "the database is locked", fault)
    assert await pauses_of(store, 3, monkeypatch) == [PAUSE] * 3
    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        ("Old history could not be pruned: the database is locked", False),
        ("Old history could not be pruned: a fault of our own (KeyError)", True),
    ]
