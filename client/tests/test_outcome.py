"""Every way to leave a run, as a table."""

from __future__ import annotations

import asyncio

import pytest

from pinger_report.outcome import Outcome, outcome_of, text


class Unprintable(Exception):  # noqa: N818 - it is about its text
    """An exception whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError


OK = Outcome(ok=True)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, OK),
        (SystemExit(), OK),
        (SystemExit(0), OK),
        (SystemExit(False), OK),  # noqa: FBT003 - what somebody's code might do
        (GeneratorExit(), OK),
        (SystemExit(3), Outcome(ok=False, reason="SystemExit: 3")),
        (SystemExit("no disk"), Outcome(ok=False, reason="SystemExit: no disk")),
        (ValueError("first\nsecond"), Outcome(ok=False, reason="ValueError: first")),
        (ValueError(), Outcome(ok=False, reason="ValueError")),
        (KeyboardInterrupt(), Outcome(ok=False, reason="KeyboardInterrupt")),
        (asyncio.CancelledError(), Outcome(ok=False, reason="CancelledError")),
        (Unprintable(), Outcome(ok=False, reason="Unprintable")),
        (StopIteration(1), Outcome(ok=False, reason="StopIteration: 1")),
        (MemoryError(), Outcome(ok=False, reason="MemoryError")),
    ],
    ids=repr,
)
def test_ways_to_leave(error: BaseException | None, expected: Outcome) -> None:
    """Exceptions are errors with their class and first line, except those that mean success."""
    assert outcome_of(error, None, None) == expected


@pytest.mark.parametrize(
    ("error", "failure", "reason", "expected"),
    [
        (None, None, "3 rows skipped", Outcome(ok=True, reason="3 rows skipped")),
        (None, "too many", "3 rows skipped", Outcome(ok=False, reason="too many")),
        (SystemExit(0), "too many", None, Outcome(ok=False, reason="too many")),
        (OSError("gone"), "too many", "3 rows", Outcome(ok=False, reason="OSError: gone")),
    ],
)
def test_what_a_run_says(
    error: BaseException | None, failure: str | None, reason: str | None, expected: Outcome
) -> None:
    """An exception comes before `fail`, and `fail` before a reason."""
    assert outcome_of(error, failure, reason) == expected


def test_text() -> None:
    """A reason is any object; it becomes 1,000 characters of valid text at most."""
    assert text(None) is None
    assert text(7) == "7"
    assert text("\udcff") == "?"
    assert text("x" * 2000) == "x" * 1000
