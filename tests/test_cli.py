"""The command line, where it does not watch for long."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from socket import create_server

import orjson
import pytest
from click.testing import CliRunner, Result
from tests.conftest import TaskPages
from werkzeug.security import check_password_hash

from py_pinger import __version__, app, cli
from py_pinger.config import Settings, load

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

NO_INI = (
    "There is no pinger.ini here: copy pinger.ini.template to pinger.ini and adjust it, "
    "name another file with --config, or see the demo with `pinger run --demo`.\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder, with another one that stands for the program's own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "program" / "src" / "py_pinger" / "cli.py"))
    (tmp_path / "program").mkdir()
    return here


def pinger(*arguments: str, environ: Mapping[str, str] | None = None) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli.main, arguments, env=environ, prog_name="pinger")


def write(file: Path, main: str = "", *more: str) -> None:
    """Write an ini file."""
    file.write_text("\n".join(["[main]", main, *more]), encoding="utf-8")


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["config"], ["notify"], ["password"]])
def test_help(command: list[str], option: str) -> None:
    """Each command explains itself, under both names of the option."""
    result = pinger(*command, option)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: {' '.join(['pinger', *command])} [OPTIONS]")


def test_version() -> None:
    """The version is that of the package."""
    result = pinger("--version")
    assert (result.exit_code, result.stdout) == (0, f"Py Pinger, version {__version__}\n")


@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["config"], ["notify", "Hello"]])
def test_without_an_ini(command: list[str]) -> None:
    """Where there is no pinger.ini, one sentence says what to do, and nothing else."""
    result = pinger(*command)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", NO_INI)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "No such command 'runn'"),
        (["run", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["check", "--at", "noon"], "'noon' is not a date and time: write it like 2026-11-22T10:05:00Z"),
        (["notify"], "Missing argument 'TEXT'"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    """Wrong arguments are told in one sentence, with exit code 2."""
    result = pinger(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize("command", [["run"], ["check"], ["config"], ["notify", "Hello"]])
def test_an_unusable_ini(command: list[str], folder: Path) -> None:
    """All that is wrong with the ini is told, a sentence a line, by each command that reads it."""
    write(folder / "pinger.ini", "port=http\ncolour=red")
    result = pinger(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    colour, port = result.stderr.splitlines()
    assert colour.startswith("[main] has no key colour")
    assert port.startswith("[main] port")


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


@pytest.mark.parametrize(
    ("files", "option", "port"),
    [
        (["program"], [], "1"),
        (["program", "here"], [], "2"),
        (["program", "here", "named"], ["--config", "../named/pinger.ini"], "3"),
    ],
)
def test_which_ini(files: list[str], option: list[str], port: str, tmp_path: Path) -> None:
    """The named file goes first, then the current folder's, then the one beside the program."""
    (tmp_path / "named").mkdir()
    for number, name in enumerate(("program", "here", "named"), 1):
        if name in files:
            write(tmp_path / name / "pinger.ini", f"port={number}")
    assert f"port={port}" in pinger("config", *option).stdout.splitlines()


def test_the_environment(folder: Path) -> None:
    """Values may come from the environment."""
    write(folder / "pinger.ini", "greeting=${WORDS}")
    assert "greeting=Hello\n" in pinger("config", environ={"WORDS": "Hello"}).stdout


def test_check_all_well(task_pages: TaskPages) -> None:
    """A check of a healthy URL needs no file; it shows the arithmetic, and exits with 0."""
    url = task_pages.show("/a")
    result = pinger("check", "--at", "2026-11-22 10:05", url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"ok       {url}\n         lastrun 10:00:00Z + 10 min = 10:10:00Z; now 10:05:00Z → ok, due in 5 min\n"
    )


def test_check_something_fails(task_pages: TaskPages, folder: Path) -> None:
    """A check of the configured tasks takes their own settings, and exits with 1 if one fails."""
    ok, late = task_pages.show("/a"), task_pages.show("/b")
    write(folder / "pinger.ini", "", "[urls]", f"prod={ok},{late}", f"[task {ok}]", "grace=10")
    result = pinger("check", "--at", "2026-11-22T10:15:00Z")
    assert result.exit_code == 1
    assert result.stdout == (
        f"ok       {ok}\n"
        "         lastrun 10:00:00Z + 10 min + grace 10 min = 10:20:00Z; now 10:15:00Z → ok, due in 5 min\n"
        f"error    {late}\n"
        "         lastrun 10:00:00Z + 10 min = 10:10:00Z; now 10:15:00Z → late by 5 min\n"
    )


def test_check_as_json(task_pages: TaskPages) -> None:
    """With --json, standard output is JSON and nothing else, however many tasks there are."""
    urls = [task_pages.show(f"/{number}") for number in range(12)]
    result = pinger("check", "--json", "--at", "2026-11-22T10:05:00Z", *urls)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [finding["url"] for finding in orjson.loads(result.stdout)] == urls


def test_check_many(task_pages: TaskPages) -> None:
    """Many tasks are all found, in their order, whatever the progress bar does."""
    urls = [task_pages.show(f"/{number}") for number in range(12)]
    result = pinger("check", "--at", "2026-11-22T10:05:00Z", *urls)
    assert [line.split()[1] for line in result.stdout.splitlines()[::2]] == urls


def test_check_what_is_no_url() -> None:
    """What is no URL is refused in one sentence."""
    result = pinger("check", "ftp://a/")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ftp://a/" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_notify_with_the_log_alone(folder: Path) -> None:
    """With only_log a test message goes to the log alone, which says where else it would have gone."""
    write(folder / "pinger.ini", "only_log=true", "[slack]", "channel=ops", "token=xoxb-1")
    result = pinger("notify", "A test")
    assert (result.exit_code, result.stdout) == (0, "log: delivered\nslack: not sent, only_log=true\n")
    assert [line.partition(": ")[2] for line in result.stderr.splitlines()] == [
        "A test",
        "only_log: Slack #ops would get: A test",
    ]
    assert list(folder.iterdir()) == [folder / "pinger.ini"]


def test_notify_says_what_was_answered(folder: Path) -> None:
    """A channel that does not take the message is told with its reason, and the exit code is 1."""
    write(folder / "pinger.ini", "", "[slack]", "url=http://127.0.0.1:1/hook")
    result = pinger("notify", "A test")
    assert result.exit_code == 1
    assert result.stdout == "log: delivered\nslack: not delivered: Slack: connection refused\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("log=nowhere/pinger.log", "nowhere/pinger.log cannot be written", id="the log"),
        pytest.param("database=sqlite:///nowhere/pinger.db", "pinger.db cannot be opened", id="the database"),
        pytest.param("host=127.0.0.1\nport={taken}", "is taken by another program", id="the port"),
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
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, bool]]:
    """Return where each start of the app is noted; it ends at once."""
    runs: list[tuple[Settings, bool]] = []

    def run(settings: Settings, environ: Mapping[str, str], *, samples: bool) -> None:
        assert environ is os.environ
        runs.append((settings, samples))

    monkeypatch.setattr(app, "run", run)
    return runs


@pytest.mark.parametrize(
    ("main", "arguments", "expected"),
    [
        ("port=4000", [], (4000, False)),
        ("port=4000", ["run"], (4000, False)),
        ("port=4000", ["run", "--port", "5000"], (5000, False)),
        ("debug=true", ["run"], (3002, True)),
    ],
)
def test_run(
    main: str,
    arguments: list[str],
    expected: tuple[int, bool],
    folder: Path,
    runs: list[tuple[Settings, bool]],
) -> None:
    """Py Pinger starts as configured, with or without the word; debug mode brings the sample pages."""
    write(folder / "pinger.ini", main)
    result = pinger(*arguments)
    assert result.exit_code == 0
    assert [(settings.main.port, samples) for settings, samples in runs] == [expected]


def test_run_logs_the_warnings(folder: Path, runs: list[tuple[Settings, bool]]) -> None:
    """What the configuration gives cause to say is in the log before anything else."""
    write(folder / "pinger.ini", "only_log=true")
    pinger("run")
    ((settings, _),) = runs
    assert settings.warnings
    assert [line.partition(": ")[2] for line in (folder / "pinger.log").read_text().splitlines()] == list(
        settings.warnings
    )


def test_run_demo(folder: Path, runs: list[tuple[Settings, bool]]) -> None:
    """The demo needs no file, brings its sample pages, and leaves nothing behind."""
    result = pinger("run", "--demo", "--port", "4000")
    assert (result.exit_code, result.stderr) == (0, "")
    ((settings, samples),) = runs
    assert (settings.main.port, settings.main.only_log, samples) == (4000, True, True)
    assert not settings.main.log.parent.exists()
    assert list(folder.iterdir()) == []


def test_a_start_loads_no_more_than_it_needs() -> None:
    """What a start may not need is not loaded for one: it would take longer than the rest of the house."""
    command = [sys.executable, "-c", "import sys, py_pinger.cli; print(*sys.modules)"]
    environ = {**os.environ, "PYTHONPATH": str(Path(app.__file__).parents[1])}
    loaded = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()
    assert "py_pinger.app" in loaded
    assert not {"alembic", "rich", "sentry_sdk", "slack_sdk"} & set(loaded)


@pytest.mark.parametrize("typed", ["hunter2\n", "hunter2\r\n", "hunter2", "hunter2\nmore\n"])
def test_a_password_is_hashed(folder: Path, typed: str) -> None:
    """What is printed can be pasted into [main], lets the password in, and does not show it."""
    result = CliRunner().invoke(cli.main, ["password"], input=typed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("web_password=scrypt:")
    assert result.stdout.count("$$") == 2
    assert "hunter2" not in result.stdout
    write(folder / "pinger.ini", result.stdout, "[urls]", "prod=http://a/")
    hashed = load(folder / "pinger.ini", {}).main.web_password
    assert hashed
    assert check_password_hash(hashed.get_secret_value(), "hunter2")


@pytest.mark.parametrize("typed", ["", "\n", "  \n"])
def test_an_empty_password_is_refused(typed: str) -> None:
    """No password is not a password."""
    result = CliRunner().invoke(cli.main, ["password"], input=typed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "The password is empty: give one that is hard to guess.\n"


def at_a_terminal(*typed: str) -> tuple[int, str]:
    """Run `pinger password` in a terminal of its own, type line after line; return code and screen."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "py_pinger", "password"]
    environ = {**os.environ, "PYTHONPATH": str(Path(app.__file__).parents[1])}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    ) as process:
        os.close(theirs)
        screen = ""
        for line, prompt in zip(
            typed, ("Password: ", "Once more: ", "Password: ", "Once more: "), strict=False
        ):
            while not screen.endswith(prompt):
                screen += os.read(ours, 4096).decode()
            os.write(ours, f"{line}\n".encode())
        with suppress(OSError):
            while piece := os.read(ours, 4096):
                screen += piece.decode()
    os.close(ours)
    return process.returncode, screen


def test_a_password_is_asked_for_twice() -> None:
    """In a terminal the password is typed twice, until both are alike, and is not seen."""
    code, screen = at_a_terminal("hunter2", "hunter3", "hunter2", "hunter2")
    assert code == 0
    assert "do not match" in screen
    assert "hunter" not in screen
    assert screen.splitlines()[-1].startswith("web_password=scrypt:")
