"""HTTP clients by connection profile and connect limit.

One pair for each combination in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from math import floor, log2

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError
from pyreqwest.proxy import ProxyBuilder

from py_pinger import __version__
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.core.text.system_error import system_cause
from py_pinger.core.text.urls import MASK, mask
from py_pinger.engine.probing.connection_budget import PER_ORIGIN
from py_pinger.engine.probing.content_encoding import ACCEPTED_ENCODINGS
from py_pinger.engine.probing.probe_errors import STOPPED, ErrorChain, ProbeError, diagnose

# The part of a request's timeout that connecting may take; the rest is for the response.
CONNECT_SHARE = 0.8

# The default timeout of a task.
USUAL_TIMEOUT = timedelta(seconds=10)

# Longer than the default interval of 60 s, so that the next check can reuse the connection.
KEPT_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class ClientPair:
    """The clients of one combination: `keep_alive` keeps connections open, `fresh` does not.

    `key` separates its places in the connection budget from those of other pairs. `proxy` is the
    proxy's address without credentials.
    """

    keep_alive: Client
    fresh: Client
    key: str
    proxy: str | None

    async def close(self) -> None:
        """Close all connections; requests in progress fail."""
        await self.keep_alive.close()
        await self.fresh.close()


class ClientPool:
    """The client pairs by profile and connect limit; all but the usual built when needed."""

    def __init__(self) -> None:
        # Built at once, so that a process without free file descriptors can still say so.
        limit = connect_limit(USUAL_TIMEOUT)
        self._pairs = {(DIRECT, limit): _build_pair(DIRECT, limit, "0 ")}
        # Nearly all tasks use the direct profile, and hashing a profile takes a microsecond.
        self.direct = {USUAL_TIMEOUT: self._pairs[DIRECT, limit]}
        self._building = asyncio.Lock()
        self._built = 0
        self._closed = False

    async def get(self, profile: ConnectionProfile, longest: timedelta) -> ClientPair | ProbeError:
        """Return the pair for requests that may take so long; an error if its certificates cannot be used."""
        limit = connect_limit(longest)
        pair = self._pairs.get((profile, limit)) or await self._build_once(profile, limit)
        if profile is DIRECT and isinstance(pair, ClientPair):
            self.direct[longest] = pair
        return pair

    async def _build_once(self, profile: ConnectionProfile, limit: timedelta) -> ClientPair | ProbeError:
        async with self._building:
            if self._closed:
                return ProbeError(ProbeFailure.LOCAL, STOPPED)
            try:
                return self._pairs.get((profile, limit)) or await self._build(profile, limit)
            except (BuilderError, ValueError):
                return ProbeError(
                    ProbeFailure.TLS, _unusable(profile), code=FaultCode.CLIENT_CERTIFICATE_UNUSABLE
                )
            except OSError as error:  # raised where files cannot be opened for lack of descriptors
                return diagnose(ErrorChain((system_cause(error),), "", limit))
            except RuntimeError:  # raised by Python when the machine cannot start another thread
                return diagnose(ErrorChain(("Resource temporarily unavailable",), "", limit))

    async def _build(self, profile: ConnectionProfile, limit: timedelta) -> ClientPair:
        self._built += 1
        # In a thread, since reading the roots takes 20 ms.
        pair = await asyncio.to_thread(_build_pair, profile, limit, f"{self._built} ")
        self._pairs[profile, limit] = pair
        return pair

    def retain(self, profiles: AbstractSet[ConnectionProfile]) -> None:
        """Drop the pairs of all other profiles; requests in progress there end normally."""
        kept = {DIRECT, *profiles, *(profile.without_client_certificate() for profile in profiles)}
        self._pairs = {key: pair for key, pair in self._pairs.items() if key[0] in kept}
        self.direct.clear()

    def renew(self) -> None:
        """Use new clients from now on; requests in progress end normally.

        A client also keeps TLS sessions, and a resumed one does not verify the certificate again. They cannot
        be dropped for one server alone.
        """
        self._pairs = {}
        self.direct.clear()

    async def close(self) -> None:
        """Close all connections, and build no more clients."""
        self._closed = True
        await asyncio.gather(*(pair.close() for pair in self._pairs.values()))


@lru_cache(maxsize=256)
def connect_limit(timeout: timedelta) -> timedelta:
    """Return how long connecting may take, TLS included, for a request with this timeout.

    The library divides it among the addresses of a host, so that each of them is tried within the timeout.
    Powers of two, at most four fifths of the timeout: a client is needed for each limit.
    """
    return timedelta(seconds=2.0 ** floor(log2(timeout.total_seconds() * CONNECT_SHARE)))


def _build_pair(profile: ConnectionProfile, limit: timedelta, key: str) -> ClientPair:
    proxy = profile.proxy and mask(profile.proxy).replace(f"{MASK}@", "")
    return ClientPair(_build_client(profile, limit, PER_ORIGIN), _build_client(profile, limit, 0), key, proxy)


def _build_client(profile: ConnectionProfile, limit: timedelta, idle_per_host: int) -> Client:
    try:
        return _builder(profile, limit, idle_per_host).build()
    except BuilderError:
        # A slim container may have no roots; use Mozilla's instead.
        mozilla = certifi.contents().encode()
        return _builder(profile, limit, idle_per_host).add_root_certificate_pem(mozilla).build()


def _builder(profile: ConnectionProfile, limit: timedelta, idle_per_host: int) -> ClientBuilder:
    builder = (
        ClientBuilder()
        .http1_only()
        .follow_redirects(enable=False)
        .no_proxy()
        .user_agent(f"py-pinger/{__version__}")
        .default_headers({"Accept": "application/json", "Accept-Encoding": ACCEPTED_ENCODINGS})
        # Decoded by `content_encoding`, which accepts what servers really send.
        .gzip(enable=False)
        .deflate(enable=False)
        .brotli(enable=False)
        .zstd(enable=False)
        # Forms that HTTP no longer allows, and that browsers and curl accept.
        .http1_allow_obsolete_multiline_headers_in_responses(value=True)
        .http1_allow_spaces_after_header_name_in_responses(value=True)
        .connect_timeout(limit)
        .pool_max_idle_per_host(idle_per_host)
        .pool_idle_timeout(KEPT_FOR)
        .danger_accept_invalid_certs(enable=not profile.verify)
    )
    if profile.proxy:
        builder = builder.proxy(ProxyBuilder.all(profile.proxy))
    if profile.ca:
        builder = builder.add_root_certificate_pem(profile.ca.text)
    return builder.identity_pem(profile.identity) if profile.identity else builder


def _unusable(profile: ConnectionProfile) -> str:
    files = " or ".join(pem.path for pem in (profile.ca, profile.certificate, profile.key) if pem)
    return f"the certificates in {files} cannot be used" if files else "the proxy cannot be used"
