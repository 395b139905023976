"""The log: its lines, its levels, and that no secret is in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from py_pinger.app.logs.log_setup import LogError, log_warnings, open_log

SECRETS = ("hunter2", "hunter2-longer", "abc")


pytestmark = pytest.mark.usefixtures("logbooks")


def opened(folder: Path, *, debug: bool = False) -> tuple[logging.Logger, Path]:
    """Open a log in the folder; return a logger of Py Pinger's, and the file."""
    file = folder / "pinger.log"
    open_log(file, SECRETS, debug=debug)
    return logging.getLogger("py_pinger.test"), file


def written(file: Path) -> str:
    """Return what is in the file once all lines are written."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    return file.read_text("utf-8") if file.exists() else ""


def test_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line has its time in UTC, its level and where it is from, and is on standard error too."""
    log, file = opened(tmp_path)
    record = log.makeRecord(log.name, logging.INFO, "", 0, "hello %s", ("Zoë",), None)
    record.created = 1_700_000_000.0
    log.handle(record)
    line = "2023-11-14T22:13:20Z INFO py_pinger.test: hello Zoë\n"
    assert (written(file), capsys.readouterr()) == (line, ("", line))


def test_secrets_are_masked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret is masked in messages, arguments and tracebacks, in the file and on standard error."""
    log, file = opened(tmp_path)
    log.info("the password is hunter2")
    log.info("the token is %s", "hunter2-longer")
    try:
        int("hunter2")
    except ValueError:
        log.exception("failed for %r", {"key": "hunter2"})
    in_file, shown = written(file), capsys.readouterr().err
    assert in_file == shown
    assert "hunter2" not in in_file
    assert "the password is ***\n" in in_file
    assert "the token is ***\n" in in_file
    assert "failed for {'key': '***'}\n" in in_file
    assert in_file.endswith("ValueError: invalid literal for int() with base 10: '***'\n")


def test_short_secrets_stay(tmp_path: Path) -> None:
    """A secret that is too short is not masked, since it would be part of other words."""
    log, file = opened(tmp_path)
    log.info("the abc of it")
    assert written(file).endswith("the abc of it\n")


@pytest.mark.parametrize(
    ("debug", "shown"),
    [(False, ["own INFO", "library WARNING"]), (True, ["own DEBUG", "own INFO", "library WARNING"])],
)
def test_levels(debug: bool, shown: list[str], tmp_path: Path) -> None:  # noqa: FBT001 - the one column
    """Py Pinger logs INFO and above, in debug mode DEBUG too; libraries WARNING and above."""
    log, file = opened(tmp_path, debug=debug)
    for whose, logger in (("own", log), ("library", logging.getLogger("library"))):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING)[: 3 if whose == "library" else 2]:
            logger.log(level, "%s %s", whose, logging.getLevelName(level))
    lines = written(file).splitlines()
    assert [line.partition(": ")[2] for line in lines] == shown


def test_opened_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However often it is opened, each line is written once."""
    opened(tmp_path)
    log, file = opened(tmp_path)
    log.info("once")
    assert len(written(file).splitlines()) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file is replaced by a new one, and only so many old ones are kept."""
    monkeypatch.setattr("py_pinger.app.logs.log_file.FILE_SIZE", 100)
    monkeypatch.setattr("py_pinger.app.logs.log_file.FILES_KEPT", 2)
    log, _ = opened(tmp_path)
    for number in range(10):
        log.info("line %s %s", number, "." * 40)
    written(tmp_path / "pinger.log")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pinger.log",
        "pinger.log.1",
        "pinger.log.2",
    ]


def test_without_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file the lines are on standard error alone."""
    with open_log(None, (), debug=False):
        logging.getLogger("py_pinger.test").info("hello")
    assert capsys.readouterr().err.endswith("INFO py_pinger.test: hello\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"), [("nowhere/pinger.log", "No such file or directory"), (".", "Is a directory")]
)
def test_unwritable(
    name: str, why: str, tmp_path: Path, logbooks: Callable[[], list[logging.Handler]]
) -> None:
    """A file that cannot be written is an error of one sentence, and no handler stays open."""
    file = tmp_path / name
    with pytest.raises(LogError) as raised:
        open_log(file, (), debug=False)
    assert (
        str(raised.value) == f"cannot write the log file {file}: {why}; change [main] log or its permissions"
    )
    assert logbooks() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that the file did not take is on standard error once, masked, and the health has a warning."""
    with open_log(Path("/dev/full"), SECRETS, debug=False) as log_setup:
        logging.getLogger("py_pinger.test").info("the password is %s", "hunter2")
    (warning,) = log_setup.warnings()
    assert warning.text.startswith("the log file takes no log lines since ")
    assert warning.text.endswith(": No space left on device; 1 log line dropped")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("the password is ***")


def test_log_warnings(tmp_path: Path) -> None:
    """Each warning about the configuration is a line, its percent signs untouched."""
    _, file = opened(tmp_path)
    log_warnings(["100 %s sure", "really"])
    lines = written(file).splitlines()
    assert [line.partition("Z ")[2] for line in lines] == [
        "WARNING py_pinger.app.logs.log_setup: 100 %s sure",
        "WARNING py_pinger.app.logs.log_setup: really",
    ]


def test_changes_while_it_is_open(tmp_path: Path) -> None:
    """A secret that comes later is masked from then on, with the earlier ones; debug lines come and go."""
    file = tmp_path / "pinger.log"
    log_setup = open_log(file, ["first-secret"], debug=False)
    log = logging.getLogger("py_pinger.test")
    log.debug("not yet")
    log_setup.add_secrets(["second-secret", "abc"])
    log_setup.set_debug(debug=True)
    log.debug("first-secret, second-secret, abc")
    log_setup.set_debug(debug=False)
    log.debug("no longer")
    (line,) = written(file).splitlines()
    assert line.endswith("DEBUG py_pinger.test: ***, ***, abc")
