"""CSRF tokens: only a page of this process, shown to somebody with the password, has them."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes

from werkzeug.datastructures import Headers

_BYTES = 32

# Values of Sec-Fetch-Site for requests that do not come from a page of another site.
_OWN_SITE = frozenset({None, "same-origin", "none"})


class CsrfToken:
    """Issues tokens for forms, each for its subject, valid for as long as this process lives."""

    def __init__(self) -> None:
        self._key = token_bytes(_BYTES)

    def issue(self, subject: str) -> str:
        """Return the token of a form about this subject."""
        return blake2b(subject.encode("utf-8", "replace"), key=self._key, digest_size=_BYTES).hexdigest()

    def verify(self, subject: str, token: str, headers: Headers) -> bool:
        """Return True if the token belongs to a form of this process about this subject."""
        own_site = headers.get("Sec-Fetch-Site") in _OWN_SITE
        return own_site and compare_digest(self.issue(subject).encode(), token.encode("utf-8", "replace"))
