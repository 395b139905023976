"""Log outputs that stall: nothing waits for them, what is dropped is counted, and lines come again."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from errno import ENOSPC
from threading import Event
from time import monotonic

import pytest

from py_pinger.app.logs import log_output
from py_pinger.app.logs.log_output import BackgroundHandler, stderr_output
from py_pinger.core.model.health import WarningKind


class Stalling(logging.Handler):
    """An output that takes a line only while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = Event()
        self.begun = Event()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, once the output is open."""
        self.begun.set()
        self.open.wait(5)
        self.lines.append(self.format(record))


@pytest.fixture
def output() -> Iterator[Stalling]:
    """Return a stalled output."""
    output = Stalling()
    yield output
    output.open.set()


@pytest.fixture
def handler(output: Stalling, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundHandler]:
    """Return a handler with room for three lines behind the one that is being written."""
    monkeypatch.setattr(log_output, "MAX_LINES", 3)
    monkeypatch.setattr(log_output, "STALLED_AFTER", 0.0)
    monkeypatch.setattr(log_output, "FLUSH_LIMIT", 0.2)
    handler = BackgroundHandler(output, "the output")
    yield handler
    output.open.set()
    handler.close()


def log(handler: BackgroundHandler, *lines: str) -> None:
    """Log lines."""
    for line in lines:
        handler.handle(logging.makeLogRecord({"msg": line}))


def test_a_stalled_output(
    handler: BackgroundHandler, output: Stalling, caplog: pytest.LogCaptureFixture
) -> None:
    """Logging does not wait for a stalled output; lines beyond the bound are dropped, counted and logged."""
    log(handler, "first")
    assert output.begun.wait(30)
    before = monotonic()
    log(handler, *"abcdefgh")
    assert monotonic() - before < 1
    warning = handler.warning()
    assert warning is not None
    assert (handler.dropped, warning.kind) == (5, WarningKind.LOG_STALLED)
    assert warning.text.startswith("the output takes no log lines since ")
    assert warning.text.endswith(": 5 log lines dropped")
    output.open.set()
    handler.flush()
    assert (output.lines, handler.warning()) == (["first", "a", "b", "c"], None)
    assert caplog.messages == ["the output took no log lines: 5 log lines dropped"]
    log(handler, "later")
    handler.flush()
    assert output.lines[-1] == "later"


class Failing(logging.Handler):
    """An output that takes no line while it is full."""

    full = True

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - only its outcome counts
        """Fail while it is full."""
        if self.full:
            raise OSError(ENOSPC, "No space left on device")


def test_a_failing_output(caplog: pytest.LogCaptureFixture) -> None:
    """What it does not take is dropped, counted, and logged once it takes lines again."""
    output = Failing()
    handler = BackgroundHandler(output, "the output")
    log(handler, "a", "b")
    handler.flush()
    warning = handler.warning()
    assert warning is not None
    assert (handler.dropped, warning.kind) == (2, WarningKind.LOG_STALLED)
    assert warning.text.endswith(": No space left on device; 2 log lines dropped")
    assert caplog.messages == []
    output.full = False
    log(handler, "c")
    handler.flush()
    assert (handler.warning(), caplog.messages) == (
        None,
        ["the output took no log lines: 2 log lines dropped"],
    )
    handler.close()


def test_the_end_with_a_stalled_output(handler: BackgroundHandler, output: Stalling) -> None:
    """The end of the program waits for a stalled output only so long, even if its queue is full."""
    for lines in ("a", "bcdefgh"):
        log(handler, *lines)
        assert output.begun.wait(30)
        before = monotonic()
        handler.flush()
        assert monotonic() - before < 1


def test_the_argument_as_it_was(handler: BackgroundHandler, output: Stalling) -> None:
    """A line says what its arguments were when it was logged."""
    argument = ["before"]
    handler.handle(logging.makeLogRecord({"msg": "%s 100 %%", "args": (argument,)}))
    argument[0] = "after"
    output.open.set()
    handler.flush()
    assert output.lines == ["['before'] 100 %"]


def test_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    """A line goes to standard error whole; half a character becomes a question mark."""
    output = stderr_output()
    output.handle(logging.makeLogRecord({"msg": "Zoë \ud800"}))
    assert capfd.readouterr().err == "Zoë ?\n"


def test_closed_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is lost, without an error, when standard error is closed or its reader has gone."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as pipe:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr("sys.stderr", pipe)
        stderr_output().handle(logging.makeLogRecord({"msg": "lost"}))
        with suppress(BrokenPipeError):
            pipe.flush()
