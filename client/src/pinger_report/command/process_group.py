"""A command with all its descendants: started in a separate session, signalled and ended together.

A session and not only a process group, because shells and programs such as `timeout` put children into
separate groups. A descendant that starts a session itself is a daemon, and is left alone.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

# Seconds from SIGTERM to SIGKILL.
KILL_AFTER = 10.0
_PAUSE = 0.02

# Runs a script without a first line that names its interpreter, as cron, `nice` and `timeout` have it.
_SHELL = "/bin/sh"

# Python ignores them, and a command would inherit that.
_DEFAULT_AGAIN = tuple(
    number for name in ("SIGPIPE", "SIGXFSZ") if (number := getattr(signal, name, None)) is not None
)


class ProcessGroup:
    """A started command. Raises OSError if it cannot be started."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], streams: Mapping[int, int]
    ) -> None:
        actions = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in streams.items()]
        if not command[0]:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        try:
            self.pid = _spawned(command, environ, actions)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
            from shutil import which  # noqa: PLC0415 - few commands need it

            script = which(command[0]) or command[0]
            self.pid = _spawned((_SHELL, script, *command[1:]), environ, actions)

    def has_ended(self) -> bool:
        """Return True if the command has ended; its process number stays taken until `reap`."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def reap(self) -> int:
        """Return the exit status of the command, as `os.waitpid` has it."""
        return os.waitpid(self.pid, 0)[1]

    def send(self, number: int) -> None:
        """Send a signal to the command and to all its descendants."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        for pid in self._others():
            with suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) != self.pid:
                    os.kill(pid, number)

    def end_descendants(self) -> None:
        """End what the command has left behind, once it has ended: SIGTERM, then SIGKILL after 10 s."""
        for number, seconds in ((signal.SIGTERM, KILL_AFTER), (signal.SIGKILL, 1.0)):
            if not self._others():
                return
            self.send(number)
            self.send(signal.SIGCONT)
            deadline = time.monotonic() + seconds
            while self._others() and time.monotonic() < deadline:
                time.sleep(_PAUSE)

    def _others(self) -> list[int]:
        """Return the processes of the session that are alive, without the command."""
        try:
            numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        except OSError:  # macOS and the BSDs; there, only the group is ended
            return []
        return [pid for pid in numbers if pid != self.pid and _session(pid) == self.pid and _is_alive(pid)]


def _spawned(
    command: Sequence[str], environ: Mapping[str, str], actions: Sequence[tuple[int, int, int]]
) -> int:
    spawn = partial(
        os.posix_spawnp,
        command[0],
        list(command),
        # A variable without a name, which some programs leave, would be rejected.
        {name: value for name, value in environ.items() if name},
        file_actions=actions,
        setsigmask=(),
        setsigdef=_DEFAULT_AGAIN,
    )
    try:
        return spawn(setsid=True)
    except NotImplementedError:  # macOS; there it is only a process group
        return spawn(setpgroup=0)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _is_alive(pid: int) -> bool:
    """Return True if a process has not ended; reap it if it is a child, as all are of process 1."""
    with suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}
    except OSError:
        return False
