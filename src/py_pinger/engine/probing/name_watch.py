"""Notice that a host's addresses have changed while connections to it are kept alive.

The client library does not show which address it is connected to. A host counts as moved when an address
that it had before is missing: the connection may lead there. Hosts whose name server returns another
choice of addresses each time therefore get new connections often, as every other client opens them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from socket import EAI_NODATA, EAI_NONAME, gaierror
from time import monotonic

from py_pinger.core.probing.cloud_metadata import is_address
from py_pinger.engine.probing.resolver import is_out_of_descriptors, resolve

# Seconds between two lookups of a host; less than the default interval of 60 s.
LOOKUP_INTERVAL = 30.0

# Seconds that a check waits for a lookup; a slower one counts for the next check.
PATIENCE = 0.5

# Seconds after which a lookup is given up.
LOOKUP_TIMEOUT = 30.0

# Lookups at once; a name server that does not answer must not cost a thread for each host.
MAX_LOOKUPS = 8

# Hosts that are watched at once; those looked up longest ago are dropped beyond that.
MAX_HOSTS = 10_000

# Errors that say that a host has no address, rather than that the lookup failed.
_UNKNOWN_HOST = frozenset({EAI_NONAME, EAI_NODATA})


@dataclass(slots=True, eq=False)
class _Host:
    """A host: its last known addresses, how often it has moved, and the present lookup."""

    addresses: frozenset[str] | None = None
    moves: int = 0
    looked_up_at: float = -LOOKUP_INTERVAL
    lookup: asyncio.Task[None] | None = None


class NameWatch:
    """Looks up the hosts that connections are kept to, at most every 30 s each."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        # Hosts that are addresses themselves.
        self.addresses = set[str]()
        self._lookups = 0

    async def moves(self, host: str, longest: timedelta) -> int:
        """Return how often the addresses of a host have changed since it is watched.

        Resolves the host if that was not done lately, and waits for the result a small part of the
        time that the check may take.
        """
        known = self._hosts.get(host) or self._add(host)
        if self._clock() - known.looked_up_at >= LOOKUP_INTERVAL and self._lookups < MAX_LOOKUPS:
            self._start_lookup(host, known)
        # Without addresses to compare with, the result cannot matter yet.
        if known.lookup and known.addresses is not None:
            await asyncio.wait([known.lookup], timeout=min(PATIENCE, longest.total_seconds() / 4))
        return known.moves

    async def close(self) -> None:
        """Give up the lookups in progress."""
        lookups = [known.lookup for known in self._hosts.values() if known.lookup]
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)

    def _add(self, host: str) -> _Host:
        if is_address(host):
            if len(self.addresses) >= MAX_HOSTS:
                self.addresses.clear()
            self.addresses.add(host)
            return _Host(looked_up_at=float("inf"))
        if len(self._hosts) >= MAX_HOSTS:
            del self._hosts[next(iter(self._hosts))]
        self._hosts[host] = _Host()
        return self._hosts[host]

    def _start_lookup(self, host: str, known: _Host) -> None:
        known.looked_up_at = self._clock()
        self._lookups += 1
        known.lookup = asyncio.create_task(self._look_up(host, known))

    async def _look_up(self, host: str, known: _Host) -> None:
        try:
            found = await _addresses(host)
        finally:
            self._lookups -= 1
            known.lookup = None
        if found is None:
            return
        if known.addresses is not None and not known.addresses <= found:
            known.moves += 1
        known.addresses = found


async def _addresses(host: str) -> frozenset[str] | None:
    """Return the addresses of a host; None if the lookup failed, which says nothing about them."""
    try:
        return frozenset(await resolve(host, LOOKUP_TIMEOUT))
    except gaierror as error:
        # Without a free descriptor, the C library reports an unknown host.
        return frozenset() if error.errno in _UNKNOWN_HOST and not is_out_of_descriptors() else None
    except (OSError, UnicodeError, RuntimeError):
        return None
