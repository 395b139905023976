"""What a node reads of the whole cluster: open problems of nodes, and deliveries that wait."""

from __future__ import annotations

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
    "SELECT channel FROM "
    "(SELECT substr(name, length(:prefix) + 1) AS channel FROM assignment WHERE starts_with(name, :prefix)) "
    "AS owned WHERE EXISTS (SELECT FROM delivery WHERE delivery.channel = owned.channel AND state = :state)"
)


def open_topics(connection: Connection) -> dict[str, datetime]:
    """Return the topics of the problems of Py Pinger itself that are open, and since when each is."""
    found: dict[str, datetime | None] = {}
    for content in connection.scalars(_OWN):
        notice = read_notice(content)
        is_open = notice.kind is NoticeKind.SELF_PROBLEM
        found.setdefault(notice.topic or "", notice.opened if is_open else None)
    return {topic: since for topic, since in found.items() if since}


def waiting_channels(connection: Connection) -> frozenset[str]:
    """Return the channels for which deliveries wait."""
    values = {"prefix": channel_assignment(""), "state": DeliveryState.WAITING.value}
    return frozenset(connection.scalars(_WAITING, values))
