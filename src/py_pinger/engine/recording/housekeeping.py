"""Loops that keep the store in order: retention, liveness, and incidents of the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure

_log = logging.getLogger(__name__)

TOPIC = "database"

# Seconds between two polls of the database's incidents.
INCIDENT_POLL = 1.0


async def database_notice_loop(
    incidents: Callable[[], Sequence[str]],
    announce: Callable[[Notice], None],
    clock: Callable[[], datetime],
    failures: LoopFailures | None = None,
) -> None:
    """Announce each incident of the database once; `incidents` returns all so far, in order."""
    announced = 0

    async def announce_new() -> None:
        nonlocal announced
        for sentence in incidents()[announced:]:
            announced += 1
            now = clock()
            announce(Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=now, text=sentence))

    await every(INCIDENT_POLL, announce_new, "the notices about the database", failures=failures)


# Seconds between two records that Py Pinger is running.
LIVENESS_INTERVAL = 10.0


async def liveness_loop(
    store: StoreAccess, clock: Callable[[], datetime], failures: LoopFailures | None = None
) -> None:
    """Record continuously that Py Pinger is running.

    The write buffer reports a store that fails.
    """

    async def record_alive() -> None:
        with suppress(StoreFailure):
            await store.call(lambda store: store.record_alive(clock()))

    await every(LIVENESS_INTERVAL, record_alive, "the liveness record", failures=failures)


# Seconds between two searches for old history, and between two steps while there is some to delete.
PRUNE_INTERVAL = 3600.0
PRUNE_STEP = 0.5


async def prune_loop(
    store: StoreAccess,
    clock: Callable[[], datetime],
    history: Callable[[], timedelta],
    is_due_here: Callable[[], bool],
    failures: LoopFailures | None = None,
) -> None:
    """Delete what is older than `history`, which may change, while that is due in this process.

    A store that fails only delays it.
    """

    async def prune() -> float:
        if not is_due_here():
            return LIVENESS_INTERVAL
        try:
            pruned = await _prune(store, clock() - history())
        except StoreFailure as failure:
            _log.warning("Cannot delete old history, will retry: %s", failure, exc_info=failure.__cause__)
            pruned = 0
        return PRUNE_STEP if pruned else PRUNE_INTERVAL

    await every(PRUNE_INTERVAL, prune, "the retention of history", failures=failures)


async def _prune(store: StoreAccess, before: datetime) -> int:
    return await store.call(lambda store: store.prune(before))
