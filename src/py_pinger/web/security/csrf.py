"""What shows that a form was served by us to somebody with the password: a stranger's page cannot know it."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes

from werkzeug.datastructures import Headers

_BYTES = 32

# What browsers say of a request that did not come from a page of another site.
_OWN_SITE = frozenset({None, "same-origin", "none"})


class CsrfToken:
    """Marks forms, each for what it is about, for as long as this process lives."""

    def __init__(self) -> None:
        self._key = token_bytes(_BYTES)

    def mark(self, about: str) -> str:
        """Return the mark of a form."""
        return blake2b(about.encode("utf-8", "replace"), key=self._key, digest_size=_BYTES).hexdigest()

    def proves(self, about: str, mark: str, headers: Headers) -> bool:
        """Tell whether a form with this mark is ours, and came from a page of ours."""
        own_site = headers.get("Sec-Fetch-Site") in _OWN_SITE
        return own_site and compare_digest(self.mark(about).encode(), mark.encode("utf-8", "replace"))
