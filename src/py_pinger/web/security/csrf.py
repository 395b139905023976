"""CSRF tokens: only a page of this process, shown to somebody with the password, has them."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes

from werkzeug.datastructures import Headers

_BYTES = 32

# Values of Sec-Fetch-Site for requests that do not come from a page of another site.
_OWN_SITE = frozenset({None, "same-origin", "none"})


def is_own_site(headers: Headers) -> bool:
    """Return True unless the browser says that a page of another site has sent the request."""
    return headers.get("Sec-Fetch-Site") in _OWN_SITE


def is_sent_by_a_page(headers: Headers) -> bool:
    """Return True if a page in a browser has sent the request; all browsers add Origin to what may change."""
    return "Origin" in headers or "Sec-Fetch-Site" in headers


class CsrfToken:
    """Issues tokens for forms, each for its subject, valid for as long as this process lives."""

    def __init__(self) -> None:
        self._key = token_bytes(_BYTES)

    def issue(self, subject: str) -> str:
        """Return the token of a form about this subject."""
        return blake2b(subject.encode("utf-8", "replace"), key=self._key, digest_size=_BYTES).hexdigest()

    def verify(self, subject: str, token: str, headers: Headers) -> bool:
        """Return True if the token belongs to a form of this process about this subject."""
        right = self.issue(subject).encode()
        return is_own_site(headers) and compare_digest(right, token.encode("utf-8", "replace"))
