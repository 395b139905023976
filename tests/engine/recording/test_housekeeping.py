"""What happens to the store is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_store import FakeStore

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.recording.housekeeping import (
    LIVENESS_INTERVAL,
    PRUNE_INTERVAL,
    PRUNE_STEP,
    TOPIC,
    database_notice_loop,
    liveness_loop,
    prune_loop,
)
from py_pinger.engine.runtime.store_access import StoreInternalError

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


class EnoughError(asyncio.CancelledError):
    """Ends a loop as its task's cancellation does."""


async def test_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mishap is told once, whether it was there from the start or came later."""
    mishaps = ["It was damaged."]
    notices: list[Notice] = []
    rounds = iter((["It was damaged again."], [], []))

    async def sleep(_pause: float) -> None:
        more = next(rounds, None)
        if more is None:
            raise EnoughError
        mishaps.extend(more)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(EnoughError):
        await database_notice_loop(lambda: mishaps, notices.append, lambda: NOW)
    assert notices == [
        Notice(NoticeKind.SELF_PROBLEM, NOW, topic=TOPIC, opened=NOW, text=text)
        for text in ("It was damaged.", "It was damaged again.")
    ]


async def test_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign is left every few seconds, and a store that fails once only costs that one."""
    store = FakeStore()
    store.fail("record_alive", None, "the database is locked", None)
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 3:
            raise EnoughError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(EnoughError):
        await liveness_loop(store, lambda: NOW)
    assert (store.signs, pauses) == ([NOW, NOW], [LIVENESS_INTERVAL] * 3)


DAYS = timedelta(days=90)


async def pauses_of(
    store: FakeStore,
    rounds: int,
    monkeypatch: pytest.MonkeyPatch,
    is_due_here: Callable[[], bool] = lambda: True,
) -> list[float]:
    """Return how long the pruner pauses after each of the rounds."""
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == rounds:
            raise EnoughError

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", sleep)
        with pytest.raises(EnoughError):
            await prune_loop(store, lambda: NOW, lambda: DAYS, is_due_here)
    return pauses


async def test_prune(monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is something to forget it goes on in small steps, then it looks again in an hour."""
    store = FakeStore(rows=[500, 500, 20, 0, 0])
    assert await pauses_of(store, 5, monkeypatch) == [PRUNE_STEP] * 3 + [PRUNE_INTERVAL] * 2
    assert store.pruned == [NOW - DAYS] * 5


async def test_pruned_by_another_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another node deletes old history nothing is deleted; once it is due here, it is done soon."""
    store = FakeStore(rows=[0])
    due = iter((False, False, True))
    pauses = await pauses_of(store, 3, monkeypatch, lambda: next(due))
    assert pauses == [LIVENESS_INTERVAL] * 2 + [PRUNE_INTERVAL]
    assert store.pruned == [NOW - DAYS]


async def test_a_failing_store(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A failing store is asked again in an hour, and the log says why, with the fault if it is ours."""
    store = FakeStore(rows=[0])
    fault = StoreInternalError("internal error (KeyError)")
    fault.__cause__ = KeyError("x")
    store.fail("prune", "the database is locked", fault)
    assert await pauses_of(store, 3, monkeypatch) == [PRUNE_INTERVAL] * 3
    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        ("Cannot delete old history, will retry: the database is locked", False),
        ("Cannot delete old history, will retry: internal error (KeyError)", True),
    ]
