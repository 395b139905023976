"""Where our own words go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from py_pinger.app.log import LogError, note, open_log

SECRETS = ("hunter2", "hunter2-longer", "abc")


pytestmark = pytest.mark.usefixtures("logbooks")


def opened(folder: Path, *, debug: bool = False) -> tuple[logging.Logger, Path]:
    """Open a logbook in the folder; return a logger of ours, and the file."""
    file = folder / "pinger.log"
    open_log(file, SECRETS, debug=debug)
    return logging.getLogger("py_pinger.test"), file


def test_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line has its time in UTC, its level and where it is from, and is on standard error too."""
    log, file = opened(tmp_path)
    record = log.makeRecord(log.name, logging.INFO, "", 0, "hello %s", ("Zoë",), None)
    record.created = 1_700_000_000.0
    log.handle(record)
    line = "2023-11-14T22:13:20Z INFO py_pinger.test: hello Zoë\n"
    assert (file.read_text(encoding="utf-8"), capsys.readouterr()) == (line, ("", line))


def test_secrets_are_masked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret is masked in a message, in what is filled in and in tracebacks, on both ways out."""
    log, file = opened(tmp_path)
    log.info("the password is hunter2")
    log.info("the token is %s", "hunter2-longer")
    try:
        int("hunter2")
    except ValueError:
        log.exception("failed for %r", {"key": "hunter2"})
    written, shown = file.read_text(encoding="utf-8"), capsys.readouterr().err
    assert written == shown
    assert "hunter2" not in written
    assert "the password is ***\n" in written
    assert "the token is ***\n" in written
    assert "failed for {'key': '***'}\n" in written
    assert written.endswith("ValueError: invalid literal for int() with base 10: '***'\n")


def test_short_secrets_stay(tmp_path: Path) -> None:
    """What is too short to be a secret worth the name does not tear other words apart."""
    log, file = opened(tmp_path)
    log.info("the abc of it")
    assert file.read_text(encoding="utf-8").endswith("the abc of it\n")


@pytest.mark.parametrize(
    ("debug", "shown"),
    [(False, ["ours INFO", "theirs WARNING"]), (True, ["ours DEBUG", "ours INFO", "theirs WARNING"])],
)
def test_levels(debug: bool, shown: list[str], tmp_path: Path) -> None:  # noqa: FBT001 - the one column
    """Of ourselves INFO is logged, in debug mode DEBUG too; of libraries nothing below WARNING."""
    log, file = opened(tmp_path, debug=debug)
    for whose, logger in (("ours", log), ("theirs", logging.getLogger("library"))):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING)[: 3 if whose == "theirs" else 2]:
            logger.log(level, "%s %s", whose, logging.getLevelName(level))
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    assert [line.partition(": ")[2] for line in lines] == shown


def test_opened_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However often it is opened, each line is written once."""
    opened(tmp_path)
    log, file = opened(tmp_path)
    log.info("once")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file makes way for a new one, and only so many old ones are kept."""
    monkeypatch.setattr("py_pinger.app.log.FILE_SIZE", 100)
    monkeypatch.setattr("py_pinger.app.log.FILES_KEPT", 2)
    log, _ = opened(tmp_path)
    for number in range(10):
        log.info("line %s %s", number, "." * 40)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pinger.log",
        "pinger.log.1",
        "pinger.log.2",
    ]


def test_without_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file the lines are on standard error alone."""
    open_log(None, (), debug=False)
    logging.getLogger("py_pinger.test").info("hello")
    assert capsys.readouterr().err.endswith("INFO py_pinger.test: hello\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"), [("nowhere/pinger.log", "No such file or directory"), (".", "Is a directory")]
)
def test_unwritable(
    name: str, why: str, tmp_path: Path, logbooks: Callable[[], list[logging.Handler]]
) -> None:
    """A file that cannot be written is told in one sentence, and nothing is opened."""
    file = tmp_path / name
    with pytest.raises(LogError) as raised:
        open_log(file, (), debug=False)
    assert (
        str(raised.value)
        == f"the log file {file} cannot be written ({why}): set [main] log or its permissions"
    )
    assert logbooks() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk(
    capsys: pytest.CaptureFixture[str], logbooks: Callable[[], list[logging.Handler]]
) -> None:
    """A line that the file did not take is on standard error once, masked, and without a traceback."""
    open_log(Path("/dev/full"), SECRETS, debug=False)
    logging.getLogger("py_pinger.test").info("the password is %s", "hunter2")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("the password is ***")
    with suppress(OSError):  # it still has the line, and cannot write it now either
        logbooks()[1].close()


def test_note(tmp_path: Path) -> None:
    """What the configuration gives cause to say is a warning each, its percent signs untouched."""
    _, file = opened(tmp_path)
    note(["100 %s sure", "really"])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.partition("Z ")[2] for line in lines] == [
        "WARNING py_pinger.app.log: 100 %s sure",
        "WARNING py_pinger.app.log: really",
    ]


def test_changes_while_it_is_open(tmp_path: Path) -> None:
    """What becomes a secret later is masked from then on, with what was one before; details come and go."""
    file = tmp_path / "pinger.log"
    book = open_log(file, ["first-secret"], debug=False)
    log = logging.getLogger("py_pinger.test")
    log.debug("not yet")
    book.add_secrets(["second-secret", "abc"])
    book.apply(debug=True)
    log.debug("first-secret, second-secret, abc")
    book.apply(debug=False)
    log.debug("no longer")
    (line,) = file.read_text().splitlines()
    assert line.endswith("DEBUG py_pinger.test: ***, ***, abc")
