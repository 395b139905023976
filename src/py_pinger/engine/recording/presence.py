"""The loop that leaves a sign of life, so that whoever starts after a crash knows how long nobody watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from py_pinger.engine.runtime.store import Storekeeper, StoreUnavailable

# Seconds between two signs.
PAUSE = 10.0


async def sign_for_ever(storekeeper: Storekeeper, clock: Callable[[], datetime]) -> None:
    """Sign for ever. A failing store is the ledger's to tell of."""
    while True:
        with suppress(StoreUnavailable):
            await storekeeper.seen(clock())
        await asyncio.sleep(PAUSE)
