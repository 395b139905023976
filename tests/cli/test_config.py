"""`pinger config`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.pinger import pinger, write

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


def test_config(folder: Path) -> None:
    """The settings in force are shown as an ini, defaults and all, with secrets masked."""
    write(folder / "pinger.ini", "port=4000", "[sentry]", "url=https://s3cret@sentry.example.com/1")
    result = pinger("config")
    assert result.exit_code == 0
    assert {"[main]", "port=4000", "interval=60"} <= set(result.stdout.splitlines())
    assert "s3cret" not in result.output


def test_config_warns(folder: Path) -> None:
    """What the settings give cause to say is beside them, on standard error."""
    write(folder / "pinger.ini", "only_log=true")
    result = pinger("config")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: ")
    assert "Warning" not in result.stdout
