"""The addresses behind a host's name, for those who must know them before they connect."""

from __future__ import annotations

import os
from asyncio import wait_for, wrap_future
from concurrent.futures import Future
from contextlib import ExitStack
from socket import SOCK_STREAM, gaierror, getaddrinfo
from threading import Thread

from py_pinger.core.model.check import ProbeFailure
from py_pinger.engine.probing.errors import NO_DESCRIPTORS, ErrorChain, ProbeError, diagnose
from py_pinger.engine.probing.retry import TimeBudget

# Descriptors that lookups under way at once may have given back since one of them failed.
SPARE = 8

_LOOKUP = "failed to lookup address information"


async def addresses(host: str, deadline: TimeBudget) -> tuple[str, ...] | ProbeError:
    """Return the addresses of a host in the order in which to try them, or why there are none."""
    found: Future[tuple[str, ...]] = Future()
    # A thread of its own, as a daemon: a name server that hangs holds up neither others nor the end.
    thread = Thread(target=_look_up, args=(host, found), name=f"lookup {host}", daemon=True)
    try:
        thread.start()
        return await wait_for(wrap_future(found), deadline.left().total_seconds())
    except TimeoutError:
        return _diagnosis("operation timed out", host, deadline)
    except gaierror as error:
        return reclassify_if_out_of_descriptors(_diagnosis(f"{_LOOKUP}: {error.strerror}", host, deadline))
    except UnicodeError:
        return _diagnosis("invalid dns name", host, deadline)
    except OSError as error:
        return _diagnosis(str(error.strerror), host, deadline)
    except RuntimeError:  # what Python says when the machine gives it no thread
        return _diagnosis("Resource temporarily unavailable", host, deadline)


def reclassify_if_out_of_descriptors(diagnosis: ProbeError) -> ProbeError:
    """Return what really went wrong with a lookup.

    Without a free descriptor the C library cannot ask a name server, and says that there is no such host.
    """
    lied = diagnosis.failure is ProbeFailure.DNS and _starved()
    return ProbeError(ProbeFailure.LOCAL, NO_DESCRIPTORS) if lied else diagnosis


def _look_up(host: str, found: Future[tuple[str, ...]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    try:
        rows = getaddrinfo(host, None, type=SOCK_STREAM)
        found.set_result(tuple(dict.fromkeys(str(row[4][0]) for row in rows)))
    except Exception as error:  # noqa: BLE001 - whoever waits for it gets it
        found.set_exception(error)


def _starved() -> bool:
    with ExitStack() as opened:
        try:
            for _ in range(SPARE):
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return True
    return False


def _diagnosis(message: str, host: str, deadline: TimeBudget) -> ProbeError:
    return diagnose(ErrorChain((message,), host, deadline.timeout))
