"""The limit beside ours: what the client library alone costs on the same pages."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.check import cost
from bench.comparison import Figures
from bench.farm import Farm, Kind
from bench.program import Program
from bench.tree import HERE, Tree

QUANTITY = "CPU µs a check"


def of_program(tree: Tree, tasks: int, interval: float, seconds: float) -> Figures:
    """Measure the whole program, as the bench `check` does."""
    with Farm({Kind.HEALTHY: tasks}) as farm, Program(tree, farm, {"interval": interval}) as program:
        program.wait_until_judged()
        measured = cost(farm, program, seconds)
        program.verify()
    return {QUANTITY: measured}


def of_bare_loop(tasks: int, rate: float, seconds: float) -> Figures:
    """Measure a loop that only asks, `rate` times a second, or with 0 as fast as it goes."""
    with Farm({Kind.HEALTHY: tasks}) as farm:
        urls = farm.folder / "urls.txt"
        urls.write_text("\n".join(page.url for page in farm.pages), "utf-8")
        command = [sys.executable, "-m", "bench.bare_loop", str(urls), str(seconds), str(rate)]
        said = subprocess.run(command, cwd=HERE, check=True, capture_output=True).stdout
    used = json.loads(said)
    return {QUANTITY: used["seconds"] / used["asked"] * 1e6}
