"""The table of channels: a new one is a file beside this and a row here."""

from __future__ import annotations

from collections.abc import Callable

from py_pinger.channels import hipchat, sentry, slack
from py_pinger.channels.channel import Channel, Guarded, OutsideChannel
from py_pinger.channels.log import LogChannel, MutedChannel
from py_pinger.config import Settings

TABLE: tuple[Callable[[Settings], OutsideChannel | None], ...] = (
    slack.configured,
    hipchat.configured,
    sentry.configured,
)


def build(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that pinger.ini asks for, the log first; with `only_log` the others are muted."""
    outside = (configured(settings) for configured in TABLE)
    dressed = MutedChannel if settings.main.only_log else Guarded
    return (LogChannel(), *(dressed(channel) for channel in outside if channel is not None))
