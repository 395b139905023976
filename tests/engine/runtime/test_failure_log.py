"""Log entries for what fails for a while."""

from __future__ import annotations

import logging

import pytest

from py_pinger.engine.runtime.failure_log import FailureLog

FAILING, RECOVERED = "Cannot write to the database, will retry", "Database writes recovered"


def failure_log(*, each_error: bool = False) -> FailureLog:
    """Return a log of failures with the words of the database."""
    return FailureLog(logging.getLogger("py_pinger.test"), FAILING, RECOVERED, each_error=each_error)


@pytest.mark.parametrize(
    ("errors", "each_error", "logged"),
    [
        ([None, None], False, []),
        (["full", "full"], False, [f"{FAILING}: full"]),
        (["full", None, None], False, [f"{FAILING}: full", RECOVERED]),
        (["full", "locked"], False, [f"{FAILING}: full"]),
        (["full", "locked", "locked"], True, [f"{FAILING}: full", f"{FAILING}: locked"]),
        (["full", None, "full"], False, [f"{FAILING}: full", RECOVERED, f"{FAILING}: full"]),
    ],
    ids=["works", "fails for long", "recovers", "another error", "each error", "fails again"],
)
def test_what_is_logged(
    errors: list[str | None],
    each_error: bool,  # noqa: FBT001 - a column of the table
    logged: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The first failure and the recovery are logged once; on request each other error, too."""
    failures = failure_log(each_error=each_error)
    for error in errors:
        failures.record(error)
    assert (caplog.messages, failures.error) == (logged, errors[-1])


def test_the_traceback_of_an_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    """An error with a cause is logged with its traceback, at the level that is asked for."""
    failure_log().record("internal error (KeyError)", KeyError("x"), logging.ERROR)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info and record.exc_info[0]) == (logging.ERROR, KeyError)
