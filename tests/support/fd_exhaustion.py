"""A process that has run out of file descriptors: what it makes of a task, printed as trouble and detail."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

from py_pinger.core.model.check import NoResponse
from py_pinger.core.model.task import Task
from py_pinger.engine.probing.fetcher import Prober


async def main(url: str, left: int) -> None:
    """Ask once with so many descriptors left."""
    async with Prober(1000) as fetcher:
        setrlimit(RLIMIT_NOFILE, (64, getrlimit(RLIMIT_NOFILE)[1]))
        taken = []
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for descriptor in taken[:left]:
            os.close(descriptor)
        answer = await fetcher.probe(Task(url, url, timeout=timedelta(seconds=30)))
        assert isinstance(answer, NoResponse)
        print(answer.failure, answer.detail, sep=": ")  # noqa: T201 - what it is for


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
