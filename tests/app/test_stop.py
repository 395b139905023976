"""How long a stop takes when what it waits for hangs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import monotonic
from types import SimpleNamespace
from typing import cast

import pytest

from py_pinger.app import run
from py_pinger.app.wiring import Components
from py_pinger.core.model.notification import NoticeKind

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class HangingParts:
    """The components of a process, of which each step of a stop hangs."""

    def __init__(self, *, is_last: bool) -> None:
        self.steps: list[str] = []
        self.role = SimpleNamespace(
            prepare_stop=lambda: self.hang("prepare"),
            is_last=lambda: is_last,
            claim_channels=lambda: self.hang("claim"),
            release_channels=lambda unfinished: self.hang(f"release all but {unfinished}"),
            end_session=lambda: self.hang("end"),
            leave=lambda unfinished: self.hang(f"leave {unfinished}"),
        )
        self.clock = SimpleNamespace(now=lambda: NOW)
        self.write_buffer = SimpleNamespace(
            announce=lambda notice: self.steps.append(notice.kind), flush=lambda: self.hang("write")
        )
        self.dispatcher = SimpleNamespace(
            close_queues=lambda: self.steps.append("close"),
            finish=lambda: self.steps.append("send"),
            unfinished=lambda: "slack",
        )

    async def hang(self, step: str) -> None:
        """Note a step that does not end."""
        self.steps.append(step)
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("is_last", "steps"),
    [
        (False, ["prepare", "write", "send", "release all but slack", "leave slack"]),
        (True, ["prepare", NoticeKind.STOPPED, "write", "close", "claim", "send", "leave slack"]),
    ],
    ids=["others run", "the last"],
)
async def test_a_stop_takes_five_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch,
    is_last: bool,  # noqa: FBT001 - a column of the table
    steps: list[str],
) -> None:
    """All steps are tried, and together they leave a second to close: here all is a fifth of that."""
    for name in ("LAST_NOTICES", "LAST_WRITE", "LAST_OF_ALL", "USUAL_END", "LAST_MESSAGE"):
        monkeypatch.setattr(run, name, getattr(run, name) / 5)
    parts, sending = HangingParts(is_last=is_last), asyncio.create_task(asyncio.Event().wait())
    began = monotonic()
    await run.drain(cast("Components", parts), cast("asyncio.Task[None]", sending))
    assert 0.78 <= monotonic() - began < 1.0
    assert parts.steps == steps
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
