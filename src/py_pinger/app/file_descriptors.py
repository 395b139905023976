"""Who may have how many of the file descriptors that this process is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from py_pinger.engine.probing.connection_budget import KEPT

# A check may have two at a time: both families of a host's addresses, or a name server and its file.
PER_CHECK = 2
# The database's pool of 15 connections with three files each, channels, the loop, the log, certificates.
RESERVE = 100
# Connections of visitors to the web server.
WEB = 1000

_UNLIMITED = 1 << 30


@dataclass(frozen=True, slots=True)
class DescriptorBudget:
    """How many checks run, connections are kept and visitors served at once; `warning` is for the log."""

    checks: int
    kept: int
    web: int
    warning: str | None = None


def allocate(limit: int, concurrency: int) -> DescriptorBudget:
    """Share out `limit` descriptors, a negative one being none, for at most `concurrency` checks at once.

    However few there are, one check runs; below 32 not even that is sure to find what it needs.
    """
    most = limit if limit >= 0 else _UNLIMITED
    web = max(min(WEB, most // 8), 1)
    free = max(most - web - min(RESERVE, most // 2), 0)
    # A third of what is free stays for connections that are kept: new ones are what costs time.
    checks = max(min(concurrency, free // (PER_CHECK + 1)), 1)
    kept = max(min(KEPT, free - checks * PER_CHECK), 0)
    return DescriptorBudget(checks, kept, web, _warning(limit, checks, concurrency))


def _warning(limit: int, checks: int, concurrency: int) -> str | None:
    if checks >= concurrency:
        return None
    return (
        f"The limit of {limit:,} open files allows {checks:,} checks at once, not the {concurrency:,} of "
        "[main] concurrency: raise it (LimitNOFILE= of the service, or ulimit -n), or lower that"
    )
