"""The ways to people: one file a channel, and one table that names them."""

from py_pinger.channels.channel import Channel
from py_pinger.channels.log import MutedChannel
from py_pinger.channels.table import TABLE, build

__all__ = ["TABLE", "Channel", "MutedChannel", "build"]
