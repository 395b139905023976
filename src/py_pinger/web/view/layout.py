"""What surrounds every page: the health of Py Pinger itself, in the footer and in banners."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.cluster.cluster_health import has_lost_database, is_unreadable
from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.history import ChannelRecord, LoopStats
from py_pinger.core.text.formatting import clean
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.filters import CELL


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence about a problem of Py Pinger.

    A time in it is given apart, between `text` and `rest`.
    """

    text: str
    since: datetime | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The health of Py Pinger at `now`; `icon` is the status that the page's icon shows.

    `headline` says how Py Pinger itself is, `status` is the style of that. `node` is the name of this node,
    None outside of a cluster.
    """

    now: datetime
    revision: int
    icon: str
    health: Health
    loop: LoopStats
    channels: Sequence[ChannelRecord]
    banners: tuple[Banner, ...]
    headline: str
    status: Status
    node: str | None = None


def create_layout(data: DataSource, now: datetime, icon: str) -> Layout:
    """Return the layout of a page."""
    health, cluster = data.monitor.health(), data.cluster()
    # While the database is away, each attempt to read it would hold the page up for seconds.
    channels = () if cluster and is_unreadable(cluster, now) else data.channels()
    failing = [channel for channel in channels if is_failing(channel)]
    headline, status = _headline(health, failing=bool(failing))
    return Layout(
        now=now,
        revision=data.revision(),
        icon=icon,
        health=health,
        loop=data.monitor.loop_stats(),
        channels=channels,
        banners=(*_cluster_banner(cluster, now), *_banners(health, failing)),
        headline=headline,
        status=status,
        node=cluster.name if cluster else None,
    )


def is_failing(channel: ChannelRecord) -> bool:
    """Return True if notifications to a channel are not delivered."""
    return channel.given_up > 0 or (channel.waiting > 0 and channel.last_error is not None)


def _headline(health: Health, *, failing: bool) -> tuple[str, Status]:
    if not health.well:
        return "Py Pinger is unhealthy", Status.ERROR
    if failing:
        return "Running, but notifications are failing", Status.UNKNOWN
    if health.warnings:
        return "Running, but the configuration has warnings", Status.UNKNOWN
    return "Py Pinger is healthy", Status.OK


def _cluster_banner(cluster: ClusterStatus | None, now: datetime) -> Iterator[Banner]:
    if cluster and has_lost_database(cluster, now):
        rest = "; what other nodes watch is as of then."
        yield Banner("This node cannot read the database since ", cluster.unreadable_since, rest)


def _banners(health: Health, failing: Sequence[ChannelRecord]) -> Iterator[Banner]:
    # The banners of the channel itself and of the cluster say more.
    names = {channel.name for channel in failing}
    others = (each for each in health.problems if each.kind is not ProblemKind.LEASE)
    problems = (each for each in others if not _is_failing_channel(each, names))
    yield from (Banner(f"Py Pinger is unhealthy: {problem.text}.") for problem in problems)
    yield from map(_channel_banner, failing)
    yield from (Banner(f"{each.text[:1].upper()}{each.text[1:]}.") for each in health.warnings)


def _is_failing_channel(problem: Problem, names: Collection[str]) -> bool:
    return problem.kind is ProblemKind.CHANNEL_FAILING and problem.channel in names


def _channel_banner(channel: ChannelRecord) -> Banner:
    why = f": {clean(channel.last_error, CELL)}" if channel.last_error else ""
    lost = f"{channel.given_up} given up in the last day" if channel.given_up else ""
    text = f"Notifications to {channel.name} are failing{why} ("
    if not channel.waiting:
        return Banner(f"{text}{lost}).")
    rest = f"; {lost})." if lost else ")."
    if channel.oldest_waiting is None:
        return Banner(f"{text}{channel.waiting} waiting{rest}")
    return Banner(f"{text}{channel.waiting} waiting, the oldest since ", channel.oldest_waiting, rest)
