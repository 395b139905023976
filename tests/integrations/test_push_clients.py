"""Programs that ping healthchecks, each as it is, against the real program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from tests.integrations.daemon import needs
from tests.integrations.test_recipes import FRAMEWORKS, needs_frameworks
from tests.support.config_files import write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import PUSH_KEY, PUSH_TOKEN
from tests.support.program import Pinger
from tests.support.push_tasks import receiving
from tests.support.task_server import unused_port

BIN = FRAMEWORKS / "bin"
SECONDS = 60.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Pinger]:
    """Run Py Pinger with a task of its own UUID, and one that the key opens."""
    write_ini(tmp_path, receiving("own", "job", token=PUSH_TOKEN))
    with Pinger(tmp_path) as pinger:
        yield pinger


def own(pinger: Pinger) -> str:
    """Return the URL of the task with a UUID."""
    return f"http://127.0.0.1:{pinger.port}/ping/{PUSH_TOKEN}"


def job(pinger: Pinger) -> str:
    """Return the URL of the other task."""
    return f"http://127.0.0.1:{pinger.port}/ping/{PUSH_KEY}/job"


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a client to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def row(pinger: Pinger, slug: str, status: str) -> dict[str, Any]:
    """Return the row of a task once it has a status."""
    url = f"push:{slug}"
    eventually(lambda: pinger.rows()[url]["status"] == status, f"{slug} to be {status}")
    return pinger.rows()[url]


def shown_log(pinger: Pinger, slug: str) -> str:
    """Return the page of a task, on which its last log is."""
    return pinger.get(f"/task/push:{slug}", accept="text/html").body.decode()


@needs("curl")
def test_curl(running: Pinger, tmp_path: Path) -> None:
    """The lines that people put into crontabs: exit codes by GET, logs by POST."""
    line = ("curl", "-fsS", "-m", "10", "--retry", "5")
    assert run(tmp_path, *line, own(running)).stdout == "OK"
    assert run(tmp_path, *line, f"{job(running)}/3").stdout == "OK"
    assert row(running, "own", "ok")["reason"] is None
    failed = row(running, "job", "error")
    assert (failed["cause"], failed["reason"]) == ("failed", "exit code 3")
    done = run(tmp_path, *line, "--data-raw", "copying\nno space left", f"{job(running)}/fail")
    assert (done.returncode, done.stdout) == (0, "OK")
    eventually(lambda: running.rows()["push:job"]["reason"] == "copying / no space left", "the reason")
    wrong = run(tmp_path, *line, "-w", "%{http_code}", f"{job(running)}x")
    assert (wrong.returncode, wrong.stdout) == (22, "404")


@needs("curl")
def test_curl_tries_again_until_the_server_is_there(tmp_path: Path) -> None:
    """A report is not lost to a restart of Py Pinger."""
    port = unused_port()
    write_ini(tmp_path, receiving("job", port=port))
    address = f"http://127.0.0.1:{port}/ping/{PUSH_KEY}/job"
    curl = ["curl", "-fsS", "-m", "30", "--retry", "60", "--retry-delay", "1", "--retry-connrefused"]
    with subprocess.Popen([*curl, address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as waiting:
        sleep(1)
        assert waiting.poll() is None
        with Pinger(tmp_path) as pinger:
            assert waiting.communicate(timeout=SECONDS)[0] == b"OK"
            row(pinger, "job", "ok")


@needs_frameworks
@needs("borg")
def test_borgmatic(running: Pinger, tmp_path: Path) -> None:
    """A backup with its log is ok, and one without its repository has failed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_text("content", "utf-8")
    shared = f"source_directories: [{tmp_path}/data]\n"
    hook = "healthchecks: {send_logs: true, ping_url: '%s'%s}\n"
    repository = "repositories: [{path: '%s'}]\n"
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(shared + repository % f"{tmp_path}/there.borg" + hook % (job(running), ""), "utf-8")
    absent = repository % f"{tmp_path}/absent.borg" + hook % (own(running), ", create_slug: true")
    bad.write_text(shared + absent, "utf-8")
    borgmatic = (str(BIN / "borgmatic"), "--config")
    created = run(tmp_path, *borgmatic, str(good), "repo-create", "--encryption", "none")
    assert created.returncode == 0, created.stderr
    done = run(tmp_path, *borgmatic, str(good), "create", "--stats", "--verbosity", "1")
    assert (done.returncode, "Healthchecks error" in done.stdout + done.stderr) == (0, False)
    assert "Creating archive" in shown_log(running, "job")
    done = run(tmp_path, *borgmatic, str(bad), "create", BORG_RELOCATED_REPO_ACCESS_IS_OK="no")
    assert done.returncode == 1
    assert "does not exist" in row(running, "own", "error")["reason"]


@needs_frameworks
def test_cronalive(running: Pinger, tmp_path: Path) -> None:
    """Its start, and its exit codes."""
    origin = f"http://127.0.0.1:{running.port}/ping"
    wrapped = (str(BIN / "cronalive"), "run", "--id")
    good = run(tmp_path, *wrapped, PUSH_TOKEN, "--", "true", CRONALIVE_PING_DOMAIN=origin)
    bad = run(tmp_path, *wrapped, f"{PUSH_KEY}/job", "--", "false", CRONALIVE_PING_DOMAIN=origin)
    assert (good.returncode, bad.returncode) == (0, 1)
    row(running, "own", "ok")
    assert row(running, "job", "error")["reason"] == "exit code 1"


DECORATED = """
import sys
from healthchecks_decorator import healthcheck

@healthcheck(url=sys.argv[1], send_start=True, send_diagnostics=True)
def good():
    return {"rows": 3}

@healthcheck(url=sys.argv[2], send_start=True)
def bad():
    raise RuntimeError("no disk")

good()
bad()
"""


@needs_frameworks
def test_healthchecks_decorator(running: Pinger, tmp_path: Path) -> None:
    """A function that returns is ok, with what it returns as its log; one that raises has failed."""
    program = tmp_path / "decorated.py"
    program.write_text(DECORATED, "utf-8")
    done = run(tmp_path, str(BIN / "python"), str(program), own(running), job(running))
    assert done.returncode == 1
    row(running, "own", "ok")
    assert "rows=3" in shown_log(running, "own")
    assert row(running, "job", "error")["reason"] == "the task reports a failure"
