"""Py Pinger as systemd starts, watches and stops it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import PATIENCE, eventually
from tests.support.program import ROOT, Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """Return systemd's end of the socket, in a new folder, since its address has to be short."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"{folder}/notify")
        line.settimeout(PATIENCE)
        yield line


def test_systemd_is_kept_informed(tmp_path: Path, tasks: Server, systemd: socket.socket) -> None:
    """It is notified when Py Pinger is ready, that it is alive, of its status, and when it ends.

    "systemctl start py-pinger.service" "systemctl stop py-pinger.service"
    """
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")))
    environ = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "400000"}
    with Pinger(tmp_path, environ=environ) as pinger:
        ready, *alive = (systemd.recv(1000) for _ in range(4))
        tasks.behaviours["/task"] = says(failing())
        eventually(lambda: systemd.recv(1000) == _alive(failing=1), "word of the failure")
        assert pinger.get("/healthz").status == 200
        assert pinger.stop() == 0
    assert (ready, alive) == (b"READY=1", [_alive(failing=0)] * 3)
    systemd.settimeout(0)
    last = [word for word in iter(lambda: _next(systemd), b"") if word != _alive(failing=1)]
    assert last == [b"STOPPING=1"]


def _alive(failing: int) -> bytes:
    return f"WATCHDOG=1\nSTATUS=Watching 1 task, {failing} failing".encode()


def _next(line: socket.socket) -> bytes:
    try:
        return line.recv(1000)
    except BlockingIOError:
        return b""


def test_the_service_file_starts_the_program() -> None:
    """The file that the page speaks of is there, and starts what the page starts.

    "… a service file is available for convenience.
    Place this file at `/etc/systemd/system/py-pinger.service`."
    """
    lines = (ROOT / "deploy" / "py-pinger.service").read_text("utf-8").splitlines()
    (start,) = (line for line in lines if line.startswith("ExecStart="))
    assert "/opt/py-pinger/.env/bin/python /opt/py-pinger/src/pinger.py" in start
    assert {"Type=notify", "WatchdogSec=30", "WantedBy=multi-user.target"} <= set(lines)
