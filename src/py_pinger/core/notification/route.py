"""Which channels get a notice.

A channel that was notified of an incident gets its reminders and its end too, whatever its cause is by then;
one that was not gets no end. One that is to be notified after an incident has lasted for some time gets the
first notice from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from py_pinger.core.model.check import Cause, Verdict
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.hours import Hours
from py_pinger.core.text.wildcard import any_matches
from py_pinger.core.times import ZERO


@dataclass(frozen=True, slots=True)
class Route:
    """Which notices the channel of this name gets; an empty filter matches everything.

    A notice about a task has to match one pattern of each filter. `tasks` are matched with the task's URL as
    shown and with its name; a task that has never reported its server or process matches no pattern for it.
    `after` is how long an incident has to last before the channel is notified of it. `hours` are when
    messages are sent, None at any time. `own` is whether the channel gets notices about Py Pinger itself.
    """

    channel: str
    tasks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    own: bool = True
    after: timedelta = ZERO
    hours: Hours | None = None

    @property
    def selective(self) -> bool:
        """Whether the channel does not get all notices about tasks."""
        return bool(self.tasks or self.servers or self.processes or self.causes or self.after)


def gets(route: Route, notice: Notice, notified: Collection[str] | None) -> bool:
    """Return True if a channel gets a notice.

    `notified` are the channels that know of its incident.

    It is None if that is not known: then an end is better sent twice than never.
    """
    if notice.url is None:
        return route.own
    if notice.kind is NoticeKind.UNLISTED:
        # The last that a channel can hear of the task, whatever causes it is for.
        return _concerned(route, notice)
    is_notified = notified is not None and route.channel in notified
    if notice.kind is NoticeKind.ESCALATED:
        return bool(route.after) and not is_notified and _matches(route, notice)
    if is_notified and follows(notice):
        return True
    if notice.kind is NoticeKind.RECOVERED and notified is not None and route.selective:
        return False
    return _matches(route, notice)


def follows(notice: Notice) -> bool:
    """Return True if the channels that get a notice depend on those that were notified of its incident."""
    return notice.kind in (NoticeKind.REMINDER, NoticeKind.ESCALATED, NoticeKind.RECOVERED)


def escalation_levels(
    routes: Iterable[Route], url: str, name: str | None, verdict: Verdict
) -> tuple[timedelta, ...]:
    """Return after which times of an incident further channels are notified of a failing task."""
    concerned = (route for route in routes if concerns(route, url, name, verdict.process, verdict.server))
    wanted = (route for route in concerned if not route.causes or verdict.cause in route.causes)
    return tuple(sorted({route.after for route in wanted if route.after}))


def covers(route: Route, url: str, name: str | None) -> bool:
    """Return True if a route's task filter matches a task, whatever its other filters."""
    return not route.tasks or any_matches(route.tasks, (url, name))


def concerns(route: Route, url: str, name: str | None, process: str | None, server: str | None) -> bool:
    """Return True if a channel gets notices about a task, whatever their cause."""
    return (
        covers(route, url, name)
        and (not route.servers or any_matches(route.servers, (server,)))
        and (not route.processes or any_matches(route.processes, (process,)))
    )


def _matches(route: Route, notice: Notice) -> bool:
    # A clock that was set back makes an incident begin after its notice.
    lasted = max(notice.at - (notice.opened or notice.at), ZERO)
    is_wanted = not route.causes or notice.cause in route.causes
    return lasted >= route.after and is_wanted and _concerned(route, notice)


def _concerned(route: Route, notice: Notice) -> bool:
    return concerns(route, notice.url or "", notice.name, notice.process, notice.server)
