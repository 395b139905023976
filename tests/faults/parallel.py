"""Several stories told at once: most of each is waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def at_once(*stories: Callable[[], str]) -> Sequence[str]:
    """Return what each story has to tell; the first that fails tells that."""
    with ThreadPoolExecutor(len(stories)) as pool:
        told = [pool.submit(story) for story in stories]
    return [each.result() for each in told]
