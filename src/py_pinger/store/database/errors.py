"""What goes wrong with the store, as one sentence for people."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

READ_ONLY = "it is read-only; give Py Pinger's user the right to write to it"
NO_DATABASE = "it is not an SQLite database; move it away or set [main] database to another"

# What drivers say, and what it means to whoever has to mend it.
_REMEDIES = {
    "attempt to write a readonly database": READ_ONLY,
    "disk I/O error": "the disk does not do as asked; see whether it is full, failing or read-only",
    "database is locked": "another program keeps it locked; stop that program",
    "database or disk is full": "the disk is full; make room",
}
_UNOPENED = "unable to open database file"


class StoreError(Exception):
    """The store could not do as asked; the message is one sentence, free of passwords and of data."""


class UnstorableError(StoreError):
    """A value was refused that no database takes, so the same will never be taken."""


class DamagedError(StoreError):
    """The database itself came to harm; the next transaction puts it right first, so trying again helps."""


def place_of(url: URL) -> str:
    """Return what people call the database: an SQLite file's path, else the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return url.render_as_string(hide_password=True)


def reason_for(error: Exception, url: URL) -> str:
    """Return why the database refused, with a remedy where there is one, never with SQL or its parameters."""
    # Only the driver's first line: PostgreSQL quotes whole rows in those that follow.
    cause = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
    said = str(cause).partition("\n")[0]
    if said == _UNOPENED:
        return unwritable(Path(url.database or ""))
    return _REMEDIES.get(said, said)


def unwritable(path: Path) -> str:
    """Return why a database file can be neither made nor written, with a remedy."""
    if path.is_dir():
        return "it is a folder; set [main] database to a file"
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist; create it or change [main] database"
    return "Py Pinger's user may not write there; give it the right or change [main] database"


def watched_by_another(place: str) -> str:
    """Return why a database that another process holds is not ours, with a remedy."""
    return (
        f"another Py Pinger already watches with the database {place}: "
        "stop it, or set [main] database to another"
    )
