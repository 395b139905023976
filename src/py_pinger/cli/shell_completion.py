"""Tasks that a shell suggests to whoever types: those of the ini file, or none where that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from py_pinger.cli.config_file import loaded
from py_pinger.cli.exits import Unusable
from py_pinger.core.model.task import Task


def urls(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem[str]]:
    """Return the URLs of tasks that begin so."""
    return [
        CompletionItem(task.url, help=task.name) for task in _tasks(context) if task.url.startswith(begun)
    ]


def patterns(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem[str]]:
    """Return the names of tasks that begin so, in any case, and the URLs."""
    tasks = _tasks(context)
    named = (task.name for task in tasks if task.name)
    names = [CompletionItem(name) for name in named if name.casefold().startswith(begun.casefold())]
    return [*names, *(CompletionItem(task.url) for task in tasks if task.url.startswith(begun))]


def _tasks(context: click.Context) -> Sequence[Task]:
    try:
        return loaded(context.params.get("config")).tasks
    except (Unusable, OSError):
        return ()
