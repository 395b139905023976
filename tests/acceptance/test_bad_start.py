"""What keeps Py Pinger from starting: one sentence a problem, an exit code, and never a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.config_files import Sections, watching, write_ini
from tests.support.program import Pinger, command
from tests.support.task_pages import report
from tests.support.task_server import Server, says


def not_utf_8(path: Path) -> None:
    """Write an ini file in Latin-1."""
    path.write_bytes("[main]\ngreeting=Grüß Gott\n".encode("latin-1"))


def unreadable(path: Path) -> None:
    """Put a link to itself in its place, which not even root can read."""
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (not_utf_8, "{}: line 2 is not UTF-8 text; save the file as UTF-8"),
        (unreadable, "{}: cannot read the file: too many levels of symbolic links; check its permissions"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, fault: Callable[[Path], None], sentence: str) -> None:
    """A file that is not an ini file is reported in one sentence."""
    fault(tmp_path / "pinger.ini")
    done = command(tmp_path, "run", "--config", "pinger.ini")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == sentence.format("pinger.ini") + "\n"


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    """Each problem is one line, which begins with its section and key."""
    sections: Sections = {
        "main": {"port": "80 80", "intervall": 60, "timeout": 0, "debug": "maybe"},
        "slack": {"token": "<Insert Slack API Token>", "channel": "application-status"},
        "hipchat": {"room": "Ops"},
        "sentry": {"url": "https://sentry.example/"},
        "token_auth": {"token": "${NOT_SET}"},
        "urls": {"prod": "https://my-backend.com/task1,ftp://my-backend.com/task2"},
        "mian": {"port": 3002},
    }
    write_ini(tmp_path, sections)
    done = command(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        "[mian]",
        "[main]",
        "[main] port",
        "[main] debug",
        "[main] timeout",
        "[slack] token",
        "[hipchat]",
        "[sentry] url",
        "[token_auth] token",
        "[urls] prod, URL 2",
    ]


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        pytest.param(
            "sqlite:///pinger.db",
            r"another Py Pinger already uses the database \S+/pinger\.db: stop it, "
            r"or set \[main\] database to another",
            id="with its database",
        ),
        pytest.param(
            "sqlite:///other.db",
            r"\[main\] port: port \d+ on localhost is in use, perhaps by another Py Pinger; "
            r"stop that program, or use another port \(port in \[main\], or --port\)\.",
            id="on its port",
        ),
    ],
)
def test_another_runs(tmp_path: Path, tasks: Server, database: str, sentence: str) -> None:
    """A database or port in use by another Py Pinger is reported in one sentence, and that one goes on."""
    tasks.otherwise = says(report())
    # The running one must not follow the file that the other one gets.
    write_ini(tmp_path, watching(tasks.url("/a"), tasks.url("/b"), reload="signal"))
    with Pinger(tmp_path) as pinger:
        before = pinger.judged()
        write_ini(tmp_path, watching(tasks.url("/b"), tasks.url("/c"), port=pinger.port, database=database))
        done = command(tmp_path)
        assert pinger.checked(1).keys() == before.keys()
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(rf"(^|\n)Py Pinger cannot start: {sentence}\n$", done.stderr), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        pytest.param(
            "sqlite:////proc/pinger.db",
            r"the database /proc/pinger\.db cannot be opened: Py Pinger's user may not write there; "
            r"give it the right or change \[main\] database",
            id="not writable",
        ),
        pytest.param(
            "postgresql+psycopg://pinger:db-secret@127.0.0.1:1/pinger",
            r"the database postgresql\+psycopg://pinger:\*\*\*@127\.0\.0\.1:1/pinger .+",
            id="not there",
        ),
    ],
)
def test_the_database_cannot_be_had(tmp_path: Path, database: str, sentence: str) -> None:
    """A database that cannot be opened or written is reported in one sentence, without its password."""
    write_ini(tmp_path, watching(database=database))
    done = command(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(rf"(^|\n)Py Pinger cannot start: {sentence}\n$", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "db-secret" not in done.stderr


def test_the_log_cannot_be_written(tmp_path: Path) -> None:
    """A log file that cannot be written is reported in one sentence."""
    write_ini(tmp_path, watching(log="none/pinger.log"))
    done = command(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"Py Pinger cannot start: cannot write the log file \S+/none/pinger\.log: "
        r"No such file or directory; change \[main\] log or its permissions\n",
        done.stderr,
    )
