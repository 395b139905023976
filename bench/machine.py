"""The context of each figure: the machine, and the versions of what matters."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.farm.nginx import program
from bench.tree import described

LIBRARIES = ("pyreqwest", "uvloop", "orjson", "SQLAlchemy", "Flask", "waitress")


def heading(title: str) -> str:
    """Return the lines above a table."""
    kernel = platform.release().partition("-")[0]
    machine = f"{os.cpu_count()} cores of {_processor()}, {_memory()} GiB; Linux {kernel}"
    versions = (
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"nginx {_nginx()}",
        *(f"{library} {version(library)}" for library in LIBRARIES),
    )
    return "\n".join(
        (
            f"{title}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {described()}",
            f"{machine}; load average {os.getloadavg()[0]:.1f} before the start",
            ", ".join(versions),
        )
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _nginx() -> str:
    said = subprocess.run([program(), "-v"], check=True, capture_output=True, text=True).stderr
    return said.strip().rpartition("/")[2]
