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
    urls = (task for task in tasks if task.url.startswith(incomplete))
    return [*_named(tasks, incomplete), *(CompletionItem(task.url, help=task.name) for task in urls)]


def complete_pushed_task(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the same of the tasks that are pushed alone, with slugs instead of URLs."""
    tasks = [task for task in _tasks(context) if task.push]
    slugs = ((task.push.slug, task.name) for task in tasks if task.push)
    found = (CompletionItem(slug, help=name) for slug, name in slugs if slug.startswith(incomplete))
    return [*_named(tasks, incomplete), *found]


def _named(tasks: Sequence[Task], incomplete: str) -> list[CompletionItem[str]]:
    named = (task.name for task in tasks if task.name)
    return [CompletionItem(name) for name in named if name.casefold().startswith(incomplete.casefold())]


def _tasks(context: click.Context) -> Sequence[Task]:
    try:
        return load_settings(context.params.get("config")).tasks
    except (UsageProblem, OSError):
        return ()
