"""The table of channels: a new one is a file beside this and a row here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from py_pinger.channels.base import (
    AlertChannel,
    Channel,
    CheckInService,
    ExternalChannel,
    SafeAlertChannel,
    SafeChannel,
)
from py_pinger.channels.log import DryRunChannel, LogChannel, dry_run_route
from py_pinger.config import ChannelKind, ChannelKinds, ConfiguredChannel, Settings
from py_pinger.core.notification.route import Route

# Each is a module here and a section of pinger.ini. Only what has a section is imported: the services'
# libraries take a fifth of a start to load.
TABLE = ("slack", "hipchat", "sentry", "alertmanager", "apprise", "webhook")


class _Kinds(Mapping[str, ChannelKind]):
    """The kinds of channel by the names of their sections; a look-up imports one."""

    def __getitem__(self, name: str) -> ChannelKind:
        if name not in TABLE:
            raise KeyError(name)
        kind: ChannelKind = _module(name).KIND
        return kind

    def __contains__(self, name: object) -> bool:
        return name in TABLE

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE)

    def __len__(self) -> int:
        return len(TABLE)


KINDS: Final[ChannelKinds] = _Kinds()


def build(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that pinger.ini asks for, the log first; with `only_log` the others are muted."""
    return LogChannel(), *external_channels(settings.channels, only_log=settings.main.only_log)


def external_channels(configured: Iterable[ConfiguredChannel], *, only_log: bool) -> tuple[Channel, ...]:
    """Return the channels that leave this machine, or with `only_log` do not."""
    dressed = DryRunChannel if only_log else _guarded
    built = (zip(_channels(each), each.routes(), strict=True) for each in configured)
    return tuple(dressed(channel, route) for several in built for channel, route in several)


def routes(settings: Settings) -> tuple[Route, ...]:
    """Return what the channels get that `build` returns."""
    configured = (route for each in settings.channels for route in each.routes())
    return LogChannel.route, *(map(dry_run_route, configured) if settings.main.only_log else configured)


def crons(
    configured: Iterable[ConfiguredChannel], *, only_log: bool
) -> Iterator[tuple[ConfiguredChannel, CheckInService]]:
    """Yield what is told of runs; of the kinds that can be, their modules have a function of this name."""
    for each in configured:
        make = getattr(_module(each.kind), "crons", None)
        made: CheckInService | None = make and make(each.name, each.settings, only_log=only_log)
        if made:
            yield each, made


def _channels(configured: ConfiguredChannel) -> Sequence[ExternalChannel]:
    channels: Sequence[ExternalChannel] = _module(configured.kind).build(configured.name, configured.settings)
    return channels


def _guarded(channel: ExternalChannel, route: Route) -> SafeChannel:
    return (
        SafeAlertChannel(channel, route) if isinstance(channel, AlertChannel) else SafeChannel(channel, route)
    )


def _module(name: str) -> ModuleType:
    return import_module(f"{__package__}.{name}")
