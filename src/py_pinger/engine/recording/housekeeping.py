"""The loop that forgets history once it is old enough, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from py_pinger.engine.runtime.store import Storekeeper, StoreUnavailable

_log = logging.getLogger(__name__)

# Seconds between two times of looking, and between two steps while there is something to forget.
PAUSE = 3600.0
STEP_PAUSE = 0.5


async def prune_for_ever(
    storekeeper: Storekeeper, clock: Callable[[], datetime], history: Callable[[], timedelta]
) -> None:
    """Keep no more than `history` says, which may change. A failing store only makes it later."""
    while True:
        try:
            pruned = await storekeeper.prune(clock() - history())
        except StoreUnavailable as unavailable:
            _log.warning("Old history could not be pruned: %s", unavailable, exc_info=unavailable.__cause__)
            pruned = 0
        await asyncio.sleep(STEP_PAUSE if pruned else PAUSE)
