"""The certificates of servers and the notices about them: one row per origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace

from sqlalchemy import Connection, select

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.probing.certificate import Certificate
from py_pinger.core.text.urls import origin
from py_pinger.store.database.base import Insert
from py_pinger.store.tables import schema

_certificate = schema.certificate
_COLUMNS = [_certificate.c[each.name] for each in fields(Certificate)]


def record(connection: Connection, insert: Insert, certificate: Certificate) -> None:
    """Write the certificate of an origin."""
    statement = insert(_certificate).values(asdict(certificate))
    newer = {column.name: statement.excluded[column.name] for column in _COLUMNS}
    connection.execute(statement.on_conflict_do_update(index_elements=["origin"], set_=newer))


def known(connection: Connection) -> tuple[Certificate, ...]:
    """Return the known certificate of each origin."""
    return tuple(Certificate(*row) for row in connection.execute(select(*_COLUMNS)))


def with_certificates(connection: Connection, snapshots: Iterable[TaskSnapshot]) -> Iterator[TaskSnapshot]:
    """Yield the snapshots with the ends of their servers' certificates."""
    ends = {each.origin: each.ends for each in known(connection)}
    for snapshot in snapshots:
        secure = ends and snapshot.url.startswith("https://")
        yield replace(snapshot, certificate_end=ends.get(origin(snapshot.url))) if secure else snapshot
