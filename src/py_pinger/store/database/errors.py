"""The errors of the store, each one sentence for people."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sqlalchemy.engine import URL

from py_pinger.core.text.system_error import system_cause

READ_ONLY = "it is read-only; give Py Pinger's user the right to write to it"
NOT_SQLITE = "it is not an SQLite database; move it away or set [main] database to another"
DISK_FULL = "the disk is full; make room"
NO_RESOURCES = "too many files are open, or the disk is full; raise the limit of open files or make room"

# Messages of drivers, and what an operator should do about them.
_REMEDIES = {
    "attempt to write a readonly database": READ_ONLY,
    "disk I/O error": "disk I/O error; check whether the disk is full, failing or read-only",
    "database is locked": "another program keeps it locked; stop that program",
    "database or disk is full": DISK_FULL,
}
_UNOPENED = "unable to open database file"

# Python's prefix of a system error, which psycopg quotes: "[Errno -2] Name or service not known".
_ERROR_NUMBER = re.compile(r"\[Errno -?\d+\] ")


class StoreError(Exception):
    """The store failed; the message is one sentence, free of passwords and of data."""


class UnstorableError(StoreError):
    """The database rejected a row, and will reject the same row again."""


class ConstraintError(UnstorableError):
    """A row violates a constraint, maybe only as long as another row is missing or in its way."""


class FencedError(StoreError):
    """This run of a node is over: another node, or its next run, has declared that."""


class CommitsLostError(StoreError):
    """The database has lost what it had confirmed, from the transaction `from_number` of this node on.

    Such as after a failover to a standby that lagged behind. It is raised once, and the next transaction
    gets that number again.
    """

    def __init__(self, message: str, from_number: int) -> None:
        super().__init__(message)
        self.from_number = from_number


class DamagedError(StoreError):
    """The database itself is damaged; the next transaction repairs it first, so a retry helps."""


def display_name(url: URL) -> str:
    """Return the database's name for people: a file's path, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return url.render_as_string(hide_password=True)


def describe(error: Exception, url: URL) -> str:
    """Return the cause of an error, with a remedy if there is one, without SQL or parameters."""
    # Only the driver's first line: PostgreSQL quotes whole rows in those that follow.
    cause = getattr(error, "orig", None) or error
    text = system_cause(cause) if isinstance(cause, OSError) else str(cause).partition("\n")[0]
    message = _ERROR_NUMBER.sub("", text) or f"unknown error ({type(cause).__name__})"
    if message == _UNOPENED:
        path = Path(url.database or "")
        usable = path.is_file() and os.access(path, os.W_OK)
        return NO_RESOURCES if usable else describe_unwritable(path)
    return _REMEDIES.get(message, message)


def describe_unwritable(path: Path) -> str:
    """Return why a database file can be neither created nor written, with a remedy."""
    if path.is_dir():
        return "it is a folder; set [main] database to a file"
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist; create it or change [main] database"
    return "Py Pinger's user may not write there; give it the right or change [main] database"


def describe_in_use(name: str, process: str | None = None) -> str:
    """Return that another process, which may be known, holds a database, with a remedy."""
    held = f"the database {name} ({process})" if process else f"the database {name}"
    return f"another Py Pinger already uses {held}: stop it, or set [main] database to another"


def describe_nodes(name: str, nodes: str) -> str:
    """Return that nodes use a database, and this process is not one, with a remedy."""
    return (
        f"nodes of a cluster use the database {name} ({nodes}): set [main] node to be one of them, "
        "stop them, or set [main] database to another"
    )


def describe_single(name: str, process: str) -> str:
    """Return that a process that is not a node uses the database of a cluster, with a remedy."""
    return (
        f"another Py Pinger uses the database {name} alone ({process}): stop it, or set [main] node there too"
    )
