"""Which Host headers are ours."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from re import compile as pattern
from threading import Lock as Mutex
from threading import Thread

from werkzeug.exceptions import BadRequest, MisdirectedRequest

from py_pinger.web.security.access import Access
from py_pinger.web.security.client_address import read_address

# Seconds that whoever has the resolver asked waits for its answer; everybody else does not wait.
PATIENCE = 1.0
# Seconds before it is asked again when it knew no other name.
ASKED_AGAIN = 60.0


class LocalHostname:
    """Knows its host name at once, and its full name once the resolver has told that.

    A resolver may hang for half a minute, so it is asked in a thread of its own, when first needed.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        """`tick` gives seconds, of any clock that never steps back."""
        self._tick = tick
        self._full = ""
        self._mutex = Mutex()
        self._asking: Thread | None = None
        self._rests_until = float("-inf")

    def names(self) -> frozenset[str]:
        """Return the names that are known by now."""
        own = socket.gethostname()
        if asking := self._begin_to_ask(own):
            asking.join(PATIENCE)
        return frozenset({own, self._full} - {""})

    def _begin_to_ask(self, own: str) -> Thread | None:
        """Have the resolver asked, unless it has told another name, is being asked, or was a moment ago."""
        with self._mutex:
            under_way = self._asking is not None and self._asking.is_alive()
            # In this order: an answer is there before its thread has ended.
            if under_way or self._full not in {"", own} or self._tick() < self._rests_until:
                return None
            self._rests_until = self._tick() + ASKED_AGAIN
            self._asking = Thread(target=self._ask, name="full name", daemon=True)
            self._asking.start()
            return self._asking

    def _ask(self) -> None:
        # A host name that is no domain name is an error of its encoding.
        with suppress(OSError, UnicodeError):
            self._full = socket.getfqdn()


_NAME = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?"
_HOST = pattern(rf"(\[[0-9A-Fa-f:.]+\]|{_NAME})(?::([0-9]{{0,5}}))?")
_USUAL_PORTS = frozenset({"80", "443"})

NO_HOST = "The request does not say in one Host header, and in nothing else, whom it is for."
FOREIGN = "Py Pinger does not answer to this name: add the name to [main] web_hosts, or ask localhost."


class AllowedHosts:
    """The rule: addresses and names of this machine always, others by the list or by their port.

    Without a list, a foreign name is answered only where no browser can have sent it to us directly:
    a browser names our port, unless that is the usual one.
    """

    def __init__(self, access: Access, tick: Callable[[], float]) -> None:
        self._listed = bool(access.names)
        self._known = {_plain(name) for name in (*access.names, access.host, "localhost")}
        self._machine = LocalHostname(tick)

    def admit(self, host: str | None, own_port: str) -> None:
        """Do nothing if a request with this Host header is to be answered, else raise the refusal."""
        parts = _HOST.fullmatch(host or "")
        if parts is None or (parts[1].startswith("[") and not read_address(parts[1].strip("[]"))):
            raise BadRequest(NO_HOST)
        name = _plain(parts[1])
        if not self._answers(name) and (self._listed or _direct(parts[2], own_port)) and not self._own(name):
            raise MisdirectedRequest(FOREIGN)

    def _answers(self, name: str) -> bool:
        return name in self._known or name.endswith(".localhost") or read_address(name) is not None

    def _own(self, name: str) -> bool:
        return name in map(_plain, self._machine.names())


def _direct(port: str | None, own_port: str) -> bool:
    """Tell whether a browser that asks us without a proxy could have named this port, or none."""
    return own_port in _USUAL_PORTS or port == own_port


def _plain(name: str) -> str:
    return name.strip("[]").removesuffix(".").lower()
