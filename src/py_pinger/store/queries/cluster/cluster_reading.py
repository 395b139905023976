"""What a node reads of the whole cluster: open problems of nodes, and deliveries that wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text

from py_pinger.core.cluster.assignments import channel_assignment
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import read_notice

# Notices that are read to find the problems that are open. The oldest problem ends after a day.
_MOST_NOTICES: Final = 500

_OWN_KINDS: Final = (NoticeKind.SELF_PROBLEM.value, NoticeKind.SELF_RECOVERED.value)
_notice = schema.notice.c

_OWN = (
    select(_notice.content)
    .where(_notice.task_id.is_(None), _notice.kind.in_(_OWN_KINDS))
    .order_by(_notice.at.desc(), _notice.id.desc())
    .limit(_MOST_NOTICES)
)
# By the names of the channels: to search all deliveries for those that wait would read the whole index.
_WAITING = text(
    "SELECT channel, waiting.number, waiting.last FROM "
    "(SELECT substr(name, length(:prefix) + 1) AS channel FROM assignment WHERE starts_with(name, :prefix)) "
    "AS owned CROSS JOIN LATERAL (SELECT count(*) AS number, max(id) AS last FROM delivery "
    "WHERE delivery.channel = owned.channel AND state = :state) AS waiting WHERE waiting.number > 0"
)


def open_topics(connection: Connection) -> dict[str, datetime]:
    """Return the topics of the problems of Py Pinger itself that are open, and since when each is."""
    found: dict[str, datetime | None] = {}
    for content in connection.scalars(_OWN):
        notice = read_notice(content)
        is_open = notice.kind is NoticeKind.SELF_PROBLEM
        found.setdefault(notice.topic or "", notice.opened if is_open else None)
    return {topic: since for topic, since in found.items() if since}


def waiting_by_channel(connection: Connection) -> Mapping[str, tuple[int, int]]:
    """Return how many deliveries wait for each channel, and the last of them: what is new changes one."""
    values = {"prefix": channel_assignment(""), "state": DeliveryState.WAITING.value}
    return {channel: (number, last) for channel, number, last in connection.execute(_WAITING, values)}
