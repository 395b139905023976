"""The tasks that are pushed, with the URLs to which they send their reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from py_pinger.cli.exits import UsageProblem
from py_pinger.config import Settings
from py_pinger.config.parsing.quoting import nearest, quotable
from py_pinger.config.ping_urls import ping_url
from py_pinger.config.values.url import url_problem
from py_pinger.core.model.task import PUSH_SCHEME, Task
from py_pinger.core.push.sender_lines import SenderLines, sender_lines
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches

_NONE_PUSHED = (
    "No task in pinger.ini sends its reports; add a [task NAME] section with push=SLUG, and key to [push]"
    " (docs/push.md)."
)
_NO_PORT = "The server's port is unknown (port=0 in [main]); set url in [push], or use --url."


@dataclass(frozen=True, slots=True)
class Sender:
    """A task that is pushed, and the lines that use its URL, with the secret."""

    task: Task
    slug: str
    lines: SenderLines = field(repr=False)


def senders(settings: Settings, wanted: str | None, server: str | None) -> Sequence[Sender]:
    """Return the tasks that are pushed, or those that `wanted` matches, for the `server`'s address.

    Raises UsageProblem if there are none, or if no address is known.
    """
    pushed = [task for task in settings.tasks if task.push]
    if not pushed:
        raise UsageProblem(_NONE_PUSHED)
    _check_server(settings, server)
    chosen = pushed if wanted is None else _matching(settings, pushed, wanted)
    return [_sender(settings, task, server) for task in chosen]


def is_guessed(settings: Settings, server: str | None) -> bool:
    """Return True if the address for senders is only where the web server listens."""
    return not (server or (settings.push and settings.push.url))


def _check_server(settings: Settings, server: str | None) -> None:
    if server and (why := url_problem(server)):
        raise UsageProblem(f"--url: {mask(server)} {why}; use for example https://pinger.example.com.")
    if is_guessed(settings, server) and not settings.main.port:
        raise UsageProblem(_NO_PORT)


def _sender(settings: Settings, task: Task, server: str | None) -> Sender:
    url, slug = ping_url(settings, task, server=server) or "", task.push.slug if task.push else ""
    return Sender(task, slug, sender_lines(url, slug, task.expectations))


def _matching(settings: Settings, pushed: Sequence[Task], wanted: str) -> Sequence[Task]:
    """Return the tasks with a name, a slug or an identity; with * and ? as wildcards."""
    found = [task for task in pushed if matches(wanted, _names(task))]
    if found:
        return found
    if any(matches(wanted, _names(task)) for task in settings.tasks):
        raise UsageProblem(f"{quotable(wanted)!r} is polled, so it has no URL for reports.")
    near = nearest(wanted, (name for task in pushed for name in _names(task)))
    advice = f"did you mean {near!r}?" if near else "`pinger push` without a name shows all of them."
    raise UsageProblem(f"No pushed task is named {quotable(wanted)!r}; {advice}")


def _names(task: Task) -> tuple[str, ...]:
    return tuple(filter(None, (task.name, task.url.removeprefix(PUSH_SCHEME), task.url)))
