"""Waiting ends: with a result, with patience, or with the process that should bring the result about."""

import subprocess
import sys

import pytest
from bench.errors import BenchError
from bench.eventually import eventually


def test_a_result_comes() -> None:
    """The first true result is returned."""
    results = iter([0, 0, 7])
    assert eventually(lambda: next(results), "a number", pause=0) == 7


def test_patience_ends() -> None:
    """A wait that ends in vain names what was awaited."""
    with pytest.raises(BenchError, match=r"waited 0 s for rain, then gave up"):
        eventually(lambda: False, "rain", patience=0, pause=0)


def test_a_process_that_ended_is_not_waited_for() -> None:
    """A wait ends when the process has ended."""
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        process.wait()
        with pytest.raises(BenchError, match=r"waited for rain, but the process ended with exit code 3"):
            eventually(lambda: False, "rain", process)


def test_many_problems_are_cut_short() -> None:
    """Ten problems are shown in full, the rest is counted."""
    lines = str(BenchError([f"{n} is wrong" for n in range(12)])).splitlines()
    assert lines[-2:] == ["9 is wrong", "… and 2 more"]
