"""What makes a bench fail."""

from __future__ import annotations

from collections.abc import Sequence

# Problems told in full; a bench with 100,000 tasks can have as many.
SHOWN = 10


class BenchError(Exception):
    """What was measured counts for nothing: each problem is a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join((*problems[:SHOWN], *_rest(len(problems)))))


def _rest(count: int) -> list[str]:
    return [f"… and {count - SHOWN} more"] if count > SHOWN else []
