"""Which channels get a notice: by their routes, and by earlier notices of the incident."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from py_pinger.core.model.notification import FAILURE_KINDS, Notice
from py_pinger.core.notification.route import Route, follows, gets
from py_pinger.store.tables import schema

_incident, _notice, _delivery = schema.incident, schema.notice, schema.delivery

# The URL of a task, and when its incident opened.
_Incident = tuple[str | None, datetime | None]

_NOTIFIED = (
    select(_incident.c.task_id, _incident.c.opened, _delivery.c.channel)
    .select_from(_incident.join(_notice).outerjoin(_delivery))
    .where(_notice.c.kind.in_([kind.value for kind in FAILURE_KINDS]))
)


def deliveries_for(
    connection: Connection, ids: Mapping[str, int], notices: Sequence[Notice], routes: Sequence[Route]
) -> Iterator[tuple[Notice, str]]:
    """Yield each notice with each channel that gets it; the notices are in order of time."""
    followed = [notice for notice in notices if follows(notice)]
    selective = any(route.selective for route in routes)
    notified = _notified_before(connection, ids, followed) if followed and selective else {}
    for notice in notices:
        incident = notice.url, notice.opened
        channels = [route.channel for route in routes if gets(route, notice, notified.get(incident))]
        notified.setdefault(incident, set()).update(channels)
        yield from ((notice, channel) for channel in channels)


def _notified_before(
    connection: Connection, ids: Mapping[str, int], notices: Collection[Notice]
) -> dict[_Incident, set[str]]:
    """Return which channels were notified of these notices' incidents, if these are stored."""
    urls = {ids[notice.url]: notice.url for notice in notices if notice.url}
    opened = {notice.opened for notice in notices}
    about = _incident.c.task_id.in_(urls), _incident.c.opened.in_(opened)
    notified: dict[_Incident, set[str]] = {}
    for task_id, began, channel in connection.execute(_NOTIFIED.where(*about)):
        notified.setdefault((urls[task_id], began), set()).update([channel] if channel else [])
    return notified
