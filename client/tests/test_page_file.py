"""The file with a page: whole at any moment, and never in the way."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pinger_report import page_file
from pinger_report.page_file import PageFile

OLD = {"status": "ok", "lastrun": "old"}
NEW = {"status": "ok", "lastrun": "new", "reason": "x" * 500}

# All that the writer does to the disk.
SYSTEM_CALLS = ("open", "unlink", "write", "fsync", "close", "replace")


def replaced_by(page: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return a change that puts another page in place of any."""
    return lambda _: page


def killed_at(boundary: int, folder: Path) -> bool:
    """Write a page in a child that is killed before its n-th system call; return False if it has fewer."""
    child = os.fork()
    if child == 0:
        _die_at_call(boundary)
        PageFile(str(folder), "task").update(replaced_by(NEW))
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _die_at_call(boundary: int) -> None:
    """Kill this process before its n-th system call from now on."""
    left = iter(range(boundary))

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object, **kwargs: object) -> object:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in SYSTEM_CALLS:
        setattr(os, name, dying(getattr(os, name)))


def test_a_kill_between_any_two_system_calls(tmp_path: Path) -> None:
    """A writer that is killed at any moment leaves the old page or the new one; the next one can write."""
    file = PageFile(str(tmp_path), "task")
    left = []
    for boundary in range(100):
        file.update(replaced_by(OLD))
        if not killed_at(boundary, tmp_path):
            break
        left.append(json.loads(Path(file.path).read_text("utf-8")))
    assert len(left) >= len(SYSTEM_CALLS)
    assert left[0] == OLD
    assert left[-1] == NEW
    assert [each for each in left if each not in (OLD, NEW)] == []
    assert {each.name for each in tmp_path.iterdir()} == {"task.json", ".task.lock"}


def test_the_page_is_for_everybody(tmp_path: Path) -> None:
    """A web server of another user can read the page, in a folder that is made for it."""
    before = os.umask(0o022)
    try:
        file = PageFile(str(tmp_path / "a" / "b"), "task")
        file.update(replaced_by(OLD))
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(file.path).stat().st_mode) == 0o644
    assert file.read() == OLD


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"null"])
def test_a_damaged_page_is_replaced(tmp_path: Path, content: bytes) -> None:
    """A page that cannot be read counts as none."""
    (tmp_path / "task.json").write_bytes(content)
    file = PageFile(str(tmp_path), "task")
    seen = []

    def change(page: Mapping[str, Any]) -> Mapping[str, Any]:
        seen.append(page)
        return NEW

    file.update(change)
    assert (seen, file.read()) == ([{}], NEW)


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    """Half characters, as file names have them, do not make the page invalid."""
    file = PageFile(str(tmp_path), "task")
    file.update(replaced_by({"reason": "file \udcff.txt", "process": "Größe"}))
    assert json.loads(Path(file.path).read_bytes().decode("utf-8")) == {
        "reason": "file ?.txt",
        "process": "Größe",
    }


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_a_run_by_root_keeps_no_other_user_out(tmp_path: Path) -> None:
    """After a run by root, and one that was killed, a user who may write into the folder still can."""
    file = PageFile(str(tmp_path), "task")
    file.update(replaced_by(OLD))
    (tmp_path / ".task.tmp").touch(0o600)
    child = os.fork()
    if child == 0:
        os.chmod(tmp_path, 0o777)  # noqa: S103 - the folder is the test's own
        os.chdir(tmp_path)
        os.setuid(65534)
        PageFile(".", "task").update(replaced_by(NEW))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert file.read() == NEW


def test_many_threads_lose_no_change(tmp_path: Path) -> None:
    """Changes that overlap are made one after the other."""

    def count() -> None:
        for _ in range(5):
            file.update(lambda page: {"n": page.get("n", 0) + 1})

    file = PageFile(str(tmp_path), "task")
    threads = [Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read() == {"n": 40}


def test_a_lock_that_is_never_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process that has the lock delays others only for a moment."""
    monkeypatch.setattr(page_file, "_LOCK_LIMIT", 0.1)
    file = PageFile(str(tmp_path), "task")

    def change(_: object) -> Mapping[str, Any]:
        PageFile(str(tmp_path), "task").update(replaced_by(NEW))
        return OLD

    file.update(change)
    assert file.read() == OLD


def test_a_failed_write_leaves_the_old_page(tmp_path: Path) -> None:
    """Where a file may not grow, the old page stays, and no other file is left."""
    file = PageFile(str(tmp_path), "task")
    file.update(replaced_by(OLD))
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            file.update(replaced_by(NEW))
        except OSError as error:
            os._exit(error.errno or 0)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == errno.EFBIG
    assert file.read() == OLD
    assert {each.name for each in tmp_path.iterdir()} == {"task.json", ".task.lock"}


def test_a_full_disk_leaves_the_old_page(mounted: Callable[[str], Path]) -> None:
    """On a full disk the old page stays, and the next write after some space is free succeeds."""
    tiny_disk = mounted("size=16k")
    file = PageFile(str(tiny_disk), "task")
    file.update(replaced_by(OLD))
    with pytest.raises(OSError, match="No space left"):
        (tiny_disk / "filler").write_bytes(bytes(100_000))
    with pytest.raises(OSError, match="No space left"):
        file.update(replaced_by(NEW))
    assert file.read() == OLD
    (tiny_disk / "filler").unlink()
    file.update(replaced_by(NEW))
    assert file.read() == NEW
