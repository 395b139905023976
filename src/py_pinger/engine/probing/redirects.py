"""Where a redirect may lead: over HTTP alone, and to no cloud's metadata service that nobody named."""

from __future__ import annotations

from collections.abc import Collection

from py_pinger.core.model.check import Trouble
from py_pinger.core.probing.cloud_metadata import is_address, is_metadata
from py_pinger.core.text.formatting import clean, cut
from py_pinger.core.text.redaction import without
from py_pinger.core.text.urls import mask
from py_pinger.engine.probing.errors import Diagnosis
from py_pinger.engine.probing.http_client import Url
from py_pinger.engine.probing.resolver import addresses
from py_pinger.engine.probing.retry import Deadline

# Characters of a foreign address in a sentence.
ADDRESS_LENGTH = 200

# Addresses of one host that are tried one after the other.
DOORS = 4


def target(url: Url, location: str | None, secrets: Collection[str]) -> Url | Diagnosis:
    """Return where a redirect leads; credentials that the server put there are dropped."""
    if not location:
        return Diagnosis(Trouble.REDIRECTS, "redirected without saying where")
    shown = cut(clean(mask(without(location.encode(), secrets).decode())), ADDRESS_LENGTH)
    try:
        there = url.join(location)
    except ValueError as flaw:
        return Diagnosis(Trouble.REDIRECTS, f"redirected to {shown}, which is not a URL: {flaw}")
    if there.scheme not in {"http", "https"}:
        return Diagnosis(Trouble.REDIRECTS, f"redirected to {shown}, which is not http or https")
    return there.with_username("").with_password(None)


async def doors(url: Url, deadline: Deadline) -> tuple[Url, ...] | Diagnosis:
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
    if isinstance(found, Diagnosis):
        return found
    for address in filter(is_metadata, found):
        return _refused(f"{host}, which is {address}")
    return (url,) if url.scheme == "https" else tuple(map(url.with_ip_host, found[:DOORS]))


def doors_of_proxy(url: Url) -> tuple[Url, ...] | Diagnosis:
    """Return the URL by which a proxy is asked for a host, whose name it is the proxy's to look up."""
    host = url.host_str or ""
    return _refused(host) if is_metadata(host) else (url,)


def _refused(whom: str) -> Diagnosis:
    return Diagnosis(
        Trouble.REDIRECTS,
        f"redirected to {cut(whom, ADDRESS_LENGTH)}, a cloud metadata address, which is refused",
    )
