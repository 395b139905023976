"""The terminal while tasks are watched in it: drawn anew again and again, until somebody presses q."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from time import monotonic
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from py_pinger.cli import table
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.snapshot import Snapshot
from py_pinger.web.view.summary import headline

# Seconds between two looks.
PAUSE: Final = 2.0

# What stands for a terminal that is gone: Ctrl-D, the end of what is typed.
_GONE: Final = "\x04"

# The keys that end it, among them Ctrl-C, where the terminal hands it on as a key.
_ENDING: Final = frozenset(f"qQ\x03\x1b{_GONE}")

# Lines that are no rows: what is told, the keys, and one below.
_FRAME: Final = 4


def watch(console: Console, look: Callable[[], Snapshot]) -> Snapshot:
    """Show what is seen until q, Escape or Ctrl-C, and return what was seen last.

    What was seen before stays, with the reason beside it, while nothing is. Raises Unusable where nothing
    is seen at the first look.
    """
    seen = look()
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(_drawn(console, seen), refresh=True)
                if _ended(pressed, PAUSE):
                    return seen
                seen = _again(look, seen)
        except KeyboardInterrupt:
            return seen


def _again(look: Callable[[], Snapshot], before: Snapshot) -> Snapshot:
    try:
        return look()
    except UsageProblem as error:
        return replace(before, why=error.message.rstrip("."))


def _drawn(console: Console, seen: Snapshot) -> RenderableType:
    width, height = console.size
    shown = height - _FRAME
    hidden = max(0, len(seen.rows) - shown + 1)
    keys = f"q ends it; {hidden} more below" if hidden else "q ends it"
    told = f"{headline(seen.rows)}. {seen.told()}"
    return Group(
        Text(told, overflow="ellipsis", no_wrap=True),
        table.coloured(seen.rows, seen.at, width, shown),
        Text(keys, style="dim", overflow="ellipsis", no_wrap=True),
    )


def _ended(pressed: Callable[[float], str], seconds: float) -> bool:
    """Wait so long for a key that ends it."""
    until = monotonic() + seconds
    while (left := until - monotonic()) > 0:
        if _ENDING & set(pressed(left)):
            return True
    return False


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Yield what waits up to so many seconds for keys, which come without Enter, and are not echoed."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield lambda seconds: _read(descriptor, seconds)
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _read(descriptor: int, seconds: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        return ""
    # A terminal that is gone is ready for ever, with nothing to read or with a fault.
    with suppress(OSError):
        return os.read(descriptor, 64).decode("utf-8", "replace") or _GONE
    return _GONE
