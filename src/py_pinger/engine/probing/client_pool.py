"""HTTP clients by connection profile: one pair for each proxy, CA and client certificate in use."""

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

# Longer than the default interval of 60 s, so that the next check can reuse the connection.
KEPT_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class ClientPair:
    """The clients of one profile: `keep_alive` keeps connections open, `fresh` does not.

    `key` tells the profile's places in the connection budget from those of other profiles. `proxy` is the
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
    """The client pairs by profile; all but the direct one are built when they are first used."""

    def __init__(self) -> None:
        self.direct = _build_pair(DIRECT, "")
        self._pairs = {DIRECT: self.direct}
        self._building = asyncio.Lock()
        self._built = 0

    async def get(self, profile: ConnectionProfile) -> ClientPair | ProbeError:
        """Return the pair of a profile, built if needed; an error if its certificates cannot be used."""
        if pair := self._pairs.get(profile):
            return pair
        async with self._building:
            try:
                return self._pairs.get(profile) or await self._build(profile)
            except (BuilderError, ValueError):
                return ProbeError(ProbeFailure.TLS, _unusable(profile))

    async def _build(self, profile: ConnectionProfile) -> ClientPair:
        self._built += 1
        # In a thread, since reading the roots takes 20 ms.
        self._pairs[profile] = await asyncio.to_thread(_build_pair, profile, f"{self._built} ")
        return self._pairs[profile]

    def retain(self, profiles: AbstractSet[ConnectionProfile]) -> None:
        """Drop the pairs of all other profiles; requests in progress there end normally."""
        kept = {DIRECT, *profiles, *(profile.without_client_certificate() for profile in profiles)}
        self._pairs = {profile: pair for profile, pair in self._pairs.items() if profile in kept}

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(pair.close() for pair in self._pairs.values()))


def _build_pair(profile: ConnectionProfile, key: str) -> ClientPair:
    proxy = profile.proxy and mask(profile.proxy).replace(f"{MASK}@", "")
    return ClientPair(_build_client(profile, PER_ORIGIN), _build_client(profile, 0), key, proxy)


def _build_client(profile: ConnectionProfile, idle_per_host: int) -> Client:
    try:
        return _builder(profile, idle_per_host).build()
    except BuilderError:
        # A slim container may have no roots; use Mozilla's instead.
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
        # Decoding these takes up to 16 and 128 MiB for each response in progress; a page needs neither.
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
