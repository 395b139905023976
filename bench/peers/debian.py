"""Debian's packages of Prometheus and its blackbox exporter, unpacked into a folder.

Nothing is installed: no service starts, no user is made, and removing the folder removes all of it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bench.errors import BenchError
from bench.tree import HERE

PACKAGES = ("prometheus", "prometheus-blackbox-exporter")
FOLDER = HERE / ".env" / "peers"


def binaries() -> Path:
    """Return the folder with the programs, fetched from Debian's archive if need be.

    Raises BenchError, saying why, where that is not possible.
    """
    folder = FOLDER / "usr" / "bin"
    if all((folder / name).exists() for name in PACKAGES):
        return folder
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise BenchError(
            ["Prometheus is left out: its packages come from Debian, and this machine has no apt-get"]
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    fetched = subprocess.run(["apt-get", "download", *PACKAGES], cwd=FOLDER, check=False, capture_output=True)
    if fetched.returncode:
        raise BenchError(["Prometheus is left out: `apt-get download` failed; try `apt-get update` first"])
    for package in FOLDER.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", str(package), str(FOLDER)], check=True)
    return folder
