"""What surrounds every page: how Py Pinger itself does, in the footer and in banners."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.history import ChannelRecord, LoopStats
from py_pinger.core.text.formatting import clean, cut
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.filters import CELL


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence about trouble of our own, parted where the moment since when stands in it, if any."""

    text: str
    since: datetime | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How Py Pinger itself does at `now`; `revision` is the board's, `icon` the status to show.

    `stuck` if messages do not get through somewhere.
    """

    now: datetime
    revision: int
    icon: str
    health: Health
    pulse: LoopStats
    channels: Sequence[ChannelRecord]
    stuck: bool
    banners: tuple[Banner, ...]


def layout(board: DataSource, now: datetime, icon: str) -> Layout:
    """Return the frame of a page."""
    health, channels = board.health(), board.channels()
    return Layout(
        now=now,
        revision=board.revision(),
        icon=icon,
        health=health,
        pulse=board.pulse(),
        channels=channels,
        stuck=any(map(in_trouble, channels)),
        banners=tuple(_banners(health, channels)),
    )


def in_trouble(channel: ChannelRecord) -> bool:
    """Tell whether messages do not get through on a channel."""
    return channel.given_up > 0 or (channel.waiting > 0 and channel.last_error is not None)


def _banners(health: Health, channels: Sequence[ChannelRecord]) -> Iterator[Banner]:
    stuck = [channel for channel in channels if in_trouble(channel)]
    # The banner of the channel itself says more.
    named = {channel.name for channel in stuck}
    problems = (each for each in health.problems if not _is_failing_channel(each, named))
    yield from (Banner(f"Py Pinger itself is in trouble: {problem.text}.") for problem in problems)
    yield from map(_stuck, stuck)
    yield from (Banner(f"{each.text[:1].upper()}{each.text[1:]}.") for each in health.warnings)


def _is_failing_channel(problem: Problem, names: Collection[str]) -> bool:
    return problem.kind is ProblemKind.CHANNEL_FAILING and problem.channel in names


def _stuck(channel: ChannelRecord) -> Banner:
    why = f": {cut(clean(channel.last_error), CELL)}" if channel.last_error else ""
    lost = f"{channel.given_up} given up in the last day" if channel.given_up else ""
    text = f"Messages do not get through to {channel.name}{why} ("
    if not channel.waiting:
        return Banner(f"{text}{lost}).")
    rest = f"; {lost})." if lost else ")."
    if channel.oldest_waiting is None:
        return Banner(f"{text}{channel.waiting} waiting{rest}")
    return Banner(f"{text}{channel.waiting} waiting, the oldest since ", channel.oldest_waiting, rest)
