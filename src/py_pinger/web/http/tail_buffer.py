"""The last bytes of a body: of a pushed log no more is needed, however long it is."""

from __future__ import annotations

from io import BytesIO


class TailBuffer:
    """Keeps the last bytes that are appended; as waitress's buffers, as far as it uses them for bodies."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept = bytearray()

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._kept += data
        if len(self._kept) > 2 * self._size:
            del self._kept[: -self._size]

    def getfile(self) -> BytesIO:
        """Return what is kept as a file."""
        return BytesIO(bytes(self._kept[-self._size :]))

    def __len__(self) -> int:
        """Return the number of bytes that are kept."""
        return min(len(self._kept), self._size)

    def close(self) -> None:
        """Free the memory."""
        self._kept.clear()
