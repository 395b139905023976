"""Several scenarios in parallel: most of each is waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def in_parallel(*scenarios: Callable[[], str]) -> Sequence[str]:
    """Return the result of each scenario; raises the first error."""
    with ThreadPoolExecutor(len(scenarios)) as pool:
        results = [pool.submit(scenario) for scenario in scenarios]
    return [each.result() for each in results]
