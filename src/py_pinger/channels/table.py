"""The table of channels: a new one is a file beside this and a row here."""

from __future__ import annotations

from importlib import import_module

from py_pinger.channels.channel import Channel, Guarded, OutsideChannel
from py_pinger.channels.log import LogChannel, MutedChannel
from py_pinger.config import Settings

# Each names a module here and a section of pinger.ini. Only what is configured is imported: the services'
# libraries take a fifth of a start to load.
TABLE = ("slack", "hipchat", "sentry")


def build(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that pinger.ini asks for, the log first; with `only_log` the others are muted."""
    outside = (_channel(name, settings) for name in TABLE if getattr(settings, name))
    dressed = MutedChannel if settings.main.only_log else Guarded
    return (LogChannel(), *(dressed(channel) for channel in outside))


def _channel(name: str, settings: Settings) -> OutsideChannel:
    channel: OutsideChannel = import_module(f"{__package__}.{name}").configured(settings)
    return channel
