"""Servers and certificates for the tests of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.certificates import Authority
from tests.support.tcp_server import Farm


@pytest.fixture
async def farm() -> AsyncIterator[Farm]:
    """Servers for one test."""
    farm = Farm()
    yield farm
    await farm.stop()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Name the authority to the clients that are made from now on, by SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return authority
