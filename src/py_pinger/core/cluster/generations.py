"""Which settings are in force in a cluster whose nodes each read their own files.

Those that a node has reloaded, that one has started with alone, or that all running nodes have, become the
next generation. A node with other settings joins: it watches what both know, and the difference is a drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Final

from py_pinger.core.cluster.assignments import channel_assignment, shard_name, shard_of
from py_pinger.core.cluster.fitness import is_running
from py_pinger.core.model.cluster import ClusterView, SettingsGeneration

# Nodes that have to agree on settings before these are in force without a reload.
_AGREEING: Final = 2


class SettingsDecision(StrEnum):
    """What a node does with its settings: put them in force, or join those in force."""

    RULE = "rule"
    JOIN = "join"


def at_start(
    mine: str, ruling: str | None, *, seen: bool, has_peers: bool, is_author: bool
) -> SettingsDecision:
    """Return what a node does with its settings when it starts, given fingerprints.

    While other nodes run, a start changes nothing for them. Settings that the cluster has `seen` before may
    be old: a node that was away must not bring them back. It brings them back on purpose if it `is_author`
    of the ruling ones: it has put these in force itself. None are `ruling` before the first node.
    """
    if ruling is None:
        return SettingsDecision.RULE
    joins = mine == ruling or has_peers or (seen and not is_author)
    return SettingsDecision.JOIN if joins else SettingsDecision.RULE


def at_reload(mine: str, ruling: str | None) -> SettingsDecision:
    """Return what a node does with settings that it has reloaded: the last reload of any node counts."""
    return SettingsDecision.JOIN if mine == ruling else SettingsDecision.RULE


def should_rule(view: ClusterView, me: int) -> bool:
    """Return True if a node has to put its settings in force because all running nodes started with them.

    So settings that are rolled out by restarts are in force after the last one. Nodes that have run since
    before the last reload are only waiting for theirs. One of the nodes does it, and not one that runs alone:
    it may be the one that was away.
    """
    ruling = view.generation
    running = sorted(filter(is_running, view.nodes), key=lambda node: node.name)
    if ruling is None or len(running) < _AGREEING or running[0].incarnation != me:
        return False
    found = {node.report.settings for node in running}
    have_started = all(node.started > ruling.since for node in running)
    return have_started and len(found) == 1 and ruling.settings not in found


def is_set_back(newest: SettingsGeneration, found: SettingsGeneration | None) -> bool:
    """Return True if the database has lost the newest settings that were in force, and has older ones now.

    Where another node has put settings in force since then, these count.
    """
    return found is None or (found.number <= newest.number and found.since < newest.since)


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
