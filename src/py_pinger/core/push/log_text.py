"""The log of a run: its last bytes as readable text."""

from __future__ import annotations

import re
from typing import Final

from py_pinger.core.evaluation.report_values import REASON_LENGTH
from py_pinger.core.model.push import LOG_KEPT
from py_pinger.core.text.formatting import clean

# Between the lines of a reason.
_SEPARATOR: Final = " / "

# Colours and movements of a terminal, and other controls.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_log(body: bytes) -> str:
    """Return the last 10,000 bytes of a log as text, without colours and controls."""
    tail = body[-LOG_KEPT:]
    # A character that was cut in two.
    text = tail.lstrip(bytes(range(0x80, 0xC0))).decode("utf-8", "replace")
    text = "\n".join(map(_last_written, _TERMINAL.sub("", text).split("\n")))
    return _CONTROLS.sub("", text).strip("\n").expandtabs(8)


def _last_written(line: str) -> str:
    """Return what is left of a line whose start was overwritten after carriage returns, as by a progress bar.

    By searches from its end: a pattern would take a second of the server's loop for a line of 10,000 bytes.
    """
    return line.rstrip("\r").rpartition("\r")[2]


def last_lines(log: str, length: int = REASON_LENGTH) -> str:
    """Return as many of the last lines of a log as fit, as one line; "" for an empty log."""
    return _SEPARATOR.join(tail_of(log, length))


def tail_of(log: str, length: int = REASON_LENGTH, lines: int | None = None) -> tuple[str, ...]:
    """Return as many of the last lines of a log as fit, `lines` at most; of one that is too long its end."""
    kept: list[str] = []
    room = length
    for line in filter(None, map(clean, reversed(log.splitlines()))):
        if len(line) > room or len(kept) == lines:
            break
        kept.insert(0, line)
        room -= len(line) + len(_SEPARATOR)
    if kept:
        return tuple(kept)
    last = clean(log)
    return (last if len(last) <= length else "…" + last[1 - length :],) if last else ()
