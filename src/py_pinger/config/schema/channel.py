"""The sections of channels: what they have in common, and what a channel's own file tells of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from pydantic import Field

from py_pinger.config.schema.section import OptionalSection, Section
from py_pinger.config.values.basic import Flag
from py_pinger.config.values.lists import Causes, Patterns
from py_pinger.core.notification.route import Route
from py_pinger.core.text.urls import mask


class ChannelSettings(Section):
    """What the sections of all channels have in common: what the channel gets.

    Each channel's own file adds its keys.
    """

    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()
    processes: Patterns = ()
    causes: Causes = ()
    about_itself: Flag | None = None

    def names(self, name: str) -> tuple[str, ...]:
        """Return what the channels of the section of this name are called: mostly it is one, called so."""
        return (name,)

    def secrets(self) -> frozenset[str]:
        """Return what is secret besides the values that say so themselves."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class ChannelKind(OptionalSection[ChannelSettings]):
    """The section of one kind of channel."""


# By the names of their sections. What is not looked up need not even be imported.
ChannelKinds: TypeAlias = Mapping[str, ChannelKind]


@dataclass(frozen=True, slots=True)
class ConfiguredChannel:
    """A section for channels; there may be several of a `kind`, each with a name of its own."""

    name: str
    kind: str
    settings: ChannelSettings

    def route(self) -> Route:
        """Return what it gets; what Py Pinger says of itself comes by default if all else does."""
        wanted, given = self.settings, self.settings.about_itself
        tasks = tuple(map(mask, wanted.tasks))
        route = Route(self.name, tasks, wanted.servers, wanted.processes, wanted.causes)
        return replace(route, own=not route.selective if given is None else given)

    def routes(self) -> tuple[Route, ...]:
        """Return the same for each of its channels, by name."""
        return tuple(replace(self.route(), channel=name) for name in self.settings.names(self.name))


def keys_of(model: type[Section]) -> tuple[str, ...]:
    """Return a section's keys, its own before those that all channels have."""
    return tuple(sorted(model.model_fields, key=ChannelSettings.model_fields.__contains__))
