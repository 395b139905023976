"""Upgrades a database to the newest schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, inspect, text

from py_pinger.store.database.errors import StoreError
from py_pinger.store.tables import schema

# All revisions, oldest first. Named here as well, so that a current database needs no Alembic.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
)

# The oldest schema whose nodes may run next to those of the newest one: what came later only adds to it, and
# a node of an earlier release that is started meanwhile leaves alone what it does not know. A release whose
# migrations remove or rename something, or that needs what the earlier ones do not write, raises this.
OLDEST_READER: Final = "0015"

# As Alembic makes it.
_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def migrate(
    connection: Connection,
    name: str,
    keep_copy: Callable[[str], None] = lambda _: None,
    *,
    is_node: bool = False,
) -> None:
    """Apply the missing migrations in the caller's transaction, which then has written.

    `keep_copy` is called with the revision of an older database before anything changes. A node may use a
    database that a node of a later release has upgraded, if that allows it.

    Raises StoreError when the database was made by a later Py Pinger, or by another program.
    """
    revision = _revision(connection)
    if is_node and revision not in (None, *REVISIONS) and _oldest_reader(connection) in REVISIONS:
        return
    _reject_later(revision, name)
    if revision is None:
        _create(connection)
    elif revision != REVISIONS[-1]:
        keep_copy(revision)
        _upgrade(connection)
        connection.execute(text("UPDATE cluster SET oldest_reader = :oldest"), {"oldest": OLDEST_READER})
    # SQLite reports only at a write that a file is read-only; better now than at the first check.
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def reject_other_schema(connection: Connection, name: str) -> None:
    """Raise StoreError unless the database has the newest schema."""
    revision = _revision(connection)
    _reject_later(revision, name)
    if revision is None:
        raise StoreError(f"the database {name} has no tables of Py Pinger; start Py Pinger with it first")
    if revision != REVISIONS[-1]:
        raise StoreError(
            f"the database {name} has schema {revision}, and this Py Pinger reads {REVISIONS[-1]}; "
            "start Py Pinger once, which upgrades the database"
        )


def _reject_later(revision: str | None, name: str) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"the database {name} has schema {revision}, and this Py Pinger knows schemas up to "
            f"{REVISIONS[-1]}; upgrade Py Pinger or set [main] database to another"
        )


def _oldest_reader(connection: Connection) -> str | None:
    found: str | None = connection.scalar(text("SELECT oldest_reader FROM cluster"))
    return found


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _create(connection: Connection) -> None:
    """Create all tables at once, which is faster than one migration after the other."""
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": REVISIONS[-1]})


def _upgrade(connection: Connection) -> None:
    # Imported only when needed: it takes longer to load than everything else the store does at a start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "py_pinger.store:migrations")
    command.upgrade(config, "head")
