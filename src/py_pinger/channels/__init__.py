"""The ways to people: one file a channel, and one table that names them."""

from py_pinger.channels.base import Channel, GuardedKeeping
from py_pinger.channels.log import MutedChannel
from py_pinger.channels.registry import KINDS, build, crons, outside, routes

__all__ = [
    "KINDS",
    "Channel",
    "GuardedKeeping",
    "MutedChannel",
    "build",
    "crons",
    "outside",
    "routes",
]
