"""The registry of channels: a new one is a module next to this one and a row in `TABLE`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from py_pinger.channels.log import DryRunChannel, LogChannel, dry_run_route
from py_pinger.channels.safe_channel import RoutedChannel, SafeAlertChannel, SafeChannel
from py_pinger.config import ChannelKind, ChannelKinds, ConfiguredChannel, Settings
from py_pinger.core.notification.channel import AlertChannel, Channel, CheckInService
from py_pinger.core.notification.route import Route

# Each is a module here and a section of pinger.ini. Only those with a section are imported: the services'
# libraries take a fifth of a start to load.
TABLE = ("slack", "hipchat", "sentry", "alertmanager", "apprise", "webhook", "email")


class _Kinds(Mapping[str, ChannelKind]):
    """The kinds of channels by the names of their sections; a look-up imports one."""

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


def build(settings: Settings) -> tuple[RoutedChannel, ...]:
    """Return the channels of pinger.ini, the log first; with `only_log` the others send nothing."""
    return LogChannel(), *external_channels(settings.channels, only_log=settings.main.only_log)


def external_channels(
    configured: Iterable[ConfiguredChannel], *, only_log: bool
) -> tuple[RoutedChannel, ...]:
    """Return the channels that send to other machines; with `only_log` their stand-ins."""
    wrap = DryRunChannel if only_log else _safe
    return tuple(
        wrap(channel, route, each.pages)
        for each in configured
        for channel, route in zip(_channels(each), each.routes(), strict=True)
    )


def routes(settings: Settings) -> tuple[Route, ...]:
    """Return the routes of the channels that `build` returns."""
    only_log = settings.main.only_log
    configured = (route for each in settings.channels for route in routes_of(each, only_log=only_log))
    return LogChannel.route, *configured


def routes_of(configured: ConfiguredChannel, *, only_log: bool) -> tuple[Route, ...]:
    """Return the routes of the channels of one section."""
    found = configured.routes()
    return tuple(map(dry_run_route, found)) if only_log else found


def check_in_services(
    configured: Iterable[ConfiguredChannel], *, only_log: bool
) -> Iterator[tuple[ConfiguredChannel, CheckInService]]:
    """Yield the services that get check-ins, of the kinds whose module has `check_in_service`."""
    for each in configured:
        build_service = getattr(_module(each.kind), "check_in_service", None)
        service: CheckInService | None = build_service and build_service(
            each.name, each.settings, only_log=only_log
        )
        if service:
            yield each, service


def _channels(configured: ConfiguredChannel) -> Sequence[Channel]:
    settings = configured.settings.linked_to(configured.pages)
    channels: Sequence[Channel] = _module(configured.kind).build(configured.name, settings)
    return channels


def _safe(channel: Channel, route: Route, pages: str | None) -> SafeChannel:
    if isinstance(channel, AlertChannel):
        return SafeAlertChannel(channel, route, pages)
    return SafeChannel(channel, route, pages)


def _module(name: str) -> ModuleType:
    return import_module(f"{__package__}.{name}")
