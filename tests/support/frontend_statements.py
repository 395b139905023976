"""The statements that a client of PostgreSQL sends, read from the bytes of its connection."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack

# What a client may ask for before its connection starts.
_REQUESTS = frozenset({80877103, 80877104})

# Bytes of the length of a message, and of the kind before it once the connection has started.
_LENGTH, _KIND = 4, 1


class FrontendStatements:
    """Reads one connection; a statement counts when its execution is requested."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_started = False
        self._parsed = ""

    def read(self, piece: bytes) -> list[str]:
        """Return the statements that a piece completes."""
        self._rest += piece
        return [*self._complete()]

    def _complete(self) -> Iterator[str]:
        while (message := self._next()) is not None:
            kind, content = message
            if not self._has_started:
                self._has_started = unpack("!I", content[:_LENGTH])[0] not in _REQUESTS
            elif kind == b"P":
                self._parsed = _text(content.partition(b"\0")[2])
            elif kind == b"E":
                yield self._parsed
            elif kind == b"Q":
                yield _text(content)

    def _next(self) -> tuple[bytes, bytes] | None:
        """Return the kind and the content of the next message that is complete."""
        before = _KIND if self._has_started else 0
        head = self._rest[: before + _LENGTH]
        if len(head) < before + _LENGTH:
            return None
        end = before + int(unpack("!I", head[before:])[0])
        if len(self._rest) < end:
            return None
        content, self._rest = self._rest[before + _LENGTH : end], self._rest[end:]
        return head[:before], content


def _text(content: bytes) -> str:
    return content.partition(b"\0")[0].decode("utf-8", "replace")
