"""What needs more than a user's rights: namespaces, other clocks, limits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

# Starts a shell that may mount, as root in its own namespace if need be; its mounts are private.
_UNSHARE = (
    ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
)
_FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def require(available: object, lacking: str) -> None:
    """Skip the test where something is lacking; CI has to have it."""
    if not available and not os.environ.get("CI"):
        pytest.skip(lacking)
    assert available, lacking


def with_mounts(script: str) -> tuple[str, ...]:
    """Return the command that runs a shell script with private mounts, then becomes what is appended."""
    possible = subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode == 0
    require(possible, "no mount namespace can be made here")
    return (*_UNSHARE, "sh", "-euc", f'{script}; exec "$@"', "sh")


def with_descriptors(descriptors: int) -> tuple[str, ...]:
    """Return the command that limits what is appended to so many file descriptors."""
    return ("sh", "-euc", f'ulimit -n {descriptors}; exec "$@"', "sh")


def faketime() -> Path:
    """Return the library that lets a process see another time of day."""
    require(_FAKETIME, "libfaketime is not installed (apt-get install libfaketime)")
    return _FAKETIME[0]
