"""A database is one process's alone, for as long as that lives, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from py_pinger.store import Store, StoreError

SRC = Path(__file__).parents[3] / "src"
HOLDING = "from py_pinger.store import Store; store = Store.open({!r}); print('open', flush=True); input()"


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """Let another process open a database, and keep it."""
    command = [sys.executable, "-c", HOLDING.format(url)]
    environ = {**os.environ, "PYTHONPATH": str(SRC)}
    with subprocess.Popen(command, env=environ, text=True, stdin=-1, stdout=-1) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def refusal(url: str) -> str:
    """Return the sentence with which a database is refused."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    return str(caught.value)


def test_held_by_another_process(url: str) -> None:
    """A second start on the same database is refused in one sentence; after a kill -9 the next gets it."""
    with another_process(url) as process:
        said = refusal(url)
        assert said.startswith("another Py Pinger already watches with the database ")
        assert said.endswith(": stop it, or set [main] database to another")
        process.send_signal(signal.SIGKILL)
        process.wait()
    Store.open(url).close()


def test_held_in_this_process(url: str, store: Store) -> None:
    """A store that is open keeps others out, and one that was refused does not end its lock."""
    for _ in range(2):
        assert refusal(url).startswith("another Py Pinger")
    assert store.task_snapshots() == ()


def test_by_another_name(tmp_path: Path) -> None:
    """A database is the same by whatever link it is reached."""
    (tmp_path / "link.db").symlink_to(tmp_path / "pinger.db")
    with closing(Store.open(f"sqlite:///{tmp_path}/link.db")):
        assert refusal(f"sqlite:///{tmp_path}/pinger.db").startswith("another Py Pinger")


def test_nothing_is_left(tmp_path: Path) -> None:
    """A store that was closed leaves nothing but the database."""
    Store.open(f"sqlite:///{tmp_path}/pinger.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["pinger.db"]


def test_lock_file_removed(tmp_path: Path) -> None:
    """A lock file that was removed is made again at the next write, and holds as before."""
    url = f"sqlite:///{tmp_path}/pinger.db"
    with closing(Store.open(url)) as store:
        (tmp_path / "pinger.db.lock").unlink()
        store.set_tasks([])
        assert refusal(url).startswith("another Py Pinger")


def test_lock_file_taken(tmp_path: Path) -> None:
    """Where another process has taken the lock of a file that was removed, nothing is written any more."""
    url = f"sqlite:///{tmp_path}/pinger.db"
    with closing(Store.open(url)) as store:
        (tmp_path / "pinger.db.lock").unlink()
        with another_process(url), pytest.raises(StoreError, match=r"^another Py Pinger already watches"):
            store.set_tasks([])
        store.set_tasks([])
