"""The way to a task's server: through which proxy, whom to trust there, and who we are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Pem:
    """A file of certificates, of a key, or of both, with its text as it was when it was read."""

    path: str
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is reached; two equal ones may share connections.

    `ca` is trusted beside what the machine trusts anyway. Without a `key` the file of the `certificate`
    holds it too. Unless `verify`, whoever answers is taken for the server.
    """

    proxy: str | None = field(default=None, repr=False)
    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    verify: bool = True

    @property
    def identity(self) -> bytes | None:
        """The client certificate and its key."""
        if self.certificate is None:
            return None
        return b"\n".join(pem.text for pem in (self.certificate, self.key) if pem)

    def abroad(self) -> Way:
        """Return the way to servers that the client certificate is not meant for."""
        return replace(self, certificate=None, key=None)


# What all tasks go by that say nothing else.
DIRECT = Way()
