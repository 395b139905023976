"""The lower limit: the cost of the client library alone on the same pages."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import check
from bench.check import CPU
from bench.comparison import Figures
from bench.farm import Farm, Kind
from bench.tree import HERE, Tree


def of_program(tree: Tree, tasks: int, interval: float, seconds: float) -> Figures:
    """Measure the whole program, as the bench `check` does."""
    return {CPU: check.measure(tree, tasks, interval, seconds, profile=0)[CPU]}


def of_bare_loop(tasks: int, rate: float, seconds: float) -> Figures:
    """Measure a loop that only sends requests, `rate` a second, or with 0 as fast as possible."""
    with Farm({Kind.HEALTHY: tasks}) as farm:
        urls = farm.folder / "urls.txt"
        urls.write_text("\n".join(page.url for page in farm.pages), "utf-8")
        command = [sys.executable, "-m", "bench.bare_loop", str(urls), str(seconds), str(rate)]
        said = subprocess.run(command, cwd=HERE, check=True, capture_output=True).stdout
    used = json.loads(said)
    return {CPU: used["seconds"] / used["asked"] * 1e6}
