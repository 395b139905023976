"""Runs a command to its end: passes on its output and our signals, and limits its time."""

from __future__ import annotations

import errno
import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import NamedTuple

from pinger_report.command.output import Held, Passed, Pump, Sink, Tail
from pinger_report.command.process_group import KILL_AFTER, ProcessGroup

# Signals that end or inform a command; those that were ignored when we were started stay ignored.
_PASSED_ON = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")

# Seconds: between two checks for the end of the output, and how long it may take after a signal.
_PAUSE = 0.01
_SHORT = 2.0


class Ending(NamedTuple):
    """How a command ended: its exit code as in a shell, the signal that killed it, its last output."""

    code: int
    signal: int | None = None
    timed_out: bool = False
    output: str = ""


class Execution:
    """One execution of a command.

    `seconds` limits its time. With `reads_output`, its output passes through here; else the command has our
    own streams.
    """

    def __init__(self, *, seconds: float | None, reads_output: bool, holds_output: bool) -> None:
        self._seconds = seconds
        self._reads_output = reads_output or holds_output
        self._sink: Callable[[int], Sink] = Held if holds_output else Passed
        self._tail = Tail()
        self._sinks: list[Sink] = []
        self._pumps: list[Pump] = []
        _take_standard_streams()
        self._ended, self._ending = os.pipe()
        self._signals = _signal_pipe()

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start the command. Raises OSError if it cannot be started."""
        streams = self._pipes() if self._reads_output else {}
        try:
            for pump in self._pumps:
                pump.start()
            self._group = ProcessGroup(command, environ, streams)
        except RuntimeError:  # there are as many threads as the system allows
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
        finally:
            for handle in set(streams.values()):
                os.close(handle)
        self._deadline = time.monotonic() + self._seconds if self._seconds else None

    def wait(self) -> Ending:
        """Return how the command ended, once it and its children have ended and all output is passed on."""
        timed_out = self._wait_for_command()
        self._group.end_descendants()
        status = self._group.reap()
        os.close(self._ending)
        self._wait_for_output()
        killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = 128 + killed if killed else os.WEXITSTATUS(status)
        return Ending(code, killed, timed_out, self._tail.text())

    def _wait_for_output(self) -> None:
        """Wait until all output is passed on, however slow its reader is; a signal shortens the wait."""
        deadline = None
        while any(pump.is_alive() for pump in self._pumps):
            if deadline is not None and time.monotonic() > deadline:
                return
            if self._received(_PAUSE) and deadline is None:
                deadline = time.monotonic() + _SHORT

    def release(self) -> None:
        """Print the output that was held back."""
        for sink in self._sinks:
            sink.release()

    def _pipes(self) -> dict[int, int]:
        """Return the ends of pipes for the command's output: one for both, if both go to one file."""
        streams: dict[int, int] = {}
        for target in (1, 2):
            if target == 2 and os.path.sameopenfile(1, 2):  # noqa: PLR2004 - standard error
                # As after `2>&1`: only one pipe keeps the order of their lines.
                streams[2] = streams[1]
                continue
            source, streams[target] = os.pipe()
            sink = self._sink(target)
            self._sinks.append(sink)
            self._pumps.append(Pump(source, sink, self._tail, self._ended))
        return streams

    def _wait_for_command(self) -> bool:
        """Wait until the command has ended; return True if its time was over."""
        steps = iter([signal.SIGTERM, signal.SIGKILL])
        deadline = self._deadline
        while not self._group.has_ended():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                self._group.send(step := next(steps))
                self._group.send(signal.SIGCONT)
                deadline = None if step == signal.SIGKILL else time.monotonic() + KILL_AFTER
                continue
            for number in self._received(left):
                self._group.send(number)
        return self._deadline is not None and deadline != self._deadline

    def _received(self, seconds: float | None) -> list[int]:
        """Wait for signals, and return those that are passed on."""
        if not select.select([self._signals], [], [], seconds)[0]:
            return []
        return [number for number in os.read(self._signals, 1024) if number != signal.SIGCHLD]


def _signal_pipe() -> int:
    """Return a file descriptor from which the numbers of arriving signals can be read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for name in ("SIGCHLD", *_PASSED_ON):
        number = signal.Signals[name]
        if number == signal.SIGCHLD or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _noted)
    return reading


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the number is in the pipe already."""


def _take_standard_streams() -> None:
    """Open /dev/null for standard streams that are closed, so that no pipe gets their numbers."""
    for stream in (0, 1, 2):
        with suppress(OSError):
            os.fstat(stream)
            continue
        # It gets the lowest free number, which is this one.
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - its only parameter
