"""Tasks in lines, as spreadsheets and terminals take them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.cli.tasks.table import plain
from py_pinger.cli.tasks.task_csv import as_csv
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.view.task_row import row

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["\x1b]0;title\x07=1", "\x9b31m=1", "=1\x1b[2J", "a\u202e=1", "a\r\nb,c"])
def test_nothing_acts_upon_what_a_server_says(text: str) -> None:
    """Lines hold no sequence for a terminal and no line end of another's, and no cell begins a formula."""
    verdict = Verdict(Status.ERROR, Cause.FAILED, text, process=text, server=text)
    shown = row(TaskSnapshot("http://a/", None, TaskState(verdict, checked_at=NOW)), NOW)
    lines = [*plain([shown], NOW), *as_csv([shown]).splitlines()]
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert ",=" not in lines[3]
