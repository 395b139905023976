"""Clients that send bursts of pipelined requests and do not read the answers."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.faults.profile import Profile
from tests.faults.scenario import new_scenario
from tests.faults.test_hostile import resident
from tests.support.config_files import watching, write_ini
from tests.support.program import Pinger

# So many that the page of all of them is large.
TASKS = 300

# Connections, and requests that each sends in a burst, again each second.
CONNECTIONS = 30
BURST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100

# Seconds in which /healthz has to answer, and bytes by which the program may grow.
IN_TIME = 5.0
GROWTH = 400 << 20


def test_a_pipelined_flood(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """/healthz answers in time, checks go on, and memory is bounded; then all pages are as before."""
    with new_scenario(tmp_path / "flood") as scenario, ManyTasks(TASKS) as many:
        write_ini(scenario.folder, watching(*many.urls, interval=5), scenario.slack.block)
        with scenario.pinger() as pinger:
            pinger.judged()
            before, slowest, largest = resident(pinger), 0.0, 0
            checks = sum(many.asked.values())
            with _flood(pinger.port) as burst:
                for _ in range(max(5, int(profile.outage))):
                    burst()
                    slowest = max(slowest, _seconds_to_health(pinger))
                    largest = max(largest, resident(pinger) - before)
                    sleep(1)
            assert sum(many.asked.values()) > checks
            assert len(pinger.rows()) == TASKS
    measure(
        f"{CONNECTIONS} connections that send {BURST.count(b'GET')} requests a second and read nothing: "
        f"/healthz within {1000 * slowest:.0f} ms, at most {largest >> 20} MiB more memory"
    )
    assert slowest < IN_TIME
    assert largest < GROWTH


@contextmanager
def _flood(port: int) -> Iterator[Callable[[], None]]:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)
        ]
        for client in clients:
            client.setblocking(False)  # noqa: FBT003 - the socket's own signature

        def burst() -> None:
            for client in clients:
                # A full buffer, or a connection that was closed: the flood goes on with the others.
                with suppress(OSError):
                    client.send(BURST)

        yield burst


def _seconds_to_health(pinger: Pinger) -> float:
    start = monotonic()
    assert pinger.get("/healthz").status == 200
    return monotonic() - start
