"""When a node leaves a channel to another one: it cannot send from here, and maybe others can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from py_pinger.core.times import MINUTE

# How long all attempts of a channel have to fail.
FAILING_FOR: Final = MINUTE

# For how long others have the channel then; it is not released again before.
RELEASED_FOR: Final[timedelta] = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class ChannelRelease:
    """The channels that this node has released lately, and when."""

    released: Mapping[str, datetime] = field(default_factory=dict)

    def after(self, failing_since: Mapping[str, datetime], now: datetime) -> Self:
        """Return what follows from the channels whose attempts fail here, and since when."""
        kept = {name: at for name, at in self.released.items() if at <= now < at + RELEASED_FOR}
        new = {
            name: now
            for name, since in failing_since.items()
            if name not in kept and now - since >= FAILING_FOR
        }
        return type(self)(new | kept) if (new or len(kept) < len(self.released)) else self
