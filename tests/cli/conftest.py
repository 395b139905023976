"""How the commands are run in these tests: in an empty folder, away from the program's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from py_pinger.cli import ini


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder, with another one that stands for the program's own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(ini, "__file__", str(tmp_path / "program" / "src" / "py_pinger" / "cli" / "ini.py"))
    (tmp_path / "program").mkdir()
    return here
