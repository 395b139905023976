"""Where a redirect may lead: over HTTP alone, and to no cloud's metadata service that nobody named."""

from __future__ import annotations

from collections.abc import Collection

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.probing.cloud_metadata import is_address, is_metadata
from py_pinger.core.text.formatting import clean, cut
from py_pinger.core.text.redaction import redact
from py_pinger.core.text.urls import mask
from py_pinger.engine.probing.errors import ProbeError
from py_pinger.engine.probing.http_client import Url
from py_pinger.engine.probing.resolver import addresses
from py_pinger.engine.probing.retry import TimeBudget

# Characters of a foreign address in a sentence.
ADDRESS_LENGTH = 200

# Addresses of one host that are tried one after the other.
DEFAULT_PORTS = 4


def target(url: Url, location: str | None, secrets: Collection[str]) -> Url | ProbeError:
    """Return where a redirect leads; credentials that the server put there are dropped."""
    if not location:
        return ProbeError(ProbeFailure.REDIRECTS, "redirected without saying where")
    shown = cut(clean(mask(redact(location.encode(), secrets).decode())), ADDRESS_LENGTH)
    try:
        there = url.join(location)
    except ValueError as flaw:
        return ProbeError(ProbeFailure.REDIRECTS, f"redirected to {shown}, which is not a URL: {flaw}")
    if there.scheme not in {"http", "https"}:
        return ProbeError(ProbeFailure.REDIRECTS, f"redirected to {shown}, which is not http or https")
    return there.with_username("").with_password(None)


async def candidate_urls(url: Url, deadline: TimeBudget) -> tuple[Url, ...] | ProbeError:
    """Return the URLs by which a host that nobody named may be asked, in the order in which to try them.

    A plain one carries the address that was looked at in its place of the name, so that no second lookup
    can lead elsewhere. Over TLS the client looks the name up once more: there a metadata service could
    answer only with a certificate for that name, before which nothing is asked.
    """
    host = url.host_str or ""
    if is_metadata(host):
        return _refused(host)
    if is_address(host):
        return (url,)
    found = await addresses(host, deadline)
    if isinstance(found, ProbeError):
        return found
    for address in filter(is_metadata, found):
        return _refused(f"{host}, which is {address}")
    return (url,) if url.scheme == "https" else tuple(map(url.with_ip_host, found[:DEFAULT_PORTS]))


def candidate_urls_of_proxy(url: Url) -> tuple[Url, ...] | ProbeError:
    """Return the URL by which a proxy is asked for a host, whose name it is the proxy's to look up."""
    host = url.host_str or ""
    return _refused(host) if is_metadata(host) else (url,)


def _refused(whom: str) -> ProbeError:
    return ProbeError(
        ProbeFailure.REDIRECTS,
        f"redirected to {cut(whom, ADDRESS_LENGTH)}, a cloud metadata address, which is refused",
    )
