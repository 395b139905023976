"""The places that reports go to, for the tests of the client."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client.tests.support.receiver import Receiver

from pinger_report import destination

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_VARIABLES = (
    *("PINGER_REPORTS", "PINGER_PUSH", "PINGER_RUN", "TMPDIR"),
    *_PROXIES,
    *(name.upper() for name in _PROXIES),
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables that say where reports go, and forget that their lack was warned about."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    destination._warn_once.cache_clear()  # noqa: SLF001 - it warns once a process, and here are many tests


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that PINGER_REPORTS names."""
    folder = tmp_path / "pages"
    monkeypatch.setenv("PINGER_REPORTS", str(folder))
    return folder


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Serve pushes on loopback."""
    with Receiver() as server:
        yield server


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns the warnings of the client."""
    return lambda: [each.getMessage() for each in caplog.records if each.name == "pinger_report"]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return a function that mounts a file system in memory with these options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root can mount file systems, outside of a container")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)
