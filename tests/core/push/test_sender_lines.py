"""The lines that tasks are given to report by, each run by what it is for."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pinger_report.push import task_address
from pinger_report.task import slug_of
from tests.support.scripted_service import ScriptedService

from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, PushIdentity
from py_pinger.core.push.sender_lines import (
    COMMAND,
    crontab_schedule,
    example_lines,
    masked_lines,
    sender_lines,
)
from py_pinger.core.times import DAY, HOUR, MINUTE

TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
DAILY = Expectations(schedule=Schedule("0 2 * * *"))


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """Accept reports on loopback."""
    with ScriptedService() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def run(script: str, environ: Mapping[str, str] | None = None) -> int:
    """Run a line in a shell; return its exit code."""
    done = subprocess.run(
        ["/bin/sh", "-c", script], env={"PATH": "/usr/bin:/bin", **(environ or {})}, check=False, timeout=30
    )
    return done.returncode


@pytest.mark.parametrize("code", [0, 3])
def test_shell_and_crontab(service: ScriptedService, code: int) -> None:
    """In a shell and in a crontab, the exit code of the command is reported."""
    lines = sender_lines(f"{service.url}/ping/KEY/job", "job", DAILY)
    times, _, in_crontab = lines.crontab.partition(COMMAND)
    assert times == "0 2 * * * "
    for script in (lines.curl, COMMAND + in_crontab):
        assert run(script.replace(COMMAND, f"(exit {code})")) == 0
    assert [request.path for request in service.requests] == [f"/ping/KEY/job/{code}"] * 2


@pytest.mark.parametrize(("result", "path"), [("success", ""), ("exit-code", "/fail"), ("timeout", "/fail")])
def test_systemd(service: ScriptedService, result: str, path: str) -> None:
    """When a service has ended, whether it was successful is reported."""
    line = sender_lines(f"{service.url}/ping/KEY/job", "job", DAILY).systemd
    shell, option, script = shlex.split(line.removeprefix("ExecStopPost="))
    assert (shell, option) == ("/bin/sh", "-c")
    assert run(script, {"SERVICE_RESULT": result}) == 0
    assert [request.path for request in service.requests] == [f"/ping/KEY/job{path}"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_unit(tmp_path: Path) -> None:
    """A unit with the line is one that systemd accepts."""
    unit = tmp_path / "job.service"
    line = sender_lines("https://p.example/a%20b/ping/KEY/job", "job", DAILY).systemd
    assert "/a%%20b/" in line
    unit.write_text(f"[Service]\nType=oneshot\nExecStart=/bin/true\n{line}\n", "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert [each for each in done.stderr.splitlines() if "job.service" in each] == []


def test_kubernetes(service: ScriptedService) -> None:
    """In a container the exit code is reported, and stays that of the container."""
    line = sender_lines(f"{service.url}/ping/KEY/job", "job", DAILY).kubernetes
    script = line.removeprefix('command: [sh, -c, "').removesuffix('"]')
    assert run(script.replace(COMMAND, "(exit 3)")) == 3
    assert [request.path for request in service.requests] == ["/ping/KEY/job/3"]


def test_special_characters() -> None:
    """Characters that a shell or a crontab gives a meaning are encoded or escaped."""
    lines = sender_lines("https://p.example/a b'$(x)%20/ping/KEY/job", "job", DAILY)
    assert lines.url == "https://p.example/a%20b%27%24%28x%29%20/ping/KEY/job"
    assert r"https://p.example/a\%20b\%27\%24\%28x\%29\%20/ping/KEY/job/$?" in lines.crontab
    assert lines.exec.startswith("PINGER_PUSH=https://p.example/a%20b%27%24%28x%29%20/ping/KEY pinger exec ")


@pytest.mark.parametrize(
    ("path", "slug", "address"),
    [
        ("KEY/job", "job", "KEY"),
        ("KEY/nightly-backup_2", "nightly-backup_2", "KEY"),
        (UUID, "job", UUID),
        # Names of which another slug is made.
        ("KEY/a--b", "a--b", "KEY/a--b"),
        ("KEY/-a", "-a", "KEY/-a"),
    ],
)
def test_exec_has_the_address_of_all_tasks(path: str, slug: str, address: str) -> None:
    """A report of another task by the same command goes to that task; a UUID opens a single one."""
    line = sender_lines(f"https://p.example/ping/{path}", slug, DAILY).exec
    assert line == f"PINGER_PUSH=https://p.example/ping/{address} pinger exec --name {slug} -- {COMMAND}"
    assert task_address(f"https://p.example/ping/{address}", slug_of(slug)).endswith(f"/ping/{path}")


@pytest.mark.parametrize(
    ("frequency", "fields"),
    [
        (timedelta(days=30), "0 0 * * 0"),
        (7 * DAY, "0 0 * * 0"),
        (DAY, "0 0 * * *"),
        (6 * HOUR, "0 */6 * * *"),
        (5 * HOUR, "0 */4 * * *"),
        (HOUR, "0 * * * *"),
        (45 * MINUTE, "*/30 * * * *"),
        (10 * MINUTE, "*/10 * * * *"),
        (MINUTE, "* * * * *"),
        (timedelta(seconds=10), "* * * * *"),
        (None, "* * * * *"),
    ],
)
def test_frequency_in_a_crontab(frequency: timedelta | None, fields: str) -> None:
    """A crontab runs a task at least as often as it is expected, as far as a crontab can."""
    assert crontab_schedule(Expectations(frequency)) == fields


def test_schedule_in_a_crontab() -> None:
    """A schedule is that of the crontab, as it was written."""
    assert crontab_schedule(Expectations(schedule=Schedule("0 0 * * *", written="@daily"))) == "@daily"


@pytest.mark.parametrize(("token", "path"), [(None, "/ping/***/job"), (TOKEN, "/ping/***")])
def test_masked(token: str | None, path: str) -> None:
    """Pages show the address that people use, and *** for the secret."""
    lines = masked_lines("https://p.example/", PushIdentity("job", token), DAILY)
    assert lines.url == f"https://p.example{path}"
    assert TOKEN not in str((lines.curl, lines.crontab, lines.systemd, lines.exec, lines.kubernetes))


def test_the_example() -> None:
    """The lines of the welcome page are those of the task that it adds to the settings."""
    lines = example_lines("https://p.example/x/")
    assert lines.url == "https://p.example/x/ping/***/nightly-backup"
    assert lines.crontab.startswith("0 2 * * * ")


def test_a_repr_has_no_secret() -> None:
    """Secrets are not in the repr."""
    assert "KEY" not in repr(sender_lines("https://p.example/ping/KEY/job", "job", DAILY))
