"""The last bytes of a body."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from py_pinger.web.http.tail_buffer import TailBuffer


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 50))
def test_the_last_bytes_are_kept(parts: list[bytes], size: int) -> None:
    """However they come."""
    buffer = TailBuffer(size)
    for part in parts:
        buffer.append(part)
    kept = b"".join(parts)[-size:]
    assert (buffer.getfile().read(), len(buffer)) == (kept, len(kept))


def test_the_memory_is_bounded() -> None:
    """A long body takes no more than three times what is kept of it."""
    buffer = TailBuffer(1000)
    for _ in range(1000):
        buffer.append(b"x" * 1000)
        assert len(buffer._kept) <= 3000  # noqa: SLF001 - what is held
    buffer.close()
    assert len(buffer) == 0
