"""Rendezvous hashing: which of several nodes an assignment belongs to, without any agreement among them.

Each node computes the same. When a node joins or leaves, only its own assignments move.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

# Assignments of a cluster, for some sets of nodes: while nodes come and go, several are in use.
_KEPT = 16_384


@lru_cache(_KEPT)
def preferred(assignment: str, names: tuple[str, ...]) -> str:
    """Return the node that an assignment belongs to, of at least one; their order does not matter."""
    return max(names, key=lambda name: (_weight(name, assignment), name))


def _weight(name: str, assignment: str) -> bytes:
    # The name of a node contains no line end.
    return blake2b(f"{name}\n{assignment}".encode(errors="surrogatepass"), digest_size=8).digest()
