"""Prints the URLs of tasks that are pushed, with lines to copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from py_pinger.cli.output import as_json
from py_pinger.cli.push.senders import Sender
from py_pinger.core.text.formatting import minutes

_GUESSED = (
    "# Senders have to reach this address, where the web server listens. If they use another, set url in"
    " [push], or use --url.\n"
)


def senders_as_text(senders: Sequence[Sender], *, guessed: bool) -> str:
    """Return a block for each task: comments, the URL, and the lines; `guessed` if its host is."""
    return (_GUESSED if guessed else "") + "\n".join("\n".join(_block(each)) + "\n" for each in senders)


def senders_as_json(senders: Sequence[Sender]) -> bytes:
    """Return a JSON list with an object for each task."""
    return as_json([_fields(each) for each in senders])


def _block(sender: Sender) -> Iterator[str]:
    lines = sender.lines
    yield f"# {sender.task.name or sender.task.url}: {_expected(sender)}"
    yield lines.url
    yield "# in a shell"
    yield lines.curl
    yield f"# in a crontab{_zone(sender)}"
    yield lines.crontab
    yield "# in the [Service] section of a systemd unit"
    yield lines.systemd
    yield "# where Py Pinger or pinger-report is installed: with starts, and the output of failed runs"
    yield lines.exec
    yield "# in a container of a Kubernetes CronJob"
    yield lines.kubernetes


def _expected(sender: Sender) -> str:
    expectations = sender.task.expectations
    if expectations.schedule:
        return f"expected at {expectations.schedule}"
    return f"expected every {minutes(expectations.frequency)}" if expectations.frequency else ""


def _zone(sender: Sender) -> str:
    schedule = sender.task.expectations.schedule
    return f", on a machine in the time zone {schedule.zone}" if schedule else ""


def _fields(sender: Sender) -> dict[str, object]:
    return {
        "task": sender.task.url,
        "name": sender.task.name,
        "slug": sender.slug,
        **asdict(sender.lines),
    }
