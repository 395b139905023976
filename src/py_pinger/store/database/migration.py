"""Brings a database to the newest schema."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from py_pinger.store.database.errors import StoreError
from py_pinger.store.tables import schema

# All there are, oldest first. Named here too, so that an up-to-date database needs no Alembic to be known.
REVISIONS = ("0001", "0002", "0003", "0004")

# As Alembic makes it.
_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def migrate(connection: Connection, place: str, keep_copy: Callable[[str], None] = lambda _: None) -> None:
    """Apply what is missing, inside the caller's transaction, which has written to the database afterwards.

    `keep_copy` is handed the schema that the database had, if it was an older one, before anything changes.

    Raises StoreError when the database was made by a later Py Pinger, or by another program.
    """
    revision = _revision(connection)
    _refuse_later(revision, place)
    if revision is None:
        _create(connection)
    elif revision != REVISIONS[-1]:
        keep_copy(revision)
        _upgrade(connection)
    # SQLite tells only at a write that a file is read-only; better now than at the first check.
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def refuse_other_schema(connection: Connection, place: str) -> None:
    """Raise StoreError unless the database has the newest schema."""
    revision = _revision(connection)
    _refuse_later(revision, place)
    if revision is None:
        raise StoreError(f"the database {place} has no tables of Py Pinger's: start Py Pinger with it first")
    if revision != REVISIONS[-1]:
        raise StoreError(
            f"the database {place} has schema {revision}, and this Py Pinger reads {REVISIONS[-1]}: "
            "start it once, which brings the database up to date"
        )


def _refuse_later(revision: str | None, place: str) -> None:
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"the database {place} has schema {revision}, this Py Pinger knows none after "
            f"{REVISIONS[-1]}; upgrade Py Pinger or set [main] database to another"
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _create(connection: Connection) -> None:
    """Make all tables at once, as the migrations would one after the other; a first start is in a hurry."""
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": REVISIONS[-1]})


def _upgrade(connection: Connection) -> None:
    # Imported only when needed: it takes longer to load than all else that a start does with the store.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "py_pinger.store:migrations")
    command.upgrade(config, "head")
