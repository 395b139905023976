"""Headers of proxies: used from those that are trusted, removed from all requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from py_pinger.config.values.lists import Network
from py_pinger.web.security.client_address import Address, is_within, read_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORWARDED = "HTTP_X_FORWARDED_"
_REAL = "HTTP_X_REAL_IP"

_SCHEMES = frozenset({"http", "https"})
# A sub-path that cannot be read as another host's address, nor end an attribute.
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class ProxyHeaders:
    """Corrects scheme, sub-path and client of a request before the app sees it.

    The app never sees a header of a proxy, so that no client can steer it with one.
    """

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on."""
        names = [name for name in environ if name.startswith(_FORWARDED) or name == _REAL]
        headers = {name.removeprefix(_FORWARDED): str(environ.pop(name)) for name in names}
        peer = read_address(str(environ.get("REMOTE_ADDR", "")))
        if peer and headers and is_within(peer, self._trusted):
            client = _client(peer, headers.get("FOR", ""), headers.get(_REAL, ""), self._trusted)
            environ["REMOTE_ADDR"] = str(client)
            _apply(environ, _last(headers.get("PROTO", "")), _last(headers.get("PREFIX", "")))
        return self._app(environ, start_response)


def client_behind(address: str, forwarded: str, real: str, trusted: Sequence[Network]) -> str:
    """Return the client of a request with these two headers; its `address` may be that of a trusted proxy."""
    peer = read_address(address) if forwarded or real else None
    return str(_client(peer, forwarded, real, trusted)) if peer and is_within(peer, trusted) else address


def _client(peer: Address, forwarded: str, real: str, trusted: Sequence[Network]) -> Address:
    """Return the last address of the request's way that is not a trusted proxy's.

    A proxy sets one of the two headers or both. If they differ, it passed one on as the client invented
    it; which one is unknown, so the proxy itself counts as the client.
    """
    given = read_address(real)
    chain = [read_address(each.strip()) for each in forwarded.split(",")] if forwarded else [given]
    if given and chain[-1] != given:
        return peer
    nearest = peer
    for each in reversed(chain):
        if each is None or not is_within(nearest, trusted):
            break
        nearest = each
    return nearest


def _last(value: str) -> str:
    """Return the value of the nearest proxy, which is the last."""
    return value.rpartition(",")[2].strip()


def _apply(environ: WSGIEnvironment, scheme: str, prefix: str) -> None:
    if scheme in _SCHEMES:
        environ["wsgi.url_scheme"] = scheme
    if _PREFIX.fullmatch(prefix.rstrip("/")):
        environ["SCRIPT_NAME"] = prefix.rstrip("/")
