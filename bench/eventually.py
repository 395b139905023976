"""Waiting for another process."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import Popen
from time import monotonic, sleep
from typing import TypeVar

from bench.errors import BenchError

_Result = TypeVar("_Result")

# Seconds.
PATIENCE = 60.0
PAUSE = 0.02


def eventually(
    probe: Callable[[], _Result],
    what: str,
    process: Popen[bytes] | None = None,
    patience: float = PATIENCE,
    pause: float = PAUSE,
) -> _Result:
    """Return the first true result of a probe; `pause` and `patience` are in seconds.

    Raises BenchError if none comes, or if the process that should bring it about has ended.
    """
    deadline = monotonic() + patience
    while not (result := probe()):
        if process is not None and process.poll() is not None:
            raise BenchError(
                [f"waited for {what}, but the process ended with exit code {process.returncode}"]
            )
        if monotonic() > deadline:
            raise BenchError([f"waited {patience:g} s for {what}, then gave up"])
        sleep(pause)
    return result
