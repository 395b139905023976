"""What goes wrong with the store, as one sentence for people."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

# What drivers say, and what it means to whoever has to mend it.
_REMEDIES = {
    "attempt to write a readonly database": "it is read-only; give Py Pinger's user the right to write to it",
    "database is locked": "another program keeps it locked; stop that program",
    "file is not a database": "it is not an SQLite database; move it away or set [main] database to another",
}
_UNOPENED = "unable to open database file"


class StoreError(Exception):
    """The store could not do as asked; the message is one sentence, free of passwords and of data."""


def place_of(url: URL) -> str:
    """Return what people call the database: an SQLite file's path, else the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return url.render_as_string(hide_password=True)


def reason_for(error: Exception, url: URL) -> str:
    """Return why the database refused, with a remedy where there is one, never with SQL or its parameters."""
    # Only the driver's first line: PostgreSQL quotes whole rows in those that follow.
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    if said == _UNOPENED:
        return _unopened(Path(url.database or ""))
    return _REMEDIES.get(said, said)


def _unopened(path: Path) -> str:
    if path.is_dir():
        return "it is a folder; set [main] database to a file"
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist; create it or change [main] database"
    return "Py Pinger's user may not write there; give it the right or change [main] database"
