"""The clients that connections are made by: a pair for each way to a server that tasks go."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError
from pyreqwest.proxy import ProxyBuilder

from py_pinger import __version__
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.core.text.urls import MASK, mask
from py_pinger.engine.probing.connection_budget import PER_ORIGIN
from py_pinger.engine.probing.errors import ProbeError

# Longer than the usual interval of 60 s, so that the next check finds the connection still there.
KEPT_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class ClientPair:
    """What goes one way: `keeping` leaves connections open, `fresh` does not.

    `mark` tells its connections to an origin from those of other lanes; `proxy` is the proxy's address
    without credentials.
    """

    keeping: Client
    fresh: Client
    mark: str
    proxy: str | None

    async def close(self) -> None:
        """Close its connections; what is under way ends."""
        await self.keeping.close()
        await self.fresh.close()


class ClientPool:
    """The lane for each way; all but the direct one are made when they are first asked for."""

    def __init__(self) -> None:
        self.direct = _lane(DIRECT, "")
        self._client_pool = {DIRECT: self.direct}
        self._building = asyncio.Lock()
        self._made = 0

    def ready(self, profile: ConnectionProfile) -> ClientPair | None:
        """Return the lane for a way, if it has been made."""
        return self._client_pool.get(profile)

    async def made(self, profile: ConnectionProfile) -> ClientPair | ProbeError:
        """Return the lane for a way, made if need be; in a thread, since roots take 20 ms to be read."""
        async with self._building:
            try:
                return self.ready(profile) or await self._make(profile)
            except (BuilderError, ValueError):
                return ProbeError(ProbeFailure.TLS, _unusable(profile))

    async def _make(self, profile: ConnectionProfile) -> ClientPair:
        self._made += 1
        self._client_pool[profile] = await asyncio.to_thread(_lane, profile, f"{self._made} ")
        return self._client_pool[profile]

    def forget_all_but(self, ways: AbstractSet[ConnectionProfile]) -> None:
        """Let go of the lanes for other ways; what is under way there ends as if nothing had happened."""
        kept = {DIRECT, *ways, *(profile.abroad() for profile in ways)}
        self._client_pool = {profile: lane for profile, lane in self._client_pool.items() if profile in kept}

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(lane.close() for lane in self._client_pool.values()))


def _lane(profile: ConnectionProfile, mark: str) -> ClientPair:
    proxy = profile.proxy and mask(profile.proxy).replace(f"{MASK}@", "")
    return ClientPair(_client(profile, PER_ORIGIN), _client(profile, 0), mark, proxy)


def _client(profile: ConnectionProfile, idle_per_host: int) -> Client:
    try:
        return _builder(profile, idle_per_host).build()
    except BuilderError:
        # A slim container may have no roots of its own; Mozilla's then stand in.
        mozilla = certifi.contents().encode()
        return _builder(profile, idle_per_host).add_root_certificate_pem(mozilla).build()


def _builder(profile: ConnectionProfile, idle_per_host: int) -> ClientBuilder:
    builder = (
        ClientBuilder()
        .http1_only()
        .follow_redirects(enable=False)
        .no_proxy()
        .user_agent(f"py-pinger/{__version__}")
        .default_headers({"Accept": "application/json"})
        # To unfold these takes up to 16 and 128 MiB for each answer under way; a page needs neither.
        .brotli(enable=False)
        .zstd(enable=False)
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
