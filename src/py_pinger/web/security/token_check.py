"""Finds out which token of the settings a program has sent."""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest

from py_pinger.config.values.api_tokens import ApiToken, token_hash


class TokenCheck:
    """Compares tokens with the hashes of those that are configured."""

    def __init__(self, tokens: Sequence[ApiToken]) -> None:
        self._tokens = tuple(tokens)

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self._tokens)

    def find(self, given: str) -> ApiToken | None:
        """Return the token; takes the same time for each, and for one that does not exist."""
        found, digest = None, token_hash(given).encode()
        for token in self._tokens:
            if compare_digest(digest, token.hash.encode()):
                found = token
        return found
