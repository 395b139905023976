"""The output of a command: passed on byte by byte, or held back, while its end is kept for the report."""

from __future__ import annotations

import errno
import os
import select
from contextlib import suppress
from threading import Lock, Thread
from typing import BinaryIO, Protocol

# Bytes. Py Pinger keeps as much of a log.
KEPT = 10_000
_CHUNK = 65_536

# Bytes of held output that stay in memory.
_IN_MEMORY = 1 << 20

# Bytes that are still read when the command has ended, while a process that it left behind goes on writing.
_REST = 1 << 20


class Tail:
    """The last bytes of the output, of both streams in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bytes = bytearray()

    def add(self, chunk: bytes) -> None:
        """Append bytes, and drop the oldest over the limit."""
        with self._lock:
            self._bytes += chunk
            del self._bytes[:-KEPT]

    def text(self) -> str:
        """Return the end of the output as text."""
        with self._lock:
            return self._bytes.decode("utf-8", "replace").lstrip("\ufffd")


class Sink(Protocol):
    """Where output goes."""

    def write(self, chunk: bytes) -> bool:
        """Take output; return False if its reader is gone."""

    def release(self) -> None:
        """Print what was held back."""


class Passed:
    """Output that goes to a file descriptor at once."""

    def __init__(self, target: int) -> None:
        self._target = target

    def write(self, chunk: bytes) -> bool:
        """Write all bytes, however slow the reader is. Output that has no place, on a full disk, is lost."""
        while chunk:
            try:
                chunk = chunk[os.write(self._target, chunk) :]
            except BlockingIOError:
                select.select([], [self._target], [])
            except OSError as error:
                return error.errno != errno.EPIPE
        return True

    def release(self) -> None:
        """Do nothing: no output is held back."""


class Held:
    """Output that is printed only if the run fails: in memory, and what is more in a temporary file."""

    def __init__(self, target: int) -> None:
        self._passed = Passed(target)
        self._passing = False
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._in_file = 0

    def write(self, chunk: bytes) -> bool:
        """Keep the bytes; if they have no place on the disk, print all from now on."""
        if not self._passing and not self._kept(chunk):
            self.release()
            return self._passed.write(chunk)
        return self._passed.write(chunk) if self._passing else True

    def release(self) -> None:
        """Print what was held back, and pass on the rest."""
        self._passing = True
        self._passed.write(bytes(self._memory))
        self._memory.clear()
        if self._file:
            for start in range(0, self._in_file, _CHUNK):
                length = min(_CHUNK, self._in_file - start)
                self._passed.write(os.pread(self._file.fileno(), length, start))
            self._file.close()
            self._file = None

    def _kept(self, chunk: bytes) -> bool:
        if not self._in_file and len(self._memory) + len(chunk) <= _IN_MEMORY:
            self._memory += chunk
            return True
        try:
            if self._file is None:
                from tempfile import TemporaryFile  # noqa: PLC0415 - only much output needs it

                self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - `release` closes it
            written = 0
            while written < len(chunk):
                written += os.pwrite(self._file.fileno(), chunk[written:], self._in_file + written)
        except OSError:
            return False
        self._in_file += written
        return True


class Pump(Thread):
    """Moves one stream of a command to its place, until the command and its children have ended."""

    def __init__(self, source: int, sink: Sink, tail: Tail, ended: int) -> None:
        super().__init__(name="pinger-output", daemon=True)
        self._source = source
        self._sink = sink
        self._tail = tail
        self._ended = ended

    def run(self) -> None:
        """Move all output. When `ended` has ended, what is already there is the rest."""
        poll = select.poll()
        for handle in (self._source, self._ended):
            poll.register(handle, select.POLLIN)
        rest = _REST
        while rest > 0:
            ready = dict(poll.poll())
            if self._source not in ready:
                break
            chunk = os.read(self._source, _CHUNK)
            self._tail.add(chunk)
            # A closed pipe ends the command by SIGPIPE, as it would without Py Pinger.
            if not chunk or not self._sink.write(chunk):
                break
            rest -= len(chunk) if self._ended in ready else 0
        with suppress(OSError):
            os.close(self._source)
