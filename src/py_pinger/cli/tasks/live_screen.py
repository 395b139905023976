"""`pinger status --watch`: the tasks in a terminal, refreshed until a key ends it."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.tasks import table
from py_pinger.cli.tasks.snapshot import Snapshot
from py_pinger.web.tasks.summary import count_rows, headline

# Seconds between two refreshes.
PAUSE: Final = 2.0

# Seconds within which the rest of an escape sequence follows the Escape key's code.
_SEQUENCE_PAUSE: Final = 0.05

_ESCAPE: Final = "\x1b"
# What a closed terminal reads as: Ctrl-D, the end of the input.
_CLOSED: Final = "\x04"
# The keys that end it; Ctrl-C is among them if the terminal passes it on as a key.
_QUIT: Final = frozenset({"q", "Q", "\x03", _ESCAPE, _CLOSED})

# A key: an escape sequence as terminals send it, or one character.
_KEY: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|.", re.DOTALL)

# The lines of the terminal that are not rows: the headline, the heading, the keys, and one below.
_FRAME: Final = 4

_TO_END: Final = 10**9
# By how many pages and lines a key scrolls.
_SCROLL: Final = {
    **dict.fromkeys(("\x1b[A", "\x1bOA", "k"), (0, -1)),
    **dict.fromkeys(("\x1b[B", "\x1bOB", "j"), (0, 1)),
    **dict.fromkeys(("\x1b[5~", "b"), (-1, 0)),
    **dict.fromkeys(("\x1b[6~", " "), (1, 0)),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~", "g"), (0, -_TO_END)),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~", "G"), (0, _TO_END)),
}


@dataclass(frozen=True, slots=True)
class _View:
    """The tasks that are shown, from the row at `first` on."""

    snapshot: Snapshot
    first: int = 0

    def scrolled(self, key: str, page: int) -> _View:
        """Return the view after a key, with `page` rows visible."""
        pages, lines = _SCROLL.get(key, (0, 0))
        last = max(0, len(self.snapshot.rows) - page)
        return replace(self, first=min(max(0, self.first + pages * page + lines), last))


def watch(console: Console, read: Callable[[], Snapshot]) -> Snapshot:
    """Show the tasks until q, Escape or Ctrl-C, and return what was shown last.

    If they cannot be read again, the previous ones stay, with the reason. Raises UsageProblem if they cannot
    be read at first.
    """
    view = _View(read())
    with _keys() as next_keys, Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                refresh_at = monotonic() + PAUSE
                while (left := refresh_at - monotonic()) > 0:
                    view = view.scrolled("", _page(console))
                    live.update(_drawn(console, view), refresh=True)
                    for key in next_keys(left):
                        if key in _QUIT:
                            return view.snapshot
                        view = view.scrolled(key, _page(console))
                view = replace(view, snapshot=_read_again(read, view.snapshot))
        except KeyboardInterrupt:
            return view.snapshot


def _read_again(read: Callable[[], Snapshot], previous: Snapshot) -> Snapshot:
    try:
        return read()
    except UsageProblem as error:
        return replace(previous, why=error.message.rstrip("."))


def _page(console: Console) -> int:
    """Return how many rows are visible."""
    return max(1, console.size.height - _FRAME)


def _drawn(console: Console, view: _View) -> RenderableType:
    snapshot, page = view.snapshot, _page(console)
    rows = table.urgent_first(snapshot.rows)[view.first : view.first + page]
    hidden = len(snapshot.rows) - len(rows)
    place = f"; rows {view.first + 1} to {view.first + len(rows)} of {len(snapshot.rows)}" if hidden else ""
    keys = f"q: quit{', arrow keys: scroll' if hidden else ''}{place}"
    text = f"{headline(count_rows(snapshot.rows))}. {snapshot.description()}"
    return Group(
        Text(text, overflow="ellipsis", no_wrap=True),
        table.styled(rows, snapshot.at, console.size.width),
        Text(keys, style="dim", overflow="ellipsis", no_wrap=True),
    )


@contextmanager
def _keys() -> Iterator[Callable[[float], list[str]]]:
    """Yield a function that waits so many seconds for keys, without Enter and without echo."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield lambda seconds: _KEY.findall(_typed(descriptor, seconds))
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _typed(descriptor: int, seconds: float) -> str:
    """Return what is typed within so many seconds, with whole escape sequences."""
    text = _read(descriptor, seconds)
    return text + _read(descriptor, _SEQUENCE_PAUSE) if text.endswith(_ESCAPE) else text


def _read(descriptor: int, seconds: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        return ""
    # A closed terminal is always ready, with nothing to read or with an error.
    with suppress(OSError):
        return os.read(descriptor, 64).decode("utf-8", "replace") or _CLOSED
    return _CLOSED
