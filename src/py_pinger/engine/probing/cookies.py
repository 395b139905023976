"""The cookies of one chain of redirects, without which some servers redirect forever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from py_pinger.engine.probing.exchange import Redirect, Url

# Characters; shorter values are too likely to be part of an innocent page to be masked in it.
SHORTEST_SECRET = 16


class ChainCookies:
    """What the servers of one chain have set; each cookie is sent to its own origin only."""

    def __init__(self) -> None:
        self._by_origin: dict[str, dict[str, str]] = {}

    def add(self, url: Url, redirect: Redirect) -> None:
        """Note the cookies that a redirect from a URL has set."""
        for cookie in redirect.cookies:
            name, equals, value = cookie.partition(";")[0].partition("=")
            if equals and name.strip():
                self._by_origin.setdefault(url.origin_ascii, {})[name.strip()] = value.strip()

    def headers(self, url: Url, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers of a request to a URL, with its origin's cookies after the task's own."""
        cookies = self._by_origin.get(url.origin_ascii)
        if not cookies:
            return headers
        own = [value for name, value in headers.items() if name.lower() == "cookie"]
        others = {name: value for name, value in headers.items() if name.lower() != "cookie"}
        return {**others, "Cookie": "; ".join([*own, *_pairs(cookies)])}

    @property
    def secrets(self) -> set[str]:
        """The values that must not be shown if a server repeats them."""
        values = {value for cookies in self._by_origin.values() for value in cookies.values()}
        return {value for value in values if len(value) >= SHORTEST_SECRET}


def _pairs(cookies: Mapping[str, str]) -> Iterable[str]:
    return (f"{name}={value}" for name, value in cookies.items())
