"""Time from the command to the first verdicts: few tasks, many tasks, a full database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench.comparison import Figures
from bench.database_growth import Database
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind
from bench.history import fill
from bench.program import Program
from bench.tree import Tree

FEW = 10


def measure(tree: Tree, many: int, runs_each: int) -> Figures:
    """Measure one run: the import, a few tasks, `many`, and these with `runs_each` rows of history each."""
    figures: dict[str, float] = {"ms to import": 1000 * _import(tree)}
    with Farm({Kind.HEALTHY: FEW}) as farm, TemporaryDirectory(prefix="py-pinger-bench-") as folder:
        figures |= _started(tree, farm, Path(folder), FEW, f"{FEW} tasks")
    with Farm({Kind.HEALTHY: many}) as farm, TemporaryDirectory(prefix="py-pinger-bench-") as folder:
        figures |= _started(tree, farm, Path(folder), 1, f"{many:,} tasks")
        fill(Path(folder) / "pinger.db", runs_each)
        figures |= _started(tree, farm, Path(folder), 1, f"{many:,} tasks, full database")
    return figures


def _import(tree: Tree) -> float:
    """Return the seconds to import the whole program, with the start of the interpreter."""
    began = monotonic()
    subprocess.run(
        [sys.executable, "-c", "from py_pinger.cli import main; main(['run', '--help'])"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PYTHONPATH": str(tree.folder / "src")},
    )
    return monotonic() - began


def _started(tree: Tree, farm: Farm, folder: Path, verdicts: int, what: str) -> Figures:
    """Start it, and wait for so many new verdicts to be written."""
    written = Database(folder / "pinger.db")
    earlier = written.checks() if written.file.exists() else 0
    with Program(tree, farm, {}, folder=folder) as program:
        listening = monotonic() - program.started
        due = f"{verdicts} new verdicts"
        eventually(lambda: written.checks() >= earlier + verdicts, due, program.process, pause=0.005)
        judged = monotonic() - program.started
        memory = program.resident_mib()
        _wrong_unless_ok(written)
    return {
        f"{what}: s to listen": listening,
        f"{what}: s to {verdicts} verdict{'s' if verdicts > 1 else ''}": judged,
        f"{what}: memory MiB": memory,
        f"{what}: database MiB": written.size_mib(),
    }


def _wrong_unless_ok(written: Database) -> None:
    failing = [url for url, (status, _) in written.verdicts().items() if status not in {"ok", "pending"}]
    if failing:
        raise BenchError([f"{url} is healthy, but not ok" for url in failing])
