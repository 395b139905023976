"""The manual page: what the commands say, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger

from py_pinger.cli.main import COMMANDS

PAGE = Path(__file__).parents[3] / "deploy" / "man" / "pinger.1"


def test_the_page_is_what_the_commands_say() -> None:
    """The page that is installed is the one that the commands make: `pinger manual >deploy/man/pinger.1`."""
    assert PAGE.read_text("utf-8") == pinger("manual").stdout


def test_every_command_has_a_section() -> None:
    """No command and no option is left out."""
    page = PAGE.read_text("utf-8").replace("\\-", "-")
    for name in COMMANDS:
        usage = pinger(name, "--help").stdout
        options = {word.rstrip(",") for word in usage.split() if word.startswith("--")} - {"--help"}
        section = page.partition(f"\n.SS {name} ")[2].partition("\n.SS ")[0]
        assert {option for option in options if option not in section} == set()


@pytest.mark.skipif(not shutil.which("man") and not os.environ.get("CI"), reason="there is no man here")
def test_the_page_renders_without_a_warning() -> None:
    """`man` shows the page, and finds nothing wrong with it."""
    done = subprocess.run(
        ["man", "--warnings", "--encoding=utf-8", "--local-file", str(PAGE)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "pinger status --failing" in done.stdout
