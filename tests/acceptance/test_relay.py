"""`pinger check --push`: a probe behind a firewall, and the central Py Pinger that it pushes to."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.config_files import Sections, watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.forked_program import PROGRAM
from tests.support.program import Pinger, command, environment
from tests.support.task_pages import HOUR, NOW, failing, report
from tests.support.task_server import Server, says

KEY = "p1nger-0123456789-abcdefghij"
ENVIRON = {"PINGER_PUSH_KEY": KEY}
CENTRAL: Sections = {
    "push": {"key": KEY},
    "task Import": {"push": "import", "frequency": 10},
    "task Photos": {"push": "photos", "frequency": 60},
}


@pytest.fixture
def tasks() -> Iterator[Server]:
    """Serve the pages of two tasks, which only the probe can reach."""
    with Server() as running:
        running.behaviours["/import"] = says(report(lastrun=NOW - HOUR))
        running.behaviours["/photos"] = says({"state": "done", "end": "2020-01-01T00:00:00Z"})
        yield running


@pytest.fixture
def probe(tmp_path: Path, tasks: Server) -> Path:
    """Return the folder of the probe, with its pinger.ini."""
    folder = tmp_path / "probe"
    folder.mkdir()
    sections: Sections = {
        "main": {"timeout": 5, "retries": 0},
        "page photos": {"as": "json", "lastrun": "end"},
        "task Import": {"url": tasks.url("/import")},
        "task Photos": {"url": tasks.url("/photos"), "page": "photos", "frequency": 60},
    }
    write_ini(folder, sections)
    return folder


@pytest.fixture
def central(tmp_path: Path) -> Path:
    """Return the folder of the central Py Pinger, with its pinger.ini."""
    folder = tmp_path / "central"
    folder.mkdir()
    write_ini(folder, watching(), CENTRAL)
    return folder


def causes(pinger: Pinger) -> dict[str, tuple[str, str | None]]:
    """Return the status and the cause of each task."""
    return {url: (row["status"], row["cause"]) for url, row in pinger.rows().items()}


def relay(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Check and push once."""
    return command(folder, "check", "--push", url, environ=ENVIRON)


@contextmanager
def relaying(folder: Path, url: str, every: str) -> Iterator[Path]:
    """Check and push continuously; yield the file with what it says. Afterwards SIGTERM has to end it."""
    output = folder / "relay.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "check", "--push", url, "--every", every],
            cwd=folder,
            env=environment(ENVIRON),
            stdout=file,
            stderr=file,
        )
    try:
        yield output
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def test_once(probe: Path, central: Path, tasks: Server) -> None:
    """What pages say reaches the central server, which evaluates it by its own settings."""
    with Pinger(central) as pinger:
        url = f"http://127.0.0.1:{pinger.port}"
        done = relay(probe, url)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == f"Pushed to {url}."
        late = {"push:import": ("error", "late"), "push:photos": ("error", "late")}
        eventually(lambda: causes(pinger) == late, "both late")
        assert pinger.rows()["push:import"]["process"] == "My Process"
        tasks.behaviours["/import"] = says(failing())
        tasks.behaviours["/photos"] = says(b"", "500 Internal Server Error")
        assert relay(probe, url).returncode == 0
        failed = {"push:import": ("error", "failed"), "push:photos": ("error", "failed")}
        eventually(lambda: causes(pinger) == failed, "both failed")
        rows = pinger.rows()
        assert rows["push:import"]["reason"] == "There was an error"
        assert rows["push:photos"]["reason"].startswith("http: HTTP 500")
        assert rows["push:photos"]["lastrun"] == "2020-01-01T00:00:00Z"
        tasks.behaviours["/import"] = says(report())
        assert relay(probe, url).returncode == 0
        eventually(lambda: causes(pinger)["push:import"] == ("ok", None), "the recovery")


def test_failures(probe: Path, central: Path) -> None:
    """A wrong key, an unknown task and a server that is down are one sentence, with exit code 1."""
    with Pinger(central) as pinger:
        url = f"http://127.0.0.1:{pinger.port}"
        (probe / "pinger.ini").write_text(
            (probe / "pinger.ini").read_text("utf-8").replace("task Photos", "task Other"), "utf-8"
        )
        unknown = relay(probe, url)
        assert (unknown.returncode, len(unknown.stderr.splitlines())) == (1, 1)
        assert "push=other there" in unknown.stderr
        wrong = command(probe, "check", "--push", url, environ={"PINGER_PUSH_KEY": "x" * 20})
        assert (wrong.returncode, len(wrong.stderr.splitlines())) == (1, 2)
        assert KEY not in unknown.stdout + unknown.stderr
    down = relay(probe, url)
    assert (down.returncode, down.stderr) == (1, f"Cannot connect to {url}: connection refused.\n")


def test_continuously(probe: Path, central: Path, tasks: Server) -> None:
    """With --every, changes arrive, a server that was down gets them later, and each is said once."""
    with Pinger(central) as pinger:
        url = f"http://127.0.0.1:{pinger.port}"
        with relaying(probe, url, "1s") as output:
            eventually(lambda: causes(pinger)["push:import"] == ("error", "late"), "the first report")
            pinger.kill()
            write_ini(central, watching(port=pinger.port), CENTRAL)
            failed = f"Cannot connect to {url}: connection refused.\n"
            eventually(lambda: failed in output.read_text("utf-8"), "the failure")
            tasks.behaviours["/import"] = says(report())
            with Pinger(central) as again:
                eventually(lambda: causes(again)["push:import"] == ("ok", None), "the report that was kept")
                eventually(lambda: "All reports are pushed again." in output.read_text("utf-8"), "recovery")
            lines = output.read_text("utf-8").splitlines()
    assert lines[0] == f"Pushing the reports of 2 tasks to {url} every 1 s."
    assert lines[1:3] == [failed.strip(), "All reports are pushed again."]
