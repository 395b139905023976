"""Where the processor time of a running Py Pinger goes, by a sampling profile.

py-spy sees the threads of Python alone; what the client library's own threads use, Linux tells.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.process import cpu_by_thread

# Samples a second; odd, so that they fall into no step with the program's own ticks.
RATE = 211

# A sample counts for the first part of which any function is on the stack, from the inside out.
PARTS: Mapping[str, tuple[str, ...]] = {
    "judge and advance": ("py_pinger/core/",),
    "fetch": (
        "py_pinger/engine/fetch.py",
        "py_pinger/engine/wire.py",
        "py_pinger/engine/patience.py",
        "py_pinger/engine/auth.py",
    ),
    "store": (
        "py_pinger/store/",
        "py_pinger/desk.py",
        "py_pinger/engine/ledger.py",
        "py_pinger/engine/worker.py",
    ),
}
OTHER = "loop and the rest"

# The name that every thread of Python goes by.
_PYTHON = "python"


def split(pid: int, seconds: float) -> dict[str, float]:
    """Return the share of the processor time that each part takes; nothing where py-spy may not look."""
    before = dict(_cpu_by_kind(pid))
    samples = _samples(pid, seconds)
    if not samples:
        return {}
    used = {kind: cpu - before.get(kind, 0.0) for kind, cpu in _cpu_by_kind(pid)}
    python = used.pop(_PYTHON, 0.0)
    total = python + sum(used.values())
    counts = Counter[str]()
    for stack, count in samples:
        counts[part_of(stack)] += count
    shares = {part: counts[part] / counts.total() * python / total for part in (*PARTS, OTHER)}
    shares["fetch"] += sum(used.values()) / total
    return shares


def part_of(stack: str) -> str:
    """Return the part that a sample counts for, given its stack from the outside in."""
    for frame in reversed(stack.split(";")):
        for part, places in PARTS.items():
            if any(place in frame for place in places):
                return part
    return OTHER


def _cpu_by_kind(pid: int) -> Iterator[tuple[str, float]]:
    used = Counter[str]()
    for name, cpu in cpu_by_thread(pid):
        used[_PYTHON if name.startswith(_PYTHON) else name] += cpu  # type: ignore[assignment]  # it adds any numbers
    return iter(used.items())


def _samples(pid: int, seconds: float) -> list[tuple[str, int]]:
    """Return stacks, as `function (file:line);…`, each with how often it was seen."""
    spy = shutil.which("py-spy", path=Path(sys.executable).parent)
    if spy is None:
        return []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "samples"
        command = [spy, "record", "--pid", str(pid), "--duration", str(round(seconds)), "--rate", str(RATE)]
        command += ["--full-filenames", "--format", "raw", "--output", str(file)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return []
        lines = (line.rpartition(" ") for line in file.read_text("utf-8").splitlines())
        return [(stack, int(count)) for stack, _, count in lines]
