"""How long a stop takes when what it waits for hangs."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import SimpleNamespace
from typing import cast

import pytest

from py_pinger.app import run
from py_pinger.app.wiring import Components


class HangingParts:
    """The components of a process, of which each step of a stop hangs."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.role = SimpleNamespace(
            prepare_stop=lambda: self.hang("prepare"),
            is_last=lambda: False,
            end_session=lambda: self.hang("end"),
            leave=lambda: self.hang("leave"),
        )
        self.write_buffer = SimpleNamespace(flush=lambda: self.hang("write"))
        self.dispatcher = SimpleNamespace(finish=lambda: self.steps.append("send"))

    async def hang(self, step: str) -> None:
        """Note a step that does not end."""
        self.steps.append(step)
        await asyncio.Event().wait()


async def test_a_stop_takes_five_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps are tried, and together they leave a second to close: here all is a fifth of that."""
    for name in ("LAST_NOTICES", "LAST_WRITE", "LAST_OF_ALL"):
        monkeypatch.setattr(run, name, getattr(run, name) / 5)
    parts, sending = HangingParts(), asyncio.create_task(asyncio.Event().wait())
    began = monotonic()
    await run.drain(cast("Components", parts), cast("asyncio.Task[None]", sending))
    assert 0.78 <= monotonic() - began < 1.0
    assert parts.steps == ["prepare", "write", "send", "leave"]
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
