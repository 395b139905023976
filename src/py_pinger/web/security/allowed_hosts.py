"""The names that Py Pinger answers to.

A website can have its own name lead to this machine ("DNS rebinding"), and a browser then takes our
pages for that website's. The name stays in the request's Host header, and there it is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from re import compile as pattern

from werkzeug.exceptions import BadRequest, MisdirectedRequest

from py_pinger.web.security.access import Access
from py_pinger.web.security.client_address import read_address
from py_pinger.web.security.machine import Machine

_NAME = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?"
_HOST = pattern(rf"(\[[0-9A-Fa-f:.]+\]|{_NAME})(?::([0-9]{{0,5}}))?")
_USUAL_PORTS = frozenset({"80", "443"})

NO_HOST = "The request does not say in one Host header, and in nothing else, whom it is for."
FOREIGN = "Py Pinger does not answer to this name: add the name to [main] web_hosts, or ask localhost."


class Names:
    """The rule: addresses and names of this machine always, others by the list or by their port.

    Without a list, a foreign name is answered only where no browser can have sent it to us directly:
    a browser names our port, unless that is the usual one.
    """

    def __init__(self, access: Access, tick: Callable[[], float]) -> None:
        self._listed = bool(access.names)
        self._known = {_plain(name) for name in (*access.names, access.host, "localhost")}
        self._machine = Machine(tick)

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
