"""Asking the unreachable again: a lost packet should wake nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import chain, islice, repeat

from py_pinger.core.model import Answer, Page, Task

# Seconds before the first, second and so on time of asking again; the last one goes on.
PAUSES = (1.0, 3.0)


async def ask(
    fetch: Callable[[Task], Awaitable[Answer]], task: Task, sleep: Callable[[float], Awaitable[object]]
) -> Answer:
    """Ask a task until something comes back, `task.retries` times more at most; the last answer counts."""
    answer = await fetch(task)
    for pause in islice(chain(PAUSES, repeat(PAUSES[-1])), task.retries):
        if isinstance(answer, Page):
            break
        await sleep(pause)
        answer = await fetch(task)
    return answer
