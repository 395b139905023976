"""Checks the routes of channels: unused patterns, and the recipients of each task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice

from py_pinger.config.parsing.item_patterns import may_be_an_item
from py_pinger.config.schema.channel import ConfiguredChannel
from py_pinger.config.schema.problem import ConfigProblem, ProblemCode
from py_pinger.config.schema.settings import Settings
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route, covers
from py_pinger.core.text.formatting import duration
from py_pinger.core.text.wildcard import matches

# Names that an unused pattern is compared with: a start must not wait for a suggestion.
_COMPARED = 1000

# Below this similarity (0 to 1) a suggestion is more puzzling than helpful.
_SIMILARITY = 0.6

_NOT_A_WORD = re.compile(r"\W+")


def unused_patterns(
    patterns: Iterable[tuple[str, Sequence[str]]], names: Sequence[str]
) -> Iterator[ConfigProblem]:
    """Yield a warning for each pattern that matches none of the `names` and masked URLs.

    The patterns are given by their section's heading.
    """
    for heading, wanted in patterns:
        for pattern in wanted:
            if not matches(pattern, names) and not may_be_an_item(pattern, names):
                text = f"{pattern} matches no task; {_remedy(pattern, names)}"
                yield ConfigProblem(ProblemCode.NO_MATCH, f"[{heading}] tasks", text)


def unrouted_tasks(channels: Sequence[ConfiguredChannel], tasks: Iterable[Task]) -> Iterator[ConfigProblem]:
    """Yield a warning if there are channels, but no channel for some of the tasks."""
    routes = [route for channel in channels for route in channel.routes()]
    if not routes:
        return
    unrouted = [task.url for task in tasks if not any(covers(route, task.url, task.name) for route in routes)]
    if unrouted:
        rest = len(unrouted) - 1
        others = f" and {rest} more task{'s' if rest > 1 else ''}" if rest else ""
        text = f"no channel receives notifications for {unrouted[0]}{others}; see `pinger config`"
        yield ConfigProblem(ProblemCode.UNROUTED, "", text)


def recipients(settings: Settings) -> str:
    """Return, as comments of an ini file, which channels receive the notifications of each task."""
    routes = [route for channel in settings.channels for route in channel.routes()]
    channels = " and, once only_log=false, to" if settings.main.only_log else ", and to"
    about_itself = [route.channel for route in routes if route.own]
    lines = [
        f"Notifications go to the log{channels} these channels:",
        *(f"{task.url}: {_joined(_recipients_of(routes, task))}" for task in settings.tasks),
        f"Py Pinger itself: {_joined(about_itself)}",
    ]
    return "".join(f"# {line}\n" for line in lines)


def _recipients_of(routes: Iterable[Route], task: Task) -> Iterator[str]:
    for route in routes:
        if covers(route, task.url, task.name):
            conditions = "; ".join(_conditions(route))
            yield f"{route.channel} ({conditions})" if conditions else route.channel


def _conditions(route: Route) -> Iterator[str]:
    for key in ("servers", "processes", "causes"):
        if wanted := getattr(route, key):
            yield f"{key} {', '.join(wanted)}"
    if route.after:
        yield f"after {duration(route.after)}"
    if route.hours:
        yield "within its hours"


def _joined(channels: Iterable[str]) -> str:
    return ", ".join(channels) or "none"


def _remedy(pattern: str, names: Iterable[str]) -> str:
    compared = [
        (name, word) for name in islice(names, _COMPARED) for word in (name, *_NOT_A_WORD.split(name))
    ]
    by_word = {word.lower(): name for name, word in compared if word}
    near = get_close_matches(pattern.strip("*?").lower(), by_word, n=1, cutoff=_SIMILARITY)
    return f"did you mean {by_word[near[0]]}?" if near else "correct it, or add the task to [urls]"
