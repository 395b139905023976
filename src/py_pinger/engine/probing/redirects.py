"""Where a redirect may lead.

Only http and https, and no cloud metadata service unless configured.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.probing.cloud_metadata import is_address, is_metadata
from py_pinger.core.text.formatting import clean, cut
from py_pinger.core.text.redaction import redact
from py_pinger.core.text.urls import mask
from py_pinger.engine.probing.exchange import Url
from py_pinger.engine.probing.probe_errors import ProbeError
from py_pinger.engine.probing.resolver import addresses, resolve
from py_pinger.engine.probing.retry import TimeBudget

# Characters of a foreign address in a message.
ADDRESS_LENGTH = 200

# Addresses of one host that are tried one after the other.
MAX_ADDRESSES = 4

# Seconds to look up a name here that a proxy will look up.
PROXY_LOOKUP_TIMEOUT = 2.0


def target(url: Url, location: str, secrets: Collection[str]) -> Url | ProbeError:
    """Return where a redirect leads, without the credentials that the server put there."""
    shown = clean(mask(redact(location.encode(), secrets).decode()), ADDRESS_LENGTH)
    try:
        there = url.join(location)
    except ValueError as flaw:
        return _unusable(f"{shown}, which is not a URL: {flaw}")
    if there.scheme not in {"http", "https"}:
        return _unusable(f"{shown}, which is not http or https")
    return there.with_username("").with_password(None)


def place_of(url: Url, first: Url, secrets: Collection[str]) -> str:
    """Return where redirects have led to: the path, with the origin if that is another; masked."""
    place = url.path if url.origin_ascii == first.origin_ascii else f"{url.origin_ascii}{url.path}"
    return clean(redact(place.encode(), secrets).decode(), ADDRESS_LENGTH)


async def candidate_urls(url: Url, budget: TimeBudget) -> tuple[Url, ...] | ProbeError:
    """Return the URLs to try, in order, for a redirect to a host that is not configured.

    A plain http URL gets the address that was checked in place of its name, so that no second lookup can
    lead elsewhere. With https the client resolves the name once more: a metadata service would need a
    certificate for that name before anything is requested from it.
    """
    host = url.host_str or ""
    if is_metadata(host):
        return _rejection(host)
    if is_address(host):
        return (url,)
    found = await addresses(host, budget)
    if isinstance(found, ProbeError):
        return found
    for address in filter(is_metadata, found):
        return _rejection(f"{host}, which is {address}")
    return (url,) if url.scheme == "https" else tuple(map(url.with_ip_host, found[:MAX_ADDRESSES]))


async def candidate_urls_of_proxy(url: Url, budget: TimeBudget) -> tuple[Url, ...] | ProbeError:
    """Return the URL to request through a proxy, which looks up the host's name by itself.

    The name is looked up here as well: one that leads to a metadata service here does so for a proxy of the
    same network. A name that is unknown here may be one that only the proxy knows.
    """
    host = url.host_str or ""
    if is_metadata(host):
        return _rejection(host)
    if is_address(host):
        return (url,)
    with suppress(OSError, UnicodeError, RuntimeError):
        limit = min(PROXY_LOOKUP_TIMEOUT, budget.left().total_seconds())
        for address in filter(is_metadata, await resolve(host, limit)):
            return _rejection(f"{host}, which is {address}")
    return (url,)


def _rejection(host: str) -> ProbeError:
    return ProbeError(
        ProbeFailure.REDIRECTS,
        f"redirected to {cut(host, ADDRESS_LENGTH)}, a cloud metadata address, which is refused",
        code=FaultCode.REDIRECT_METADATA,
    )


def _unusable(place: str) -> ProbeError:
    message = f"redirected to {place}"
    return ProbeError(ProbeFailure.REDIRECTS, message, code=FaultCode.REDIRECT_ADDRESS)
