"""Another process that has opened a database, and stores a notice for each number that it is given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

SRC = Path(__file__).parents[2] / "src"

# Seconds: short ones, so that the tests need not wait.
LEASE, RENEWAL = 2.0, 0.4

PROGRAM = f"""
import sys
from datetime import UTC, datetime, timedelta
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError
from py_pinger.store.database import limited_connection, ownership, postgresql

ownership.LEASE, ownership.RENEWAL = {LEASE}, {RENEWAL}
postgresql.USUAL_LIMITS = limited_connection.Limits(statement=2.0, lock=1.5, idle=1.0, silence=2.0)
START = datetime(2026, 5, 3, 12, tzinfo=UTC)
try:
    store = Store.open(sys.argv[1])
except StoreError as error:
    print(error)
    sys.exit(1)
print("open", flush=True)
for line in sys.stdin:
    order, _, number = line.strip().partition(" ")
    at = START + timedelta(seconds=int(number or 0))
    notice = Notice(NoticeKind.SELF_PROBLEM, at, topic=number, opened=at, text=number)
    try:
        if order == "store":
            store.record([], [notice], [Route("slack")])
        elif order == "hold":
            with store._database.writing():
                print("holding", flush=True)
                sys.stdin.readline()
        elif order == "waiting":
            print(len(store.waiting("slack", at)), flush=True)
            continue
        print("done", flush=True)
    except StoreError as error:
        print(error, flush=True)
store.close()
"""


class StoringProcess:
    """The process, and what it answers."""

    def __init__(self, url: str) -> None:
        """Start it; `answer` says whether it could open the database."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url],
            env={**os.environ, "PYTHONPATH": str(SRC)},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def answer(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def request(self, order: str) -> str:
        """Give it an order, such as `store 1`, and return its answer: `done`, or why not."""
        assert self.process.stdin
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return self.answer()

    def store(self, number: int) -> int:
        """Let it try to store a notice until it is stored, as the program does; return the failures."""
        failures = 0
        while self.request(f"store {number}") != "done":
            failures += 1
            assert failures < 20
        return failures

    def end(self) -> None:
        """Let it close the database and end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the process for a while, as a machine that is suspended does."""
        self.process.send_signal(SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(SIGCONT)


@contextmanager
def storing_process(url: str) -> Iterator[StoringProcess]:
    """Run such a process."""
    other = StoringProcess(url)
    with other.process:
        try:
            yield other
        finally:
            other.process.kill()
