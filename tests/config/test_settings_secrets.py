"""What is secret in settings, for masking it."""

from __future__ import annotations

import pytest

from py_pinger.config import MainSettings, Settings


@pytest.mark.parametrize(
    ("database", "secrets"),
    [
        ("sqlite:///pinger.db", set()),
        ("postgresql+psycopg://pinger@db/x", set()),
        ("postgresql+psycopg://pinger:s3cret@db/x", {"s3cret"}),
        ("postgresql://db/x?user=pinger&password=s3cret", {"s3cret"}),
    ],
)
def test_the_database(database: str, secrets: set[str]) -> None:
    """The password of a database is secret, the name of its user is not: it may be a word of log lines."""
    assert Settings(main=MainSettings(database=database)).secrets() == secrets
