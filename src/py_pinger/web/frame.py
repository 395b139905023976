"""What surrounds every page: how Py Pinger itself does, in the footer and in banners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.history import ChannelRecord, Pulse
from py_pinger.core.model import Health
from py_pinger.core.wording import clean, cut
from py_pinger.web.board import Board
from py_pinger.web.words import CELL, clock


@dataclass(frozen=True, slots=True)
class Frame:
    """How Py Pinger itself does at `now`; `revision` is the board's, `icon` the status to show."""

    now: datetime
    revision: int
    icon: str
    health: Health
    pulse: Pulse
    channels: Sequence[ChannelRecord]
    banners: tuple[str, ...]


def frame(board: Board, now: datetime, icon: str) -> Frame:
    """Return the frame of a page."""
    health, channels = board.health(), board.channels()
    return Frame(
        now=now,
        revision=board.revision(),
        icon=icon,
        health=health,
        pulse=board.pulse(),
        channels=channels,
        banners=tuple(_banners(health, channels, now)),
    )


def in_trouble(channel: ChannelRecord) -> bool:
    """Tell whether messages do not get through on a channel."""
    return channel.given_up > 0 or (channel.waiting > 0 and channel.last_error is not None)


def _banners(health: Health, channels: Sequence[ChannelRecord], now: datetime) -> Iterator[str]:
    yield from (f"Py Pinger itself is in trouble: {problem}." for problem in health.problems)
    yield from (_sentence(channel, now) for channel in channels if in_trouble(channel))


def _sentence(channel: ChannelRecord, now: datetime) -> str:
    why = f": {cut(clean(channel.last_error), CELL)}" if channel.last_error else ""
    facts = "; ".join(_facts(channel, now))
    return f"Messages do not get through to {channel.name}{why} ({facts})."


def _facts(channel: ChannelRecord, now: datetime) -> Iterator[str]:
    if channel.waiting:
        since = f", the oldest since {clock(channel.oldest_waiting, now)}" if channel.oldest_waiting else ""
        yield f"{channel.waiting} waiting{since}"
    if channel.given_up:
        yield f"{channel.given_up} given up in the last day"
