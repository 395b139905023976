"""Where a demo runs, and how commands find it."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from py_pinger.app.demo.demo_folder import demo_folder, demo_ports


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for temporary files of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_running_demos_are_found(temporary: Path) -> None:
    """The ports of running demos are known, the newest first, until the demos stop."""
    with ExitStack() as running:
        first, second = (running.enter_context(demo_folder(port)) for port in (3002, 3010))
        os.utime(first, (2, 2))
        os.utime(second, (1, 1))
        assert demo_ports() == (3002, 3010)
        assert first.stat().st_mode & 0o077 == 0
    assert demo_ports() == ()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", ["py-pinger-demo-abc", "py-pinger-demo-123456-x", "py-pinger-demo-1-a.b"])
def test_other_folders_are_not_demos(temporary: Path, name: str) -> None:
    """A folder with another name does not count."""
    (temporary / name).mkdir()
    assert demo_ports() == ()


def test_folders_of_other_users_are_not_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user cannot have a command connect to a server of theirs."""
    with demo_folder(3002):
        monkeypatch.setattr(os, "getuid", lambda: 123_456)
        assert demo_ports() == ()
