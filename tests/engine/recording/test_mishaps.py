"""What happens to the store is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.recording.mishaps import TOPIC, tell_for_ever

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


class EnoughError(Exception):
    """Ends the loop that never ends."""


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
        await tell_for_ever(lambda: mishaps, notices.append, lambda: NOW)
    assert notices == [
        Notice(NoticeKind.TROUBLED, NOW, topic=TOPIC, opened=NOW, text=text)
        for text in ("It was damaged.", "It was damaged again.")
    ]
