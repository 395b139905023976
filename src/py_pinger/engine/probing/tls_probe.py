"""Reads when a server's certificate expires, by a separate TLS handshake.

The certificate is not verified; the check does that. Nothing beyond the handshake is sent.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamWriter
from datetime import datetime, timedelta
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext
from urllib.parse import SplitResult, urlsplit

from py_pinger.core.model.task import ConnectionProfile, Task
from py_pinger.core.probing.x509 import end_of
from py_pinger.engine.probing.streams import connect

# The longest time for one handshake, from connecting on.
LIMIT = timedelta(seconds=10)

_HTTPS = 443


async def certificate_end(task: Task) -> datetime | None:
    """Return when the certificate of a task's server expires; None if it cannot be read.

    It cannot be read through a SOCKS proxy, or through a proxy that itself uses TLS.
    """
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            writer = await _connect(urlsplit(task.address), task.profile)
    except (OSError, EOFError, ValueError, RuntimeError, asyncio.LimitOverrunError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return end_of(certificate or b"")
    finally:
        writer.transport.abort()


async def _connect(url: SplitResult, profile: ConnectionProfile) -> StreamWriter:
    # In a thread, since it reads the files of a client certificate.
    context = await asyncio.to_thread(_context, profile)
    return (await connect(url.hostname or "", url.port or _HTTPS, context, profile.proxy))[1]


def _context(profile: ConnectionProfile) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = CERT_NONE
    add_identity(context, profile)
    return context


def add_identity(context: SSLContext, profile: ConnectionProfile) -> None:
    """Have a context show the client certificate of a profile, if it has one."""
    if profile.certificate:
        key = profile.key.path if profile.key else None
        context.load_cert_chain(profile.certificate.path, key, password="")
