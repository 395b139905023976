"""Loops that keep the store in order: retention, presence, and incidents of the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.runtime.store import Storekeeper, StoreUnavailable

_log = logging.getLogger(__name__)

TOPIC = "database"

# Seconds between two polls of the database's incidents.
INCIDENT_POLL = 1.0


async def database_notice_loop(
    mishaps: Callable[[], Sequence[str]], announce: Callable[[Notice], None], clock: Callable[[], datetime]
) -> None:
    """Tell each mishap once; `mishaps` returns all there were, in their order."""
    told = 0
    while True:
        for sentence in mishaps()[told:]:
            told += 1
            now = clock()
            announce(Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=now, text=sentence))
        await asyncio.sleep(INCIDENT_POLL)


# Seconds between two signs of life.
LIVENESS_INTERVAL = 10.0


async def liveness_loop(store: Storekeeper, clock: Callable[[], datetime]) -> None:
    """Sign for ever. A failing store is the ledger's to tell of."""
    while True:
        with suppress(StoreUnavailable):
            await store.seen(clock())
        await asyncio.sleep(LIVENESS_INTERVAL)


# Seconds between two times of looking, and between two steps while there is something to forget.
PRUNE_INTERVAL = 3600.0
PRUNE_STEP = 0.5


async def prune_loop(
    store: Storekeeper, clock: Callable[[], datetime], history: Callable[[], timedelta]
) -> None:
    """Keep no more than `history` says, which may change. A failing store only makes it later."""
    while True:
        try:
            pruned = await store.prune(clock() - history())
        except StoreUnavailable as unavailable:
            _log.warning("Old history could not be pruned: %s", unavailable, exc_info=unavailable.__cause__)
            pruned = 0
        await asyncio.sleep(PRUNE_STEP if pruned else PRUNE_INTERVAL)
