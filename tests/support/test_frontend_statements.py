"""The statements that are read from the bytes of a client of PostgreSQL."""

from __future__ import annotations

from struct import pack

import pytest
from tests.support.frontend_statements import FrontendStatements

SSL_REQUEST = pack("!II", 8, 80877103)
STARTUP = pack("!II", 8 + len(b"user\0me\0\0"), 196608) + b"user\0me\0\0"


def message(kind: bytes, content: bytes = b"") -> bytes:
    """Return a message of a connection that has started."""
    return kind + pack("!I", 4 + len(content)) + content


def executed(statement: str) -> bytes:
    """Return the messages of a statement with values."""
    parse = message(b"P", b"\0" + statement.encode() + b"\0\0\0")
    return parse + message(b"B", b"values") + message(b"D") + message(b"E", b"\0\0\0\0\0") + message(b"S")


WHOLE = SSL_REQUEST + STARTUP + message(b"Q", b"BEGIN\0") + executed("SELECT 1") + executed("SELECT 'ü'")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_statements(size: int) -> None:
    """Statements count once their execution is requested, however the bytes are cut."""
    connection = FrontendStatements()
    pieces = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
    assert [found for piece in pieces for found in connection.read(piece)] == [
        "BEGIN",
        "SELECT 1",
        "SELECT 'ü'",
    ]


def test_a_statement_that_is_not_complete() -> None:
    """What is parsed, but not executed, does not count."""
    connection = FrontendStatements()
    assert connection.read(SSL_REQUEST + STARTUP + message(b"P", b"\0SELECT 1\0\0\0")) == []
    assert connection.read(message(b"E", b"\0\0\0\0\0")) == ["SELECT 1"]
