"""The folder of a running demo: its name has the port, so that commands find the demo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

_PREFIX: Final = "py-pinger-demo-"
_NAME: Final = re.compile(rf"{_PREFIX}(\d{{1,5}})-\w+", re.ASCII)


@contextmanager
def demo_folder(port: int) -> Iterator[Path]:
    """Create the folder of a demo on this port, and delete it with all its files when the demo stops."""
    with TemporaryDirectory(prefix=f"{_PREFIX}{port}-") as folder:
        yield Path(folder)


def demo_ports() -> tuple[int, ...]:
    """Return the ports of this user's demos, the newest first; some may have been killed since."""
    found: list[tuple[float, int]] = []
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            status = folder.lstat()
        except OSError:  # it has just stopped
            continue
        # Another user may create any folder there.
        if (name := _NAME.fullmatch(folder.name)) and status.st_uid == os.getuid():
            found.append((status.st_mtime, int(name[1])))
    return tuple(dict.fromkeys(port for _, port in sorted(found, reverse=True)))
