"""The names of all that nodes own: shards of the tasks, channels, and what one node does for all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from py_pinger.core.model.task import PUSH_SCHEME
from py_pinger.core.text.urls import origin

# Fixed for the life of a database. With so many, the shares of a few nodes differ by some percent only.
SHARDS: Final = 1_024

# What one node does for all: delete old history, send the heartbeat, and notify about the cluster itself.
RETENTION: Final = "retention"
HEARTBEAT: Final = "heartbeat"
NOTICES: Final = "notices"

# What ends credentials, host and port in a URL.
_END_OF_HOST = re.compile("[/?#]")

# Origins whose shards are kept: to read an origin takes twenty times as long as to find it again.
_KEPT = 10_000

_SHARD = "shard "
_CHANNEL = "channel "


def shard_of(url: str, shards: int) -> int:
    """Return the shard of a task's URL, masked or not: tasks of one origin share one.

    So limits for a host, its connections and its certificate have one owner. A push has no host, and its
    slug counts instead.
    """
    if url.startswith(PUSH_SCHEME):
        return _hash(url) % shards
    scheme, _, rest = url.partition("//")
    return _hash_of_origin(f"{scheme}//{_END_OF_HOST.split(rest, maxsplit=1)[0]}") % shards


@lru_cache(_KEPT)
def _hash_of_origin(url: str) -> int:
    return _hash(origin(url))


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def shard_name(number: int) -> str:
    """Return the name of the assignment of a shard, such as `shard 17`."""
    return f"{_SHARD}{number}"


def channel_assignment(channel: str) -> str:
    """Return the name of the assignment of a channel, such as `channel slack ops`."""
    return f"{_CHANNEL}{channel}"


def all_assignments(channels: Iterable[str], shards: int) -> tuple[str, ...]:
    """Return the names of everything that has an owner, given the names of the channels."""
    return (
        *map(shard_name, range(shards)),
        *map(channel_assignment, channels),
        RETENTION,
        HEARTBEAT,
        NOTICES,
    )


def shard_numbers(names: Iterable[str]) -> frozenset[int]:
    """Return the numbers of the shards among assignments."""
    return frozenset(int(name.removeprefix(_SHARD)) for name in names if name.startswith(_SHARD))


def channel_names(names: Iterable[str]) -> frozenset[str]:
    """Return the names of the channels among assignments."""
    return frozenset(name.removeprefix(_CHANNEL) for name in names if name.startswith(_CHANNEL))
