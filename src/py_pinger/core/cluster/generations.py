"""Which settings are in force in a cluster whose nodes each read their own files.

Those that a node has reloaded, or started with alone, become the next generation. A node with other settings
joins: it watches what both know, and the difference is a drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum

from py_pinger.core.cluster.assignments import channel_assignment, shard_name, shard_of


class SettingsDecision(StrEnum):
    """What a node does with its settings: put them in force, or join those in force."""

    RULE = "rule"
    JOIN = "join"


def at_start(mine: str, ruling: str | None, *, seen: bool, has_peers: bool) -> SettingsDecision:
    """Return what a node does with its settings when it starts, given fingerprints.

    Settings that the cluster has `seen` before are old: a node that was away must not bring them back. While
    other nodes run, a start changes nothing for them. None are `ruling` before the first node.
    """
    if ruling is None:
        return SettingsDecision.RULE
    joins = mine == ruling or seen or has_peers
    return SettingsDecision.JOIN if joins else SettingsDecision.RULE


def at_reload(mine: str, ruling: str | None) -> SettingsDecision:
    """Return what a node does with settings that it has reloaded: the last reload of any node counts."""
    return SettingsDecision.JOIN if mine == ruling else SettingsDecision.RULE


def lacking(
    monitored: Iterable[str],
    known: Collection[str],
    channels: Iterable[str],
    known_channels: Collection[str],
    shards: int,
) -> frozenset[str]:
    """Return the assignments of which a node lacks a task or the channel.

    `monitored` are the URLs of the tasks in force and `channels` the names of the channels; `known` and
    `known_channels` are those in the settings of the node.
    """
    return frozenset(
        (*_lacking_shards(monitored, known, shards), *_lacking_channels(channels, known_channels))
    )


def _lacking_shards(monitored: Iterable[str], known: Collection[str], shards: int) -> Iterator[str]:
    return (shard_name(shard_of(url, shards)) for url in monitored if url not in known)


def _lacking_channels(channels: Iterable[str], known: Collection[str]) -> Iterator[str]:
    return (channel_assignment(name) for name in channels if name not in known)
