"""What a channel gets: the one rule by which notices find their way to channels.

Who was told of an incident is told of its reminders and its end, whatever has become of its cause meanwhile;
who was not hears of no end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.wildcard import any_matches


@dataclass(frozen=True, slots=True)
class Route:
    """What the channel of this name gets; nothing given means everything.

    A notice about a task has to fit one pattern of each that is given. `tasks` are held against the task's
    URL as shown and its name; a task that has never told its server or process fits no pattern for it. `own`
    is whether notices about Py Pinger itself come too.
    """

    channel: str
    tasks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    own: bool = True

    @property
    def selective(self) -> bool:
        """Whether there is anything about tasks that the channel does not get."""
        return bool(self.tasks or self.servers or self.processes or self.causes)


def gets(route: Route, notice: Notice, told: Collection[str] | None) -> bool:
    """Return whether a channel gets a notice; `told` are the channels that were told of its incident before.

    It is None where nobody knows: then it is better to tell of an end twice than never.
    """
    if notice.url is None:
        return route.own
    if told and follows(notice) and route.channel in told:
        return True
    if notice.kind is NoticeKind.RECOVERED and told is not None and route.selective:
        return False
    return _takes(route, notice)


def follows(notice: Notice) -> bool:
    """Return whether it matters for a notice who was told of its incident before."""
    return notice.kind in (NoticeKind.REMINDER, NoticeKind.RECOVERED)


def covers(route: Route, url: str, name: str | None) -> bool:
    """Return whether a task is one of those that a route names, whatever else it asks for."""
    return not route.tasks or any_matches(route.tasks, (url, name))


def concerns(route: Route, url: str, name: str | None, process: str | None, server: str | None) -> bool:
    """Return whether a channel is for what a task does, whatever may be the matter with it."""
    return (
        covers(route, url, name)
        and (not route.servers or any_matches(route.servers, (server,)))
        and (not route.processes or any_matches(route.processes, (process,)))
    )


def _takes(route: Route, notice: Notice) -> bool:
    meant = concerns(route, notice.url or "", notice.name, notice.process, notice.server)
    return meant and (not route.causes or notice.cause in route.causes)
