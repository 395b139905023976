"""A database is one process's alone, for as long as that lives, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
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


def opened_elsewhere(url: str, within: Sequence[str] = ()) -> str:
    """Return why another process cannot open a database; empty if it can."""
    code = f"from py_pinger.store import Store; Store.open({url!r}).close()"
    command = [*within, sys.executable, "-c", code]
    environ = {**os.environ, "PYTHONPATH": str(SRC)}
    done = subprocess.run(command, env=environ, text=True, stderr=subprocess.PIPE, check=False)
    return done.stderr.strip().rpartition("StoreError: ")[2]


def refusal(url: str) -> str:
    """Return the sentence with which a database is refused."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    return str(caught.value)


def test_held_by_another_process(url: str) -> None:
    """A second start on the same database is refused in one sentence; after a kill -9 the next gets it."""
    with another_process(url) as process:
        said = refusal(url)
        assert said.startswith("another Py Pinger already uses the database ")
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


def test_hard_link(tmp_path: Path) -> None:
    """A database that is in use under one name cannot be opened under another name of the same file."""
    link = tmp_path / "link.db"
    with another_process(f"sqlite:///{tmp_path}/pinger.db"):
        link.hardlink_to(tmp_path / "pinger.db")
        assert refusal(f"sqlite:///{link}").startswith("another Py Pinger already uses the database ")
    Store.open(f"sqlite:///{link}").close()


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"\0" * 9000)])
def test_hard_link_after_a_repair(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    """A database that was written again is locked as before, under each name of its new file."""
    path, link = tmp_path / "pinger.db", tmp_path / "link.db"
    with closing(Store.open(f"sqlite:///{path}")) as store:
        harm(path)
        # What is in the cache of a connection would hide the damage.
        store._database._engine.dispose()  # noqa: SLF001
        for _ in range(2):
            with suppress(StoreError):
                store.set_tasks([])
        link.hardlink_to(path)
        assert opened_elsewhere(f"sqlite:///{link}").startswith("another Py Pinger already uses")


def test_bind_mount(tmp_path: Path) -> None:
    """A mount of the single file, as containers have it, does not let a second process in."""
    with another_process(f"sqlite:///{tmp_path}/pinger.db"):
        mounted = tmp_path / "mounted.db"
        mounted.touch()
        prepare = f"mount --bind {tmp_path}/pinger.db {mounted}"
        said = opened_elsewhere(
            f"sqlite:///{mounted}", ["unshare", "-m", "sh", "-c", f'{prepare} && "$@"', "-"]
        )
        if "unshare" in said or "mount:" in said:
            pytest.skip(f"cannot mount: {said}")
        assert said.startswith("another Py Pinger already uses the database ")


def test_lock_file_removed_for_another_process(tmp_path: Path) -> None:
    """Without its lock file, a database that is in use still cannot be opened by another process."""
    url = f"sqlite:///{tmp_path}/pinger.db"
    with closing(Store.open(url)) as store:
        (tmp_path / "pinger.db.lock").unlink()
        assert opened_elsewhere(url).startswith("another Py Pinger already uses")
        store.set_tasks([])
        assert (tmp_path / "pinger.db.lock").exists()
