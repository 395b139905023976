"""A prober in a process of its own, for tests that need another /etc/hosts: a URL a line, a result a line.

The arguments are the timeout in seconds, and the URL, user and password of a login, or nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

from pydantic import SecretStr

from py_pinger.config import TokenAuth
from py_pinger.core.model.check import Response
from py_pinger.core.model.task import Task
from py_pinger.engine.probing import name_watch
from py_pinger.engine.probing.auth import token_source
from py_pinger.engine.probing.fetcher import Prober


async def main(seconds: str, *login: str) -> None:
    """Probe what standard input names, with a lookup before each check."""
    name_watch.LOOKUP_INTERVAL = 0.0
    timeout = timedelta(seconds=float(seconds))
    tokens = None
    if login:
        url, username, password = login
        auth = TokenAuth(url=url, username=username, password=SecretStr(password))
        source = token_source(auth, timeout)
        tokens = lambda _: source  # noqa: E731 - no name says more
    async with Prober(65_536, tokens) as prober:
        while line := await asyncio.to_thread(sys.stdin.readline):
            result = await prober.probe(Task("https://shown/", line.strip(), timeout=timeout))
            shown = result.status if isinstance(result, Response) else f"{result.failure}: {result.detail}"
            sys.stdout.write(f"{shown}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    # As Py Pinger ends: the thread of the HTTP library must not meet an interpreter that finalizes.
    os._exit(0)
