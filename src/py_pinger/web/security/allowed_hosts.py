"""Allowed Host headers."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest, MisdirectedRequest

from py_pinger.web.security.access import Access
from py_pinger.web.security.client_address import read_address

# Seconds that the request that starts a look-up waits for the resolver; others do not wait.
PATIENCE = 1.0
# Seconds until the next look-up if the resolver knew no other name.
RETRY_AFTER = 60.0
# Host headers that are remembered.
MOST_HOSTS = 64


class LocalHostname:
    """The host name of this machine, and its full name once the resolver has returned it.

    A resolver may take half a minute, so it runs in a separate thread, when first needed.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._full = ""
        self._lock = Lock()
        self._lookup: Thread | None = None
        self._retry_at = float("-inf")

    def names(self) -> frozenset[str]:
        """Return the names that are known by now."""
        own = socket.gethostname()
        if lookup := self._start_lookup(own):
            lookup.join(PATIENCE)
        return frozenset({own, self._full} - {""})

    def _start_lookup(self, own: str) -> Thread | None:
        """Start a look-up, unless one runs, has found another name, or has failed a moment ago."""
        with self._lock:
            running = self._lookup is not None and self._lookup.is_alive()
            # In this order: a result is there before its thread has ended.
            if running or self._full not in {"", own} or self._monotonic() < self._retry_at:
                return None
            self._retry_at = self._monotonic() + RETRY_AFTER
            self._lookup = Thread(target=self._look_up, name="full name", daemon=True)
            self._lookup.start()
            return self._lookup

    def _look_up(self) -> None:
        # A host name that is not a domain name is an encoding error.
        with suppress(OSError, UnicodeError):
            self._full = socket.getfqdn()


_NAME = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?"
_HOST = re.compile(rf"(\[[0-9A-Fa-f:.]+\]|{_NAME})(?::([0-9]{{0,5}}))?")
_DEFAULT_PORTS = frozenset({"80", "443"})

NO_HOST = "The request needs one valid Host header."
UNKNOWN_HOST = "Unknown host name. Add it to web_hosts in [main], or use localhost."


class AllowedHosts:
    """The rule: addresses and names of this machine always, others by the list or by their port.

    Without a list, a foreign name is allowed only if no browser can have sent the request to this server
    directly: a browser gives the server's port, unless that is the default one.
    """

    def __init__(self, access: Access, monotonic: Callable[[], float], also: str | None = None) -> None:
        """Follow the rule for these settings; the host of the URL `also` is allowed without a list."""
        self._listed = bool(access.names)
        stated = urlsplit(also).hostname if also else None
        self._known = {_normalize(name) for name in (*access.names, access.host, stated or "", "localhost")}
        self._hostname = LocalHostname(monotonic)
        # Headers that were allowed, as they came.
        self._recent: set[tuple[str | None, str]] = set()

    def check(self, host: str | None, own_port: str) -> None:
        """Raise the error response if a request with this Host header is not allowed."""
        if self.knows(host, own_port):
            return
        parts = _parts(host)
        if parts is None:
            raise BadRequest(NO_HOST)
        if not self._is_own(_normalize(parts[1])):
            raise MisdirectedRequest(UNKNOWN_HOST)
        self._remember(host, own_port)

    def knows(self, host: str | None, own_port: str) -> bool:
        """Return True if a host is allowed, and that is known without a look-up of this machine's names."""
        if (host, own_port) in self._recent:
            return True
        parts = _parts(host)
        if parts is None:
            return False
        foreign = self._listed or _is_direct(parts[2], own_port)
        known = not foreign or self._is_known(_normalize(parts[1]))
        if known:
            self._remember(host, own_port)
        return known

    def _remember(self, host: str | None, own_port: str) -> None:
        if len(self._recent) < MOST_HOSTS:
            self._recent.add((host, own_port))

    def _is_known(self, name: str) -> bool:
        return name in self._known or name.endswith(".localhost") or read_address(name) is not None

    def _is_own(self, name: str) -> bool:
        return name in map(_normalize, self._hostname.names())


def _parts(host: str | None) -> re.Match[str] | None:
    """Return the name and the port of a Host header, None if it is invalid."""
    parts = _HOST.fullmatch(host or "")
    if parts and parts[1].startswith("[") and not read_address(parts[1].strip("[]")):
        return None
    return parts


def _is_direct(port: str | None, own_port: str) -> bool:
    """Return True if a browser without a proxy could have given this port, or none."""
    return own_port in _DEFAULT_PORTS or port == own_port


def _normalize(name: str) -> str:
    return name.strip("[]").removesuffix(".").lower()
