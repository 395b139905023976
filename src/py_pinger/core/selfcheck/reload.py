"""The words about a configuration that was changed while Py Pinger runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from py_pinger.core.model.transition import Notice, NoticeKind
from py_pinger.core.text.formatting import stretch, time_of_day

TOPIC = "configuration"

_REFUSED = "The changed configuration was not taken, and everything goes on as before."


def warning(problems: Sequence[str], since: datetime) -> str:
    """Return what there is to say of a configuration that was refused, while it is."""
    whole = " ".join(problems).removesuffix(".")
    return f"the changed configuration was not taken at {time_of_day(since)}, all goes on as before: {whole}"


def refused(problems: Sequence[str], now: datetime) -> Notice:
    """Return the word about it, with all that is wrong."""
    return Notice(NoticeKind.TROUBLED, now, topic=TOPIC, opened=now, text=_REFUSED, warnings=tuple(problems))


def taken(since: datetime, now: datetime) -> Notice:
    """Return the word that the configuration is right again."""
    text = f"The configuration has been taken; from {stretch(since, now)} its changes had not been."
    return Notice(NoticeKind.MENDED, now, topic=TOPIC, opened=since, text=text)


def at_next_start(keys: Sequence[str]) -> str:
    """Return what there is to say of changed settings that only a start can put into force."""
    *others, last = keys
    names = f"{', '.join(others)} and {last}" if others else last
    return f"[main] {names} {'take' if others else 'takes'} effect at the next start"
