"""What lists of many tasks cost the web server, in each state that the tasks may be in."""

from __future__ import annotations

import os
import subprocess
import sys

import orjson

from bench.comparison import Figures
from bench.errors import BenchError
from bench.tree import HERE, Tree

_SCRIPT = HERE / "bench" / "list_states.py"


def measure(tree: Tree, tasks: int) -> Figures:
    """Measure each request in a process of its own, with the code and the test data of the tree."""
    path = os.pathsep.join(map(str, (tree.folder / "src", tree.folder / "client" / "src", tree.folder)))
    # Without the folder of the script, in which modules have the names of others.
    command = [sys.executable, "-P", str(_SCRIPT), str(tasks)]
    done = subprocess.run(
        command,
        cwd=tree.folder,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchError(done.stderr.strip().splitlines()[-1:])
    return {f"{name}, CPU ms": value for name, value in orjson.loads(done.stdout).items()}
