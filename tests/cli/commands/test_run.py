"""`pinger run`, where it does not watch for long."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from socket import create_server

import pytest
from tests.support.pinger_command import pinger, write

from py_pinger.app import run as app
from py_pinger.app.run import RunOptions
from py_pinger.web import PortInUseError

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("log=nowhere/pinger.log", "nowhere/pinger.log: No such file or directory", id="the log"),
        pytest.param("database=sqlite:///nowhere/pinger.db", "pinger.db cannot be opened", id="the database"),
        pytest.param("host=127.0.0.1\nport={taken}", "is in use", id="the port"),
    ],
)
def test_run_cannot_start(line: str, words: str, folder: Path) -> None:
    """What keeps Py Pinger from starting is one sentence at the end, without a traceback; exit code 1."""
    with closing(create_server(("127.0.0.1", 0))) as other:
        write(folder / "pinger.ini", line.format(taken=other.getsockname()[1]))
        result = pinger("run")
    assert (result.exit_code, result.stdout) == (1, "")
    sentence = result.stderr.splitlines()[-1]
    assert sentence.startswith("Py Pinger cannot start: ")
    assert words in sentence
    assert "Traceback" not in result.stderr


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[RunOptions]:
    """Return where each start of the app is noted; it ends at once."""
    runs: list[RunOptions] = []

    def run(start: RunOptions, environ: Mapping[str, str]) -> None:
        assert environ is os.environ
        runs.append(start)

    monkeypatch.setattr(app, "run", run)
    return runs


@pytest.mark.parametrize(
    ("main", "arguments", "expected"),
    [
        ("port=4000", [], (4000, None)),
        ("port=4000", ["run"], (4000, None)),
        ("port=4000", ["run", "--port", "5000"], (5000, None)),
        ("debug=true", ["run"], (3002, None)),
    ],
)
def test_run(
    main: str, arguments: list[str], expected: tuple[int, None], folder: Path, runs: list[RunOptions]
) -> None:
    """Py Pinger starts as configured, with or without the word, and not as a demo."""
    write(folder / "pinger.ini", main)
    result = pinger(*arguments)
    assert result.exit_code == 0
    assert [(start.settings.main.port, start.demo) for start in runs] == [expected]


def test_run_reads_again(folder: Path, runs: list[RunOptions]) -> None:
    """What is read again later is the same file, under what the command line says."""
    ini = folder / "pinger.ini"
    write(ini, "port=4000")
    pinger("run", "--port", "5000")
    (origin,) = [start.source for start in runs]
    assert origin is not None
    assert origin.read().settings == runs[0].settings
    assert set(origin.first.sources) == {str(ini)}
    write(ini, "port=4001\ngreeting=Again")
    again = origin.read()
    assert again.settings is not None
    assert (again.settings.main.port, again.settings.main.greeting) == (5000, "Again")
    assert again.sources != origin.first.sources
    write(ini, "port=x")
    bad = origin.read()
    assert (bad.settings, len(bad.problems)) == (None, 1)


def test_run_logs_the_warnings(folder: Path, runs: list[RunOptions]) -> None:
    """What the configuration gives cause to say is in the log before anything else."""
    write(folder / "pinger.ini", "only_log=true")
    pinger("run")
    (start,) = runs
    warnings = start.settings.warnings
    assert warnings
    assert [line.partition(": ")[2] for line in (folder / "pinger.log").read_text().splitlines()] == list(
        map(str, warnings)
    )


def test_run_demo(folder: Path, runs: list[RunOptions]) -> None:
    """The demo needs no file, brings its tasks, and leaves nothing behind."""
    result = pinger("run", "--demo", "--port", "4000")
    assert (result.exit_code, result.stderr) == (0, "")
    (start,) = runs
    main = start.settings.main
    assert (main.port, main.only_log, start.source) == (4000, True, None)
    assert start.demo
    assert len(start.demo.tasks) == len(start.settings.tasks)
    assert not main.log.parent.exists()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("port", "other"), [(4000, 4001), (65535, 65534)])
def test_a_demo_on_a_taken_port(monkeypatch: pytest.MonkeyPatch, port: int, other: int) -> None:
    """A demo whose port is taken says how to start it on another port."""

    def run(*_: object) -> None:
        raise PortInUseError("taken")

    monkeypatch.setattr(app, "run", run)
    result = pinger("run", "--demo", "--port", str(port))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"The demo cannot start: port {port} is in use, perhaps by another Py Pinger; use another port, for"
        f" example: pinger run --demo --port {other}"
    )
