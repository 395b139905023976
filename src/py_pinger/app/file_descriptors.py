"""Divides the limit of open files among checks, kept connections and the web server."""

from __future__ import annotations

from dataclasses import dataclass

from py_pinger.engine.probing.connection_budget import KEPT

# A check may have two at a time: both families of a host's addresses, or a name server and its file.
PER_CHECK = 2
# The database's pool of 15 connections with three files each, channels, the loop, the log, certificates.
RESERVE = 100
# Connections to the web server.
WEB = 1000

_UNLIMITED = 1 << 30


@dataclass(frozen=True, slots=True)
class DescriptorBudget:
    """At most so many checks, kept connections and web connections at once.

    `warning` is for the log.
    """

    checks: int
    kept: int
    web: int
    warning: str | None = None


def allocate(limit: int, concurrency: int) -> DescriptorBudget:
    """Divide `limit` descriptors, negative for no limit, for up to `concurrency` checks.

    One check runs in any case; below 32 descriptors even that may fail for lack of them.
    """
    available = limit if limit >= 0 else _UNLIMITED
    web = max(min(WEB, available // 8), 1)
    free = max(available - web - min(RESERVE, available // 2), 0)
    # A third of what is free stays for kept connections: opening new ones is what takes time.
    checks = max(min(concurrency, free // (PER_CHECK + 1)), 1)
    kept = max(min(KEPT, free - checks * PER_CHECK), 0)
    return DescriptorBudget(checks, kept, web, _warning(limit, checks, concurrency))


def _warning(limit: int, checks: int, concurrency: int) -> str | None:
    if checks >= concurrency:
        return None
    return (
        f"The limit of {limit:,} open files allows {checks:,} checks at once instead of {concurrency:,}; "
        "raise it (LimitNOFILE= of the service, or ulimit -n), or lower [main] concurrency"
    )
