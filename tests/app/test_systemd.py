"""What systemd is notified of."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from py_pinger.app.systemd import ServiceStatus, SystemdNotifier, service_status
from py_pinger.core.model.check import Cause
from py_pinger.core.model.health import Health, HealthWarning, Problem, ProblemKind, WarningKind
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
WELL = ServiceStatus(alive=True, text="Watching 42 tasks, 1 failing")
STUCK = ServiceStatus(alive=False, text="Problem: checks do not complete")


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Listen as systemd does; return the socket and its NOTIFY_SOCKET."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@py-pinger-{uuid4()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.settimeout(5)
        yield listening, name


def test_messages(manager: tuple[socket.socket, str]) -> None:
    """Each message is one datagram."""
    listening, name = manager
    service = SystemdNotifier({"NOTIFY_SOCKET": name})
    service.ready()
    service.stopping()
    assert [listening.recv(100) for _ in range(2)] == [b"READY=1", b"STOPPING=1"]


def test_reloading(manager: tuple[socket.socket, str]) -> None:
    """The message about a reload has its monotonic time, as Type=notify-reload requires."""
    listening, name = manager
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    SystemdNotifier({"NOTIFY_SOCKET": name}).reloading()
    words, _, microseconds = listening.recv(100).decode().rpartition("=")
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert words == "RELOADING=1\nMONOTONIC_USEC"
    assert before <= int(microseconds) <= after


@pytest.mark.parametrize(
    ("watchdog", "status", "message"),
    [
        ("30000000", WELL, b"WATCHDOG=1\nSTATUS=Watching 42 tasks, 1 failing"),
        ("30000000", STUCK, b"STATUS=Problem: checks do not complete"),
        ("", WELL, b"STATUS=Watching 42 tasks, 1 failing"),
    ],
)
def test_notify(
    manager: tuple[socket.socket, str], watchdog: str, status: ServiceStatus, message: bytes
) -> None:
    """The status is always sent; the watchdog, if there is one, is pinged while the process is alive."""
    listening, name = manager
    SystemdNotifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": watchdog}).notify(status)
    assert listening.recv(100) == message


OK = TaskSnapshot("http://a/", None, TaskState())
FAILING = TaskSnapshot(
    "http://b/", None, TaskState(incident=Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),)))
)


def _problem(text: str) -> Problem:
    return Problem(ProblemKind.STORE, text)


def _warning(text: str) -> HealthWarning:
    return HealthWarning(WarningKind.RESTART_NEEDED, text)


@pytest.mark.parametrize(
    ("snapshots", "health", "text"),
    [
        ([], Health(), "Watching 0 tasks, 0 failing"),
        ([FAILING], Health(), "Watching 1 task, 1 failing"),
        ([OK, FAILING, OK], Health(), "Watching 3 tasks, 1 failing"),
        (
            [OK],
            Health((_problem("the store\nis full"), _problem("more")), (_warning("a warning"),)),
            "Watching 1 task, 0 failing; problem: the store is full",
        ),
        (
            [OK],
            Health((), (_warning("a\nwarning"), _warning("another"))),
            "Watching 1 task, 0 failing; a warning",
        ),
    ],
)
def test_the_line(snapshots: list[TaskSnapshot], health: Health, text: str) -> None:
    """The status is one line: the number of tasks, how many fail, and the first problem."""
    assert service_status(snapshots, health, alive=True) == ServiceStatus(alive=True, text=text)


@pytest.mark.parametrize(("watchdog", "pause"), [("30000000", 15.0), ("600000000", 60.0), ("", 60.0)])
async def test_run(manager: tuple[socket.socket, str], watchdog: str, pause: float) -> None:
    """The status is sent twice in the watchdog's time, and at least once a minute."""
    listening, name = manager
    statuses, pauses = [WELL, STUCK], list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if not statuses:
            raise asyncio.CancelledError

    service = SystemdNotifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": watchdog})
    with suppress(asyncio.CancelledError):
        await service.run(lambda: statuses.pop(0), sleep)
    sent = [listening.recv(100).rpartition(b"STATUS=")[2].decode() for _ in range(2)]
    assert (sent, pauses) == ([WELL.text, STUCK.text], [pause, pause])


def test_without_systemd(caplog: pytest.LogCaptureFixture) -> None:
    """Without NOTIFY_SOCKET nothing is sent, and nothing is logged."""
    service = SystemdNotifier({})
    service.ready()
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "why"),
    [("/nowhere/notify", "No such file or directory"), ("/x" * 200, "AF_UNIX path too long")],
)
def test_unreachable(name: str, why: str, caplog: pytest.LogCaptureFixture) -> None:
    """A message that cannot be sent is logged."""
    SystemdNotifier({"NOTIFY_SOCKET": name}).ready()
    assert caplog.messages == [f"Cannot notify systemd of 'READY=1': {why}"]


def test_systemd_does_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A systemd that does not read blocks nothing."""
    name = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(name)
        service = SystemdNotifier({"NOTIFY_SOCKET": name})
        while not caplog.messages:
            service.notify(STUCK)
    (message,) = caplog.messages
    assert message.endswith(": Resource temporarily unavailable")


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
    """The watchdog is pinged twice in the time that systemd allows; an invalid time means no watchdog."""
    environ = {} if microseconds is None else {"WATCHDOG_USEC": microseconds}
    assert SystemdNotifier(environ).watchdog == pytest.approx(seconds)
