"""The causes of errors of the database, as text for people."""

from __future__ import annotations

import sqlite3
from errno import ENOSPC

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from py_pinger.store.database.errors import DISK_FULL, describe


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(0, "Success"), "unknown error (OSError)"),
        (sqlite3.OperationalError("no such table: task"), "no such table: task"),
        (OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")), DISK_FULL),
        (
            OperationalError("INSERT", {}, sqlite3.OperationalError("not null\nDETAIL: the whole row")),
            "not null",
        ),
        (
            OperationalError("", {}, sqlite3.OperationalError("no host 'db': [Errno -2] Name not known")),
            "no host 'db': Name not known",
        ),
        (
            OperationalError("INSERT", {}, sqlite3.OperationalError()),
            "unknown error (OperationalError)",
        ),
    ],
)
def test_cause(error: Exception, cause: str) -> None:
    """The cause is one line of the driver's text, or a remedy; it is never empty."""
    assert describe(error, make_url("sqlite:///pinger.db")) == cause
