"""A disk that is full, or becomes read-only: a file system of its own, in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

SRC = Path(__file__).parents[3] / "src"

# Root needs no user namespace; anybody else becomes root in one, if the kernel lets them.
UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]

# A disk of two megabytes that becomes full, and gets room again; all that was said goes to stdout as JSON.
STORY = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError
import orjson

folder = Path(sys.argv[1])
noon = datetime(2026, 5, 3, 12, tzinfo=UTC)
store = Store.open(f"sqlite:///{folder}/pinger.db")
store.set_tasks([Task("http://a/", "http://a/")])
refused, said = 0, set()

def record(number):
    notice = Notice(NoticeKind.TEST, noon + timedelta(seconds=number), text=f"{number} " + "x" * 9000)
    store.record([Transition("http://a/", TaskState(pings=number))], [notice], [Route("slack")])

written = 0
while refused < 3:
    try:
        record(written + 1)
        written += 1
    except StoreError as error:
        refused += 1
        said.add(str(error))
(folder / "ballast").unlink()
record(written + 1)
words = [delivery.notice.text.split()[0] for delivery in store.waiting("slack", datetime.now(UTC), 10000)]
store.close()
store = Store.open(f"sqlite:///{folder}/pinger.db")
state = store.set_tasks([Task("http://a/", "http://a/")])["http://a/"]
store.close()
print(orjson.dumps([written, sorted(said), words, state.pings]).decode())
"""


def on_a_small_disk(tmp_path: Path, megabytes: int, then: str, program: str) -> list[object]:
    """Run a program beside a new file system, in which a shell command was run; return what it prints."""
    disk = tmp_path / "disk"
    disk.mkdir()
    prepare = f"mount -t tmpfs -o size={megabytes}m none {disk} && {then} && exec {sys.executable} - {disk}"
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", prepare],
        input=program,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no file system of its own can be had: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (0, "")
    found: list[object] = orjson.loads(done.stdout)
    return found


def test_full(tmp_path: Path) -> None:
    """On a full disk each write is refused in one sentence, and whole; with room again all is as it was."""
    ballast = "head -c 1000000 /dev/zero > disk/ballast"
    written, said, words, pings = on_a_small_disk(tmp_path, 3, ballast, STORY)
    assert isinstance(written, int)
    assert written > 10
    assert said == [f"the database {tmp_path}/disk/pinger.db cannot be written: the disk is full; make room"]
    assert words == [str(number) for number in range(1, written + 2)]
    assert pings == written + 1


OPENING = """
import sys
from py_pinger.store import Store, StoreError
import orjson
try:
    Store.open(f"sqlite:///{sys.argv[1]}/pinger.db").close()
    print("[null]")
except StoreError as error:
    print(orjson.dumps([str(error)]).decode())
"""


def test_full_at_the_start(tmp_path: Path) -> None:
    """A start on a full disk is refused in one sentence."""
    (said,) = on_a_small_disk(tmp_path, 1, "head -c 1048576 /dev/zero > disk/ballast", OPENING)
    assert said == f"the database {tmp_path}/disk/pinger.db cannot be opened: the disk is full; make room"


def test_read_only_disk(tmp_path: Path) -> None:
    """A start on a file system that takes no writing is refused in one sentence."""
    (said,) = on_a_small_disk(tmp_path, 1, "mount -o remount,ro disk", OPENING)
    assert said == (
        f"the database {tmp_path}/disk/pinger.db cannot be opened: "
        "Py Pinger's user may not write there; give it the right or change [main] database"
    )
