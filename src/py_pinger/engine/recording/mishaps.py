"""The loop that tells people what has happened to the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from py_pinger.core.model.notification import Notice, NoticeKind

TOPIC = "database"

# Seconds between two looks.
PAUSE = 1.0


async def tell_for_ever(
    mishaps: Callable[[], Sequence[str]], announce: Callable[[Notice], None], clock: Callable[[], datetime]
) -> None:
    """Tell each mishap once; `mishaps` returns all there were, in their order."""
    told = 0
    while True:
        for sentence in mishaps()[told:]:
            told += 1
            now = clock()
            announce(Notice(NoticeKind.TROUBLED, now, topic=TOPIC, opened=now, text=sentence))
        await asyncio.sleep(PAUSE)
