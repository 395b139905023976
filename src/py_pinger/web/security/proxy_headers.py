"""What proxies say of a request: believed of those that are trusted, unheard from anybody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import compile as pattern
from typing import TYPE_CHECKING

from py_pinger.config.values.lists import Network
from py_pinger.web.security.client_address import Address, read_address, within

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORWARDED = "HTTP_X_FORWARDED_"
_REAL = "HTTP_X_REAL_IP"

_SCHEMES = frozenset({"http", "https"})
# A sub-path that cannot be read as another host's address, nor end an attribute.
_PREFIX = pattern(r"(/[A-Za-z0-9._~-]+)+")


class ProxyHeaders:
    """Puts scheme, sub-path and client of a request right, before the app sees it.

    No header of proxies reaches the app, so that nobody can steer it by them.
    """

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request on."""
        names = [name for name in environ if name.startswith(_FORWARDED) or name == _REAL]
        told = {name.removeprefix(_FORWARDED): str(environ.pop(name)) for name in names}
        peer = read_address(str(environ.get("REMOTE_ADDR", "")))
        if peer and told and within(peer, self._trusted):
            environ["REMOTE_ADDR"] = str(self._client(peer, told.get("FOR", ""), told.get(_REAL, "")))
            _believe(environ, _last(told.get("PROTO", "")), _last(told.get("PREFIX", "")))
        return self._app(environ, start_response)

    def _client(self, peer: Address, forwarded: str, real: str) -> Address:
        """Return the nearest address on the request's way that is no trusted proxy's.

        A proxy sets one of the two headers or both. If they differ, it let one through as the client
        made it up; which one cannot be known, so the proxy itself counts as the client.
        """
        said = read_address(real)
        chain = [read_address(each.strip()) for each in forwarded.split(",")] if forwarded else [said]
        if said and chain[-1] != said:
            return peer
        nearest = peer
        for each in reversed(chain):
            if each is None or not within(nearest, self._trusted):
                break
            nearest = each
        return nearest


def _last(told: str) -> str:
    """Return what the nearest proxy said; those before it come before it."""
    return told.rpartition(",")[2].strip()


def _believe(environ: WSGIEnvironment, scheme: str, prefix: str) -> None:
    if scheme in _SCHEMES:
        environ["wsgi.url_scheme"] = scheme
    if _PREFIX.fullmatch(prefix.rstrip("/")):
        environ["SCRIPT_NAME"] = prefix.rstrip("/")
