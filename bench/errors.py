"""Errors that make a bench fail."""

from __future__ import annotations

from collections.abc import Sequence

# Problems shown in full; a bench with 100,000 tasks can have as many.
SHOWN = 10


class BenchError(Exception):
    """The measurement is invalid; each problem is a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join((*problems[:SHOWN], *_rest(len(problems)))))


def _rest(count: int) -> list[str]:
    return [f"… and {count - SHOWN} more"] if count > SHOWN else []
