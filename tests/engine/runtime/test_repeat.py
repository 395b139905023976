"""Jobs that run for the whole life of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.engine.runtime.repeat import LoopFailures, attempt, every

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


class PanicError(BaseException):
    """What compiled code raises when it fails: not an Exception."""


async def rounds(*outcomes: float | BaseException | None, traceback: bool = True) -> Sequence[float]:
    """Run a job that ends in each of these ways; return the pauses between the rounds."""
    remaining, pauses = list(outcomes), []

    async def job() -> float | None:
        outcome = remaining.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if not remaining:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await every(5, job, "the job", sleep=sleep, traceback=traceback)
    return pauses


async def test_pauses() -> None:
    """The interval follows each round, unless the round returns another pause."""
    assert await rounds(None, 0.5, 0, None) == [5, 0.5, 0, 5]


async def test_an_error_costs_one_round(caplog: pytest.LogCaptureFixture) -> None:
    """An internal error is logged when it begins, when it changes and when it is over; no round is lost."""
    errors = [ValueError("x"), ValueError("y"), PanicError("z")]
    assert await rounds(None, *errors, None, None) == [5] * 6
    assert caplog.messages == [
        "Internal error in the job, will retry: ValueError",
        "Internal error in the job, will retry: PanicError",
        "Internal error in the job: recovered.",
    ]
    assert [bool(record.exc_info) for record in caplog.records] == [True, True, False]


async def test_failures() -> None:
    """A job that failed for a minute is a problem until a round succeeds; failed rounds are counted."""
    now = [NOW]
    failures = LoopFailures(lambda: now[0])

    async def until(*outcomes: BaseException | None) -> tuple[Problem, ...]:
        remaining = list(outcomes)

        async def job() -> None:
            if outcome := remaining.pop(0):
                raise outcome

        async def sleep(_: float) -> None:
            now[0] += timedelta(seconds=40)
            if not remaining:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await every(5, job, "the job", sleep=sleep, failures=failures)
        return failures.problems()

    assert await until(None, ValueError("a secret")) == ()
    text = "the job fails since 10:05 UTC: internal error (KeyError)"
    assert await until(KeyError("a secret")) == (Problem(ProblemKind.LOOP_FAILING, text),)
    assert await until(None) == ()
    assert failures.counts() == {"the job": 2}


async def test_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Where an error's text may quote a secret, the log names its type alone."""
    await rounds(ValueError("secret"), traceback=False)
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


async def test_cancelled() -> None:
    """A cancelled round ends the loop."""
    with pytest.raises(asyncio.CancelledError):
        await every(5, _cancelled, "the job")


async def _cancelled() -> None:
    raise asyncio.CancelledError


async def test_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """One attempt returns what the job returns, or None after an internal error, which is logged."""

    async def broken() -> int:
        raise PanicError

    async def working() -> int:
        return 7

    assert await attempt(working, "the job") == 7
    assert caplog.messages == []
    assert await attempt(broken, "the job") is None
    assert caplog.messages == ["Internal error in the job: PanicError"]
