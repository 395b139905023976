"""The sign of life that is left in the store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tests.support.fake_store import FakeStorekeeper

from py_pinger.engine.recording.presence import PAUSE, sign_for_ever

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


class EnoughError(Exception):
    """Ends the loop that never ends."""


async def test_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign is left every few seconds, and a store that fails once only costs that one."""
    store = FakeStorekeeper()
    store.fail("seen", None, "the database is locked", None)
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 3:
            raise EnoughError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(EnoughError):
        await sign_for_ever(store, lambda: NOW)
    assert (store.signs, pauses) == ([NOW, NOW], [PAUSE] * 3)
