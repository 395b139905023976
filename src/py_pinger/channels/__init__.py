"""The ways to people: one file a channel, and one table that names them."""

from py_pinger.channels.base import Channel, SafeAlertChannel
from py_pinger.channels.log import DryRunChannel
from py_pinger.channels.registry import KINDS, build, crons, external_channels, routes

__all__ = [
    "KINDS",
    "Channel",
    "DryRunChannel",
    "SafeAlertChannel",
    "build",
    "crons",
    "external_channels",
    "routes",
]
