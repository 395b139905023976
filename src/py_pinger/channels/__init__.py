"""The ways to people: one file a channel, and one table that names them."""

from py_pinger.channels.base import Channel, CheckInService, SafeAlertChannel
from py_pinger.channels.log import DryRunChannel, LogChannel
from py_pinger.channels.registry import KINDS, build, crons, external_channels, routes

__all__ = [
    "KINDS",
    "Channel",
    "CheckInService",
    "DryRunChannel",
    "LogChannel",
    "SafeAlertChannel",
    "build",
    "crons",
    "external_channels",
    "routes",
]
