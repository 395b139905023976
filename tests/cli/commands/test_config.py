"""`pinger config`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.support.pinger_command import pinger, write

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


def test_against(folder: Path) -> None:
    """What differs from another file is told line by line, and by the exit code, as diff does."""
    write(folder / "pinger.ini", "interval=30", "[sentry]", "url=https://s3cret@sentry.example.com/1")
    write(folder / "old.ini", "", "[sentry]", "url=https://0ther@sentry.example.com/1")
    result = pinger("config", "--against", "old.ini")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == "[main] interval: 60 s → 30 s\n[sentry] url: changed\n"


def test_against_itself(folder: Path) -> None:
    """Where nothing differs, that is said."""
    write(folder / "pinger.ini", "interval=30")
    result = pinger("config", "--against", "pinger.ini")
    assert (result.exit_code, result.stdout) == (0, "No differences.\n")


def test_against_as_json(folder: Path) -> None:
    """Programs get an object for each difference; null is what is not there."""
    write(folder / "pinger.ini", "interval=30", "[sentry]", "url=https://s3cret@sentry.example.com/1")
    write(folder / "old.ini")
    result = pinger("config", "--against", "old.ini", "--json")
    assert result.exit_code == 1
    assert orjson.loads(result.stdout) == [
        {"section": "main", "key": "interval", "before": "60 s", "after": "30 s"},
        {"section": "sentry", "key": None, "before": None, "after": ""},
    ]


def test_against_a_bad_file(folder: Path) -> None:
    """All that is wrong with either file is told at once, with the file that it is wrong with."""
    write(folder / "new.ini", "interval=soon")
    write(folder / "old.ini", "port=none", "[slak]")
    result = pinger("config", "--config", "new.ini", "--against", "old.ini")
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(":")[0:2] for line in result.stderr.splitlines()] == [
        ["old.ini", " [slak]"],
        ["old.ini", " [main] port"],
        ["new.ini", " [main] interval"],
    ]


def test_json_of_one_file(folder: Path) -> None:
    """As JSON there are differences alone: the settings themselves are an ini."""
    write(folder / "pinger.ini")
    result = pinger("config", "--json")
    assert result.exit_code == 2
    assert "--json requires --against." in result.stderr


def test_a_template(folder: Path) -> None:
    """The template is printed wherever Py Pinger is installed, and can be used as it is."""
    result = pinger("config", "--template")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (Path(__file__).parents[3] / "pinger.ini.template").read_text("utf-8")
    (folder / "pinger.ini").write_text(result.stdout, "utf-8")
    assert pinger("config").exit_code == 0
