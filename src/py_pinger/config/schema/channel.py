"""The sections of channels.

Their common keys, and what the module of a kind of channel defines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Self, TypeAlias

from pydantic import Field

from py_pinger.config.schema.section import OptionalSection, Section
from py_pinger.config.values.basic import Flag, Minutes
from py_pinger.config.values.lists import Causes, Patterns
from py_pinger.config.values.start import Zone, zone_info
from py_pinger.config.values.weekly_hours import WeeklyHoursList
from py_pinger.core.notification.hours import Hours
from py_pinger.core.notification.route import Route
from py_pinger.core.text.urls import mask
from py_pinger.core.times import ZERO


class ChannelSettings(Section):
    """The keys that all channels have: which notifications the channel receives, and when.

    The module of a kind of channel adds its keys.
    """

    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()
    processes: Patterns = ()
    causes: Causes = ()
    after: Minutes = ZERO
    hours: WeeklyHoursList = ()
    timezone: Zone = "UTC"
    about_itself: Flag | None = None

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of the channels that the section of this name defines; most define one."""
        return (name,)

    def linked_to(self, pages: str | None) -> Self:  # noqa: ARG002 - for kinds that have such a key
        """Return the settings of a channel whose messages lead to Py Pinger's pages at an address."""
        return self

    def secrets(self) -> frozenset[str]:
        """Return what is secret in addition to values of type SecretStr."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class ChannelKind(OptionalSection[ChannelSettings]):
    """The section of one kind of channel."""


# By the names of their sections. A kind is imported when it is looked up.
ChannelKinds: TypeAlias = Mapping[str, ChannelKind]


@dataclass(frozen=True, slots=True)
class ConfiguredChannel:
    """A section that defines channels; there may be several of a `kind`, each with its name.

    `pages` is the address of Py Pinger's pages for people.
    """

    name: str
    kind: str
    settings: ChannelSettings
    pages: str | None = None

    def route(self) -> Route:
        """Return what it receives; by default also about Py Pinger itself, unless it is selective."""
        wanted, given = self.settings, self.settings.about_itself
        tasks = tuple(map(mask, wanted.tasks))
        hours = Hours(wanted.hours, zone_info(wanted.timezone)) if wanted.hours else None
        route = Route(
            self.name,
            tasks,
            wanted.servers,
            wanted.processes,
            wanted.causes,
            after=wanted.after,
            hours=hours,
        )
        return replace(route, own=not route.selective if given is None else given)

    def routes(self) -> tuple[Route, ...]:
        """Return the route of each of its channels."""
        return tuple(replace(self.route(), channel=name) for name in self.settings.names(self.name))


@cache
def keys_of(model: type[Section]) -> tuple[str, ...]:
    """Return a section's keys, those of all channels last."""
    return tuple(sorted(model.model_fields, key=ChannelSettings.model_fields.__contains__))
