"""What makes shells complete commands and tasks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from re import Match
from re import compile as pattern
from typing import Any, Final

import click
from click.shell_completion import BashComplete, CompletionItem, split_arg_string

from py_pinger.cli.config_file import loaded
from py_pinger.cli.exits import UsageProblem
from py_pinger.core.model.task import Task

_CLICKS: Final = 'COMP_WORDS="${COMP_WORDS[*]}"'
_WHOLE: Final = 'COMP_WORDS="${COMP_LINE:0:COMP_POINT}"'

# What ends a word for bash, and what means something to it.
_BREAKS: Final = ":="
_SPECIAL: Final = pattern(r"[^\w@%+=:,./~-]")


class Bash(BashComplete):
    """Reads the line as it was typed, and gives back what follows bash's own beginning of the word."""

    source_template = BashComplete.source_template.replace(_CLICKS, _WHOLE)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the whole arguments before the cursor, and the one that is begun."""
        # With a letter more, a blank at the end is the end of a word, unless it is escaped.
        words = split_arg_string(f"{os.environ['COMP_WORDS']}x")
        self._begun = words.pop()[:-1]
        return words[1:], self._begun

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return one line for our function in bash."""
        there = max(self._begun.rfind(sign) for sign in _BREAKS) + 1
        return f"{item.type},{_SPECIAL.sub(_escaped, str(item.value)[there:])}"


def _escaped(sign: Match[str]) -> str:
    return f"\\{sign[0]}"


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
    except (UsageProblem, OSError):
        return ()
