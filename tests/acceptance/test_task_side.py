"""Pages that the client writes, as the real program evaluates them: ok, failing, late, and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from client.tests.support.executing import environment, execute, shell
from client.tests.support.receiver import KEY
from pinger_report import report, wsgi
from tests.support.config_files import QUICK, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger, command

DEAD = "http://127.0.0.1:1/ping/0123456789abcdefghij"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a folder of pages; return it with its address."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Be silent."""

    folder = tmp_path / "pages"
    with make_server("127.0.0.1", 0, wsgi(folder), handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def checked(folder: Path, url: str, minutes_later: float = 0) -> tuple[int, str, str | None, str | None]:
    """Run `pinger check` as of some minutes later; return its exit code, and status, cause and reason."""
    at = (datetime.now(UTC) + timedelta(minutes=minutes_later)).isoformat()
    done = command(folder, "check", url, "--at", at, "--json")
    assert done.stderr == ""
    (row,) = rows(json.loads(done.stdout))
    return done.returncode, row["status"], row.get("cause"), row.get("reason")


def rows(printed: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON is anything
    """Return the tasks of the output."""
    found: list[dict[str, Any]] = printed["data"] if isinstance(printed, dict) else printed
    return found


def test_ok_and_late(served: tuple[Path, str], tmp_path: Path) -> None:
    """A run that ended well is ok, and late once the next one is overdue."""
    folder, origin = served
    with report("Nightly import", frequency=60, folder=folder) as run:
        run.reason = "3 rows skipped"
    url = f"{origin}/nightly-import"
    assert checked(tmp_path, url) == (0, "ok", None, "3 rows skipped")
    code, *verdict, reason = checked(tmp_path, url, minutes_later=61)
    assert (code, verdict) == (1, ["error", "late"])
    assert "should run every 1 h" in str(reason)


def test_failing(served: tuple[Path, str], tmp_path: Path) -> None:
    """A run that an exception or an exit code ended has failed, with the reason."""
    folder, origin = served
    with pytest.raises(ValueError, match="no rows"), report("sync", frequency=60, folder=folder):
        raise ValueError("no rows")
    assert checked(tmp_path, f"{origin}/sync") == (1, "error", "failed", "ValueError: no rows")
    execute("--name", "backup", "--write", str(folder), "--", *shell("echo no disk; exit 3"))
    assert checked(tmp_path, f"{origin}/backup") == (1, "error", "failed", "exit code 3: no disk")


def test_killed(served: tuple[Path, str], tmp_path: Path) -> None:
    """A first run that is under way is pending; if it was killed it is late after its run time."""
    folder, origin = served
    program = "import sys; from pinger_report import report\nwith report('job', frequency=60, runtime=5):\n"
    program += " print(flush=True)\n sys.stdin.read()"
    environ = environment(PINGER_REPORTS=str(folder))
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as job:
        assert job.stdout
        job.stdout.readline()
        assert checked(tmp_path, f"{origin}/job")[:3] == (0, "pending", None)
        os.kill(job.pid, signal.SIGKILL)
    assert checked(tmp_path, f"{origin}/job", minutes_later=4)[1] == "pending"
    code, *verdict, reason = checked(tmp_path, f"{origin}/job", minutes_later=6)
    assert (code, verdict) == (1, ["error", "late"])
    assert "may take 5 min" in str(reason)


def pushed(folder: Path) -> Path:
    """Write a pinger.ini with tasks that are pushed."""
    tasks: dict[str, dict[str, object]] = {
        f"task {name}": {"push": name, "frequency": 60} for name in ("sync", "backup", "late")
    }
    return write_ini(folder, {"main": QUICK, "push": {"key": KEY}, **tasks})


def test_pushes(tmp_path: Path) -> None:
    """Starts, successes, failures and kept reports reach the real program, each evaluated as it says."""
    pushed(tmp_path)
    with Pinger(tmp_path) as pinger:
        address = f"http://127.0.0.1:{pinger.port}/ping/{KEY}"

        def has(slug: str, *expected: str | None) -> bool:
            row = pinger.rows()[f"push:{slug}"]
            return (row["status"], row["cause"], row["reason"]) == expected

        with report("sync", frequency=60, runtime=5, push=address) as run:
            eventually(lambda: has("sync", "pending", None, "runs for the first time"), "the start")
            run.reason = "3 rows skipped"
        eventually(lambda: has("sync", "ok", None, "3 rows skipped"), "the success")
        command = ("--name", "backup", "--push", address, "--", *shell("echo no disk; exit 3"))
        assert execute(*command).returncode == 3
        eventually(lambda: has("backup", "error", "failed", "exit code 3: no disk"), "the failure")
        with pytest.raises(ValueError, match="gone"), report("late", folder=tmp_path / "pages", push=DEAD):
            raise ValueError("gone")
        with report("late", folder=tmp_path / "pages", push=address):
            pass
        eventually(lambda: has("late", "ok", None, None), "the kept report and the next one")


def test_a_rejected_push(tmp_path: Path) -> None:
    """What Py Pinger says against a report is in the log of the task."""
    pushed(tmp_path)
    with Pinger(tmp_path) as pinger:
        address = f"http://127.0.0.1:{pinger.port}/ping/{KEY}"
        done = execute("--name", "sync", "--schedule", "soon", "--push", address, "--", "true")
        assert done.returncode == 0
        assert b"The push of sync was rejected: HTTP 400: " in done.stderr
        assert b"schedule" in done.stderr
