"""The file with a task's page: replaced at once, so that a reader always finds a whole page.

A lock keeps two runs of one task from overwriting each other's results.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pinger_report.page import Page

# Windows has no such locks: there, overlapping runs may lose a result.
if sys.platform != "win32":
    import fcntl

# Seconds. No process holds the lock for longer than it takes to write a page, unless it is stopped.
_LOCK_LIMIT = 2.0
_LOCK_PAUSE = 0.02


class PageFile:
    """The page of a task in a folder of pages."""

    def __init__(self, folder: str, slug: str) -> None:
        self._folder = folder
        self._slug = slug
        self.path = os.path.join(folder, f"{slug}.json")

    def read(self) -> Page:
        """Return the page, or an empty one if there is none that can be read."""
        try:
            with open(self.path, "rb") as file:
                page = json.load(file)
        except (OSError, ValueError):
            return {}
        return page if isinstance(page, dict) else {}

    def update(self, change: Callable[[Page], Mapping[str, Any]]) -> None:
        """Replace the page by what `change` makes of it. Raises OSError."""
        os.makedirs(self._folder, exist_ok=True)
        with self._lock() as alone:
            # The same name each time: a file that was left by `kill -9` is deleted by the next run.
            name = f".{self._slug}.tmp" if alone else f".{self._slug}.{os.getpid()}.{time.monotonic_ns()}.tmp"
            content = as_json(change(self.read()))
            replace_file(self.path, os.path.join(self._folder, name), content.encode(), 0o644)

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        """Keep other runs of the task from writing; yield False if that took too long."""
        if sys.platform == "win32":
            yield False
            return
        # To read it is enough, so a run by root does not keep those of another user out.
        handle = os.open(os.path.join(self._folder, f".{self._slug}.lock"), os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            yield _locked(handle)
        finally:
            os.close(handle)


def as_json(page: Page) -> str:
    """Return a page as JSON. What is not text in UTF-8 is replaced, as no strict reader accepts it."""
    page_text = json.dumps(page, default=str, allow_nan=False, ensure_ascii=False)
    return page_text.encode("utf-8", "replace").decode() + "\n"


def _locked(handle: int) -> bool:
    """Lock an open file, and return True; return False if it stays locked by another process."""
    deadline = time.monotonic() + _LOCK_LIMIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOCK_PAUSE)
        except OSError:  # a file system without locks
            return False
        else:
            return True


def replace_file(path: str, temporary: str, content: bytes, mode: int) -> None:
    """Write a file next to its place and move it there. Raises OSError; then the old file is unchanged.

    The content reaches the disk before the name does. The name may still be lost with the power: then the
    old file is back, which is whole too.
    """
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # left by `kill -9`, maybe of another user's process
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            while content:
                content = content[os.write(handle, content) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
