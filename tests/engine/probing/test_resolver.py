"""Looking hosts up."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from errno import EMFILE
from pathlib import Path
from socket import EAI_AGAIN, gaierror
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest

from py_pinger.core.model.check import ProbeFailure
from py_pinger.engine.probing.probe_errors import NO_DESCRIPTORS, ProbeError
from py_pinger.engine.probing.resolver import addresses
from py_pinger.engine.probing.retry import TimeBudget

STARVING = Path(__file__).parents[2] / "support" / "fd_exhaustion.py"
SOURCE = Path(__file__).parents[3] / "src"


def soon(seconds: float = 10) -> TimeBudget:
    """Return a deadline that begins now."""
    return TimeBudget(timedelta(seconds=seconds), monotonic())


async def test_found() -> None:
    """A name's addresses are each told once."""
    found = await addresses("localhost", soon())
    assert set(found if isinstance(found, tuple) else ()) <= {"127.0.0.1", "::1"}
    assert found


async def test_no_such_name() -> None:
    """A name that cannot be is told as the client would tell it."""
    expected = ProbeError(ProbeFailure.DNS, f"no such host: {'a' * 64}.invalid")
    assert await addresses("a" * 64 + ".invalid", soon()) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            gaierror(EAI_AGAIN, "Temporary failure in name resolution"),
            ProbeError(ProbeFailure.DNS, "the name server did not answer"),
        ),
        (OSError(0, "Success"), ProbeError(ProbeFailure.DNS, "could not look up the host h")),
        (OSError(EMFILE, "Too many open files"), ProbeError(ProbeFailure.LOCAL, NO_DESCRIPTORS)),
    ],
)
async def test_unknown_name(monkeypatch: pytest.MonkeyPatch, error: OSError, expected: ProbeError) -> None:
    """What the C library says of a name is told as the client would tell it."""

    def failing(*_: object, **__: object) -> list[Any]:
        raise error

    monkeypatch.setattr("py_pinger.engine.probing.resolver.getaddrinfo", failing)
    assert await addresses("h", soon()) == expected


async def test_hanging_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that says nothing takes the time of the attempt, no more."""
    over = Event()
    monkeypatch.setattr("py_pinger.engine.probing.resolver.getaddrinfo", lambda *_, **__: over.wait() and [])
    expected = ProbeError(ProbeFailure.TIMEOUT, "no answer within 0.1 s")
    assert await addresses("h", soon(0.1)) == expected
    over.set()


async def test_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that gives no thread is not the task's fault."""

    def refusing(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refusing)
    found = await addresses("h", soon())
    assert isinstance(found, ProbeError)
    assert found.failure is ProbeFailure.LOCAL


@pytest.mark.parametrize(
    ("host", "left"),
    [("127.0.0.1", 0), ("unknown.invalid", 0), ("unknown.invalid", 1), ("unknown.invalid", 3)],
)
def test_no_descriptors(host: str, left: int) -> None:
    """Without file descriptors left neither a lookup nor a connection is blamed on the task.

    A lookup that fails then says that there is no such host; one with few left may be the victim of others.
    """
    run = subprocess.run(
        [sys.executable, str(STARVING), f"http://{host}:1/", str(left)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout == f"own: {NO_DESCRIPTORS}\n", run.stderr
