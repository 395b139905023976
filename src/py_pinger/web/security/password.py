"""The web password."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes

from werkzeug.security import check_password_hash

from py_pinger.config.values.secrets import is_hash
from py_pinger.core.text.urls import MASK

_BYTES = 32


class PasswordCheck:
    """Compares passwords with one secret, a hash or the password itself.

    A masked one matches nothing.

    A hash is slow to compare on purpose. Once the right password is known, a keyed digest of it is held in
    memory, and later comparisons are fast.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._key = token_bytes(_BYTES)
        self._right: bytes | None = None
        if not is_hash(secret):
            self._right = token_bytes(_BYTES) if secret == MASK else self._digest(secret)

    @property
    def slow(self) -> bool:
        """Whether a comparison still takes much CPU time."""
        return self._right is None

    def matches(self, given: str) -> bool:
        """Return True if this is the password."""
        digest = self._digest(given)
        if self._right is not None:
            return compare_digest(self._right, digest)
        if check_password_hash(self._secret, given):
            self._right = digest
            return True
        return False

    def _digest(self, given: str) -> bytes:
        return blake2b(given.encode(), key=self._key, digest_size=_BYTES).digest()
