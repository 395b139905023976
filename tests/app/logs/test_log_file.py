"""The log file takes any text."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from py_pinger.app.logs.log_file import LogFile


def test_half_a_character(tmp_path: Path) -> None:
    """Half a character of a page becomes a question mark; the line is not lost."""
    with closing(LogFile(tmp_path / "pinger.log")) as file:
        file.handle(logging.makeLogRecord({"msg": "Zo\u00eb \ud800"}))
    assert (tmp_path / "pinger.log").read_text("utf-8") == "Zo\u00eb ?\n"
