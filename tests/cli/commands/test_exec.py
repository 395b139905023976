"""`pinger exec` within Py Pinger: its help, and that it hands over to pinger-report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pinger_report.command.options import OPTIONS
from tests.support.forked_program import PROGRAM
from tests.support.pinger_command import pinger


@pytest.mark.parametrize("line", ["--help", "--name a --help", "-h"])
def test_help_is_from_here(line: str) -> None:
    """The help names each option of pinger-report."""
    result = pinger("exec", *line.split())
    assert result.exit_code == 0
    assert [each.name for each in OPTIONS if each.name not in result.stdout] == []


def test_help_of_the_command_inside() -> None:
    """Behind -- stands the command: its --help is not ours."""
    result = pinger("exec", "--", "run", "--help")
    assert result.exit_code == 2


def test_options_before_the_command(tmp_path: Path) -> None:
    """Options of Py Pinger before the command are a usage error, not part of the task."""
    command = [sys.executable, str(PROGRAM), "--config", "x.ini", "exec", "--name", "a", "--", "true"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unrecognized arguments: --config x.ini" in done.stderr


def test_a_command(tmp_path: Path) -> None:
    """The exit code is that of the command, and the page is written."""
    command = [sys.executable, str(PROGRAM), "exec", "--name", "a", "--write", str(tmp_path), "--"]
    done = subprocess.run([*command, "sh", "-c", "exit 9"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (9, "")
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["reason"] == "exit code 9"


def test_the_module_is_missing(tmp_path: Path) -> None:
    """Without pinger-report a sentence says what to do."""
    command = [sys.executable, "-S", "-m", "py_pinger", "exec", "--name", "a", "--", "true"]
    environ = {"PYTHONPATH": str(PROGRAM.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The module pinger_report is missing: install Py Pinger again.\n"
