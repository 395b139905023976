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


DAMAGED = """
import logging
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError
import orjson

folder = Path(sys.argv[1])
url, noon = f"sqlite:///{folder}/pinger.db", datetime(2026, 5, 3, 12, tzinfo=UTC)
store = Store.open(url)
for number in range(20):
    notice = Notice(NoticeKind.TEST, noon, topic=str(number), text="x" * 90000)
    store.record([], [notice], [Route("slack")])
store.close()
path = folder / "pinger.db"
content = path.read_bytes()
(folder / "ballast").write_bytes(bytes(7_700_000 - len(content)))
with closing(sqlite3.connect(path)) as connection:
    query = "SELECT rootpage FROM sqlite_master WHERE name = 'alembic_version'"
    (root,) = connection.execute(query).fetchone()
path.write_bytes(content[:(root - 1) * 4096] + bytes([255]) * 4096 + content[root * 4096:])
logging.disable()
messages = []
for _ in range(2):
    try:
        Store.open(url).close()
    except StoreError as error:
        messages.append(str(error))
left = sorted(each.name for each in folder.iterdir())
(folder / "ballast").unlink()
with_room = Store.open(url)
incidents = len(with_room.database_incidents())
with_room.close()
print(orjson.dumps([messages, left, incidents]).decode())
"""


def test_damaged_on_a_full_disk(tmp_path: Path) -> None:
    """A damaged database on a full disk stays, without leftovers; with space again it is recreated."""
    messages, left, incidents = on_a_small_disk(tmp_path, 8, "true", DAMAGED)
    sentence = (
        f"the database {tmp_path}/disk/pinger.db is damaged (database disk image is malformed) "
        "and cannot be recreated: the disk is full; make room"
    )
    assert messages == [sentence, sentence]
    assert (left, incidents) == (["ballast", "pinger.db"], 1)


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


def test_no_more_files(tmp_path: Path) -> None:
    """A file system without room for another file is not taken for one without the right to write."""
    (message,) = on_a_small_disk(tmp_path, 1, "mount -o remount,nr_inodes=1 disk", OPENING)
    assert message == f"the database {tmp_path}/disk/pinger.db cannot be opened: the disk is full; make room"


def test_read_only_disk(tmp_path: Path) -> None:
    """A start on a file system that takes no writing is refused in one sentence."""
    (said,) = on_a_small_disk(tmp_path, 1, "mount -o remount,ro disk", OPENING)
    assert said == (
        f"the database {tmp_path}/disk/pinger.db cannot be opened: "
        "Py Pinger's user may not write there; give it the right or change [main] database"
    )
