"""Completion of the names and URLs of tasks in shells."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from py_pinger.cli.config_file import load_settings
from py_pinger.cli.exits import UsageProblem
from py_pinger.core.model.task import Task


def complete_task(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the names of tasks that begin with a text, in any case, and the URLs."""
    tasks = _tasks(context)
    named = (task.name for task in tasks if task.name)
    names = [CompletionItem(name) for name in named if name.casefold().startswith(incomplete.casefold())]
    urls = (task for task in tasks if task.url.startswith(incomplete))
    return [*names, *(CompletionItem(task.url, help=task.name) for task in urls)]


def _tasks(context: click.Context) -> Sequence[Task]:
    try:
        return load_settings(context.params.get("config")).tasks
    except (UsageProblem, OSError):
        return ()
