"""How a cost is divided: by what each thread has used, and within it by samples."""

import pytest
from bench.process import Thread
from bench.profile import OTHER, Sample, part_of, read_sample, shares

LOOP = "run (/x/asyncio/runners.py:118);_check (/x/py_pinger/engine/checking/monitor.py:105)"
JUDGE = f"{LOOP};judge (/x/py_pinger/core/judge.py:50);replace (/x/dataclasses.py:1)"
FETCH = (
    f"{LOOP};probe (/x/py_pinger/engine/probing/fetcher.py:51)"
    ";mask (/x/py_pinger/engine/probing/http_client.py:1)"
)
STORE = (
    "_work (/x/py_pinger/engine/runtime/thread_worker.py:38);do_commit (/x/sqlalchemy/engine/default.py:954)"
)


@pytest.mark.parametrize(
    ("stack", "part"), [(LOOP, OTHER), (JUDGE, "judge and advance"), (FETCH, "fetch"), (STORE, "store")]
)
def test_the_innermost_part_counts(stack: str, part: str) -> None:
    """A library's function counts for whoever of ours has called it."""
    assert part_of(stack) == part


def test_threads_are_divided_by_what_they_used() -> None:
    """Samples divide a thread's own time; a thread of the client library is all fetching."""
    used = {Thread(1, "python", 0): 6.0, Thread(2, "pyreqwest", 0): 3.0, Thread(3, "python", 0): 1.0}
    samples = [Sample(1, LOOP, 1), Sample(1, JUDGE, 2), Sample(2, "thread (2)", 90)]
    assert shares(used, samples, 10.0) == {
        "judge and advance": pytest.approx(0.4),
        "fetch": pytest.approx(0.3),
        "store": 0.0,
        OTHER: pytest.approx(0.3),
    }


def test_a_sample_is_read() -> None:
    """A line names the thread, its stack, and how often it was seen."""
    line = "thread (4711): MainThread;run (a.py:1) 12"
    assert read_sample(line) == Sample(4711, "thread (4711): MainThread;run (a.py:1)", 12)
    assert read_sample("process 1:pinger 3") is None
