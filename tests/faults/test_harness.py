"""The search for planted secrets that ends each run of the real program."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.planted_secrets import SECRETS
from tests.support.program import Pinger


@pytest.mark.parametrize("name", ["pinger.log", "pinger.log.1", "pinger.db", "pinger.db-wal", "output-0.txt"])
@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_left_behind_is_found(tmp_path: Path, name: str, what: str) -> None:
    """A secret in any file that Py Pinger writes fails the test that ran it."""
    (tmp_path / name).write_bytes(b"\0before " + SECRETS[what].encode() + b" after\0")
    with pytest.raises(AssertionError):
        Pinger(tmp_path).hold_secrets()
