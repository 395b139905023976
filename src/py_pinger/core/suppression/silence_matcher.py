"""Whether tasks are silenced, for ten thousands of tasks at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.text.wildcard import matcher

_ANY = "*"


def silence_matcher(active: ActiveSilences) -> Callable[[TaskSnapshot], bool]:
    """Return a function that says whether a task is silenced, as `silencing` does."""
    patterns, windows = [each.pattern for each in active.silences], [window for window, _ in active.windows]
    if _ANY in patterns or not all(window.tasks or window.servers for window in windows):
        return lambda _: True
    if active.is_empty:
        return lambda _: False
    return _matcher(patterns, windows)


def _matcher(patterns: list[str], windows: list[MaintenanceWindow]) -> Callable[[TaskSnapshot], bool]:
    of_tasks = [name for each in windows if not each.servers for name in each.tasks]
    of_servers = [name for each in windows if not each.tasks for name in each.servers]
    both = [(matcher(each.tasks), matcher(each.servers)) for each in windows if each.tasks and each.servers]
    is_named, is_process = matcher([*patterns, *of_tasks]), matcher(patterns)
    # Many tasks have the same server.
    is_server = cache(matcher([*patterns, *of_servers]))

    def is_silenced(task: TaskSnapshot) -> bool:
        verdict = task.state.verdict
        url, name, process, server = task.url, task.name, verdict.process, verdict.server
        return bool(
            is_named(url)
            or (server is not None and is_server(server))
            or (process is not None and is_process(process))
            or (name is not None and is_named(name))
            or any(
                server is not None
                and on_server(server)
                and (of_task(url) or (name is not None and of_task(name)))
                for of_task, on_server in both
            )
        )

    return is_silenced
