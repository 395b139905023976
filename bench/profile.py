"""Where the processor time of a running Py Pinger goes.

Linux tells what each thread has used. py-spy tells what the threads of Python were at while they held the
interpreter's lock; it takes a thread that waits for one that works, so its samples only divide what a
thread has used, and are not counted across threads.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.process import Thread, threads

# Samples a second; odd, so that they fall into no step with the program's own ticks.
RATE = 211

# A sample counts for the first part of which any function is on the stack, from the inside out.
PARTS: Mapping[str, tuple[str, ...]] = {
    "judge and advance": ("py_pinger/core/",),
    "fetch": (
        "py_pinger/engine/probing/fetcher.py",
        "py_pinger/engine/probing/http_client.py",
        "py_pinger/engine/probing/retry.py",
        "py_pinger/engine/probing/auth.py",
    ),
    "store": (
        "py_pinger/store/",
        "py_pinger/app/async_store.py",
        "py_pinger/engine/recording/write_buffer.py",
        "py_pinger/engine/runtime/thread_worker.py",
    ),
}
OTHER = "loop and the rest"

# How the threads of the client library are called; they run no Python.
CLIENT = ("pyreqwest", "tokio")

_THREAD = re.compile(r"thread \((\d+)\)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A stack of a thread, as `function (file:line);…` from the outside in, and how often it was seen."""

    thread: int
    stack: str
    count: int


def split(pid: int, seconds: float) -> dict[str, float]:
    """Return the share of the processor time that each part takes; nothing where py-spy may not look."""
    before = {thread.number: thread.cpu_seconds for thread in threads(pid)}
    samples = _samples(pid, seconds)
    used = {thread: thread.cpu_seconds - before.get(thread.number, 0.0) for thread in threads(pid)}
    total = sum(used.values())
    return shares(used, samples, total) if samples and total else {}


def shares(used: Mapping[Thread, float], samples: list[Sample], total: float) -> dict[str, float]:
    """Return the share of each part in the `total`, given the seconds that each thread has used."""
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        counts[sample.thread][part_of(sample.stack)] += sample.count
    result = dict.fromkeys((*PARTS, OTHER), 0.0)
    for thread, seconds in used.items():
        seen = counts[thread.number]
        if thread.name.startswith(CLIENT):
            seen = Counter({"fetch": 1})
        elif not seen:
            seen = Counter({OTHER: 1})
        for part, count in seen.items():
            result[part] += seconds / total * count / seen.total()
    return result


def part_of(stack: str) -> str:
    """Return the part that a stack counts for."""
    for frame in reversed(stack.split(";")):
        for part, places in PARTS.items():
            if any(place in frame for place in places):
                return part
    return OTHER


def _samples(pid: int, seconds: float) -> list[Sample]:
    spy = shutil.which("py-spy", path=Path(sys.executable).parent)
    if spy is None:
        return []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "samples"
        command = [spy, "record", "--pid", str(pid), "--duration", str(round(seconds)), "--rate", str(RATE)]
        command += ["--gil", "--threads", "--full-filenames", "--format", "raw", "--output", str(file)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return []
        return [sample for line in file.read_text("utf-8").splitlines() if (sample := read_sample(line))]


def read_sample(line: str) -> Sample | None:
    """Read a line of py-spy's raw format; None if it names no thread."""
    stack, _, count = line.rpartition(" ")
    named = _THREAD.match(stack)
    return Sample(int(named[1]), stack, int(count)) if named else None
