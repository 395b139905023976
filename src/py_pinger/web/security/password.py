"""The web password: whether what somebody gives is it."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes

from werkzeug.security import check_password_hash

from py_pinger.config.values.secrets import is_hash
from py_pinger.core.text.urls import MASK

_BYTES = 32


class PasswordCheck:
    """Opens for one password, given as its hash or as it is; a masked one opens for nobody.

    A hash is slow to compare on purpose. Once the right password is known, a keyed digest of it is kept
    in memory, and nothing is slow any more.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._key = token_bytes(_BYTES)
        self._good: bytes | None = None
        if not is_hash(secret):
            self._good = token_bytes(_BYTES) if secret == MASK else self._digest(secret)

    @property
    def slow(self) -> bool:
        """Whether a comparison still takes the CPU a while."""
        return self._good is None

    def matches(self, given: str) -> bool:
        """Tell whether this is the password."""
        digest = self._digest(given)
        if self._good is not None:
            return compare_digest(self._good, digest)
        if check_password_hash(self._secret, given):
            self._good = digest
            return True
        return False

    def _digest(self, given: str) -> bytes:
        return blake2b(given.encode(), key=self._key, digest_size=_BYTES).digest()
