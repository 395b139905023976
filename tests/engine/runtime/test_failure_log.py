"""Log entries for what fails for a while."""

from __future__ import annotations

import logging

import pytest

from py_pinger.engine.runtime.failure_log import FailureLog

FAILING, RECOVERED = "Cannot write to the database, will retry", "Database writes recovered"


@pytest.fixture
def failures() -> FailureLog:
    """Return a log of failures with the words of the database."""
    return FailureLog(logging.getLogger("py_pinger.test"), FAILING, RECOVERED)


@pytest.mark.parametrize(
    ("errors", "logged"),
    [
        ([None, None], []),
        (["full", "full"], [f"{FAILING}: full"]),
        (["full", None, None], [f"{FAILING}: full", RECOVERED]),
        (["full", "locked"], [f"{FAILING}: full", f"{FAILING}: locked"]),
        (["full", None, "full"], [f"{FAILING}: full", RECOVERED, f"{FAILING}: full"]),
    ],
    ids=["works", "fails for long", "recovers", "another error", "fails again"],
)
def test_what_is_logged(
    errors: list[str | None], logged: list[str], failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    """The first failure, each other error and the recovery are logged once."""
    for error in errors:
        failures.record(error)
    assert (caplog.messages, failures.error) == (logged, errors[-1])


def test_the_traceback_of_an_internal_error(failures: FailureLog, caplog: pytest.LogCaptureFixture) -> None:
    """An error with a cause is logged with its traceback, at the level that is asked for."""
    failures.record("internal error (KeyError)", KeyError("x"), logging.ERROR)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info and record.exc_info[0]) == (logging.ERROR, KeyError)
