"""The Pythons of this machine that the client has to run on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

OLDEST = 9
NEWEST = 14


@lru_cache(maxsize=1)
def pythons() -> dict[str, str]:
    """Return the program of each version that can be started, by its version."""
    found = {}
    for minor in range(OLDEST, NEWEST + 1):
        name = f"python3.{minor}"
        for program in (*_of_pyenv(name), shutil.which(name)):
            if program and _is_version(program, minor):
                found[f"3.{minor}"] = program
                break
    found[f"3.{sys.version_info.minor}"] = sys.executable
    return found


def on_each_python() -> pytest.MarkDecorator:
    """Return the mark of a test that every Python has to pass; with the others it is a thorough one."""
    others = {version: program for version, program in pythons().items() if program != sys.executable}
    rows = [pytest.param(other, id=version, marks=pytest.mark.thorough) for version, other in others.items()]
    return pytest.mark.parametrize("python", [pytest.param(sys.executable, id="this"), *rows])


def _of_pyenv(name: str) -> list[str]:
    """Return the programs that pyenv has, of which it puts only one version on PATH."""
    shim = shutil.which(name)
    versions = Path(shim).parents[1] / "versions" if shim else Path()
    return sorted(map(str, versions.glob(f"*/bin/{name}"))) if shim else []


def _is_version(program: str, minor: int) -> bool:
    command = [program, "-c", "import sys; print(sys.version_info.minor)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode == 0 and done.stdout.strip() == str(minor)
