"""What the channels' routes come to for the tasks there are: who is told of each, and which mean none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from re import compile as pattern

from py_pinger.config.schema.channel import ConfiguredChannel
from py_pinger.config.schema.settings import Settings
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route, covers
from py_pinger.core.text.wildcard import matches

# Names that a pattern is compared with when it means none: a start must not wait for a hint.
_COMPARED = 1000

# Below this likeness (0 to 1) a suggestion is more puzzling than helpful.
_LIKENESS = 0.6

_WORDS = pattern(r"\W+")


def unused_patterns(channels: Iterable[ConfiguredChannel], names: Sequence[str]) -> Iterator[str]:
    """Yield a warning for each pattern of tasks that means none of the `names`, URLs as shown among them."""
    for channel in channels:
        for wanted in channel.route().tasks:
            if not matches(wanted, names):
                yield f"[{channel.name}] tasks: {wanted} means no task; {_remedy(wanted, names)}"


def unrouted_tasks(channels: Sequence[ConfiguredChannel], tasks: Iterable[Task]) -> Iterator[str]:
    """Yield a warning if there are channels, but none for some of the tasks."""
    routes = [route for channel in channels for route in channel.routes()]
    lonely = [task.url for task in tasks if not any(covers(route, task.url, task.name) for route in routes)]
    if routes and lonely:
        others = f" and {len(lonely) - 1} more" if len(lonely) > 1 else ""
        yield f"told to the log alone, by the tasks of all channels: {lonely[0]}{others}; see `pinger config`"


def recipients(settings: Settings) -> str:
    """Return, as comments of an ini, who would be told of each task."""
    routes = [route for channel in settings.channels for route in channel.routes()]
    condition = ", if only_log were false" if settings.main.only_log else ""
    about_itself = [route.channel for route in routes if route.own]
    lines = [
        f"Who would be told, besides the log{condition}:",
        *(f"{task.url}: {_joined(_told(routes, task))}" for task in settings.tasks),
        f"Py Pinger itself: {_joined(about_itself)}",
    ]
    return "".join(f"# {line}\n" for line in lines)


def _told(routes: Iterable[Route], task: Task) -> Iterator[str]:
    for route in routes:
        if covers(route, task.url, task.name):
            conditions = "; ".join(_conditions(route))
            yield f"{route.channel} ({conditions})" if conditions else route.channel


def _conditions(route: Route) -> Iterator[str]:
    for key in ("servers", "processes", "causes"):
        if wanted := getattr(route, key):
            yield f"{key} {', '.join(wanted)}"


def _joined(channels: Iterable[str]) -> str:
    return ", ".join(channels) or "nobody"


def _remedy(wanted: str, names: Iterable[str]) -> str:
    compared = [(name, word) for name in islice(names, _COMPARED) for word in (name, *_WORDS.split(name))]
    called = {word.lower(): name for name, word in compared if word}
    near = get_close_matches(wanted.strip("*?").lower(), called, n=1, cutoff=_LIKENESS)
    return f"did you mean {called[near[0]]}?" if near else "mend it, or add the task to [urls]"
