"""The channels that a node leaves to others, since it cannot send to them from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from py_pinger.core.cluster.assignments import channel_assignment
from py_pinger.core.selfcheck.channel_release import ChannelRelease


class SendingWorker(Protocol):
    """The worker of a channel."""

    @property
    def name(self) -> str:
        """The channel's name."""

    @property
    def failing_since(self) -> datetime | None:
        """When the first attempt failed since one succeeded, None while none fails."""


class ReleasedChannels:
    """Belongs to the thread that renews the lease; `workers` returns those of the channels of this node."""

    def __init__(self, workers: Callable[[], Iterable[SendingWorker]], clock: Callable[[], datetime]) -> None:
        self._workers = workers
        self._clock = clock
        self._release = ChannelRelease()

    def lacking(self) -> frozenset[str]:
        """Return the assignments of the channels that other nodes should have for a while."""
        failing = {each.name: each.failing_since for each in self._workers()}
        since = {name: at for name, at in failing.items() if at is not None}
        self._release = self._release.after(since, self._clock())
        return frozenset(map(channel_assignment, self._release.released))
