"""Word to systemd."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from py_pinger.systemd import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Listen as systemd does; return the socket and its NOTIFY_SOCKET."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@py-pinger-{uuid4()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.settimeout(5)
        yield listening, name


def test_words(manager: tuple[socket.socket, str]) -> None:
    """Each word is one datagram."""
    listening, name = manager
    service = ServiceManager({"NOTIFY_SOCKET": name})
    service.ready()
    service.alive()
    service.stopping()
    assert [listening.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """Without NOTIFY_SOCKET there is nobody to tell, and nothing to log."""
    service = ServiceManager({})
    service.ready()
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "why"),
    [("/nowhere/notify", "No such file or directory"), ("/x" * 200, "AF_UNIX path too long")],
)
def test_systemd_cannot_be_told(name: str, why: str, caplog: pytest.LogCaptureFixture) -> None:
    """What does not reach systemd is logged, and ends nothing."""
    ServiceManager({"NOTIFY_SOCKET": name}).ready()
    assert caplog.messages == [f"systemd could not be told READY=1: {why}"]


def test_systemd_does_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A systemd that reads nothing more does not hold us up."""
    name = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(name)
        service = ServiceManager({"NOTIFY_SOCKET": name})
        while not caplog.messages:
            service.alive()
    assert caplog.messages == ["systemd could not be told WATCHDOG=1: Resource temporarily unavailable"]


@pytest.mark.parametrize(
    ("microseconds", "seconds"),
    [
        ("30000000", 15.0),
        ("1", 5e-7),
        ("18446744073709551615", 9223372036854.775),
        (None, None),
        ("", None),
        ("0", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("9" * 5000, None),
        ("soon", None),
    ],
)
def test_watchdog(microseconds: str | None, seconds: float | None) -> None:
    """The watchdog is fed twice in the time that systemd allows; what is no such time means none."""
    environ = {} if microseconds is None else {"WATCHDOG_USEC": microseconds}
    assert ServiceManager(environ).watchdog == pytest.approx(seconds)
