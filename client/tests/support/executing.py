"""`pinger exec` as a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"
LIMIT = 30.0


def exec_command(*arguments: str, python: str = sys.executable) -> list[str]:
    """Return the command line of `pinger exec ARGUMENTS`."""
    return [python, "-m", "pinger_report", "exec", *arguments]


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which only the client is found."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", **more}


def execute(
    *arguments: str,
    python: str = sys.executable,
    environ: dict[str, str] | None = None,
    **options: Any,  # noqa: ANN401 - as subprocess.run
) -> subprocess.CompletedProcess[bytes]:
    """Run `pinger exec ARGUMENTS` to its end."""
    streams = {} if {"stdout", "stderr"} & options.keys() else {"capture_output": True}
    return subprocess.run(
        exec_command(*arguments, python=python),
        env=environment(**(environ or {})),
        timeout=LIMIT,
        check=False,
        **{"stdin": subprocess.DEVNULL, **streams, **options},
    )


def shell(script: str) -> tuple[str, str, str]:
    """Return the arguments that run a script."""
    return ("sh", "-c", script)
