"""Log outputs that never block the program, nor fail it: each has a bounded queue and a thread."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from queue import Full, Queue
from threading import Event, Thread
from time import monotonic

from py_pinger.core.model.health import HealthWarning, WarningKind
from py_pinger.core.text.formatting import count, time_of_day
from py_pinger.core.text.system_error import system_cause

# Lines that wait for one output; further ones are dropped and counted. Some megabytes at most.
MAX_LINES = 10_000

# Seconds that one line may take before the output counts as stalled.
STALLED_AFTER = 5.0

# Seconds that the end of the program waits for an output that takes no more lines.
FLUSH_LIMIT = 1.0


class BackgroundHandler(logging.Handler):
    """Passes lines to another handler by a thread, and drops them while that one is stalled or fails.

    `place` is what people call the output. `dropped` counts the lines since the start.
    """

    def __init__(self, output: logging.Handler, place: str) -> None:
        super().__init__()
        self.place = place
        self.dropped = 0
        self._output = output
        self._lines: Queue[logging.LogRecord | Event | None] = Queue(MAX_LINES)
        self._reported = 0
        self._is_given_up = False
        self._writing: tuple[float, datetime] | None = None
        self._failing: tuple[str, datetime] | None = None
        self._thread = Thread(target=self._write, name=f"log to {place}", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line, or count it as dropped."""
        try:
            # Formatted here, since what the record refers to may change.
            self._lines.put_nowait(logging.makeLogRecord({"msg": self.format(record)}))
        except Full:
            self.dropped += 1

    def flush(self) -> None:
        """Wait for a limited time until all lines are written; only once if stalled."""
        if self._is_given_up:
            return
        written, deadline = Event(), monotonic() + FLUSH_LIMIT
        with suppress(Full):
            self._lines.put(written, timeout=FLUSH_LIMIT)
            written.wait(max(deadline - monotonic(), 0.0))
        self._is_given_up = not written.is_set()

    def close(self) -> None:
        """End the thread after all lines, and leave it behind if it is stalled."""
        self.flush()
        with suppress(Full):
            self._lines.put_nowait(None)
        super().close()

    def warning(self) -> HealthWarning | None:
        """Return the warning about an output that is stalled or fails, if it is."""
        writing, lines = self._writing, f"{count(self.dropped, 'log line')} dropped"
        if failing := self._failing:
            return self._since(failing[1], f"{failing[0]}; {lines}")
        if writing and monotonic() - writing[0] >= STALLED_AFTER:
            return self._since(writing[1], lines)
        return None

    def _since(self, since: datetime, what: str) -> HealthWarning:
        text = f"{self.place} takes no log lines since {time_of_day(since)}: {what}"
        return HealthWarning(WarningKind.LOG_STALLED, text)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if isinstance(line, Event):
                line.set()
                continue
            self._writing = monotonic(), datetime.now(UTC)
            self._write_line(line)
            self._writing, self._is_given_up = None, False
        # The last line of a full disk is still in its buffer.
        with suppress(OSError):
            self._output.close()

    def _write_line(self, line: logging.LogRecord) -> None:
        try:
            # Without the handler's lock, which would be held while stalled: the end of the program takes it.
            self._output.emit(line)
        except OSError as error:
            self.dropped += 1
            since = self._failing[1] if self._failing else datetime.now(UTC)
            self._failing = system_cause(error), since
        else:
            self._failing = None
            self._report_dropped()

    def _report_dropped(self) -> None:
        dropped = self.dropped
        if dropped > self._reported:
            lines = count(dropped - self._reported, "log line")
            self._reported = dropped
            logging.getLogger(__name__).warning("%s took no log lines: %s dropped", self.place, lines)


def stderr_output() -> logging.Handler:
    """Return the handler that writes to standard error."""
    try:
        return _DescriptorHandler(sys.stderr.fileno())
    except OSError:
        # Replaced by an object without a file, as in tests.
        return logging.StreamHandler(sys.stderr)


class _DescriptorHandler(logging.Handler):
    """Writes to a file descriptor without a buffer.

    A stalled write must not hold a lock of `sys.stderr`.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        data = f"{self.format(record)}\n".encode(errors="replace")
        with suppress(OSError):
            while data:
                data = data[os.write(self._descriptor, data) :]
