"""Look up the addresses of a host, for callers that have to know them before they connect."""

from __future__ import annotations

import os
from asyncio import timeout, wrap_future
from concurrent.futures import Future
from contextlib import ExitStack
from socket import SOCK_STREAM, gaierror, getaddrinfo
from threading import Thread

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.text.system_error import system_cause
from py_pinger.engine.probing.probe_errors import LOOKUP, NO_DESCRIPTORS, ErrorChain, ProbeError, diagnose
from py_pinger.engine.probing.retry import TimeBudget

# File descriptors that other lookups may have released since one of them failed.
SPARE = 8


async def addresses(host: str, budget: TimeBudget) -> tuple[str, ...] | ProbeError:
    """Return the addresses of a host in the order to try them, or why the lookup failed."""
    try:
        return await resolve(host, budget.left().total_seconds())
    except TimeoutError:
        return _diagnose("operation timed out", host, budget)
    except UnicodeError:
        return _diagnose("invalid dns name", host, budget)
    except OSError as error:
        message = f"{LOOKUP}: {system_cause(error)}" if is_failed_lookup(error) else system_cause(error)
        return reclassify_if_out_of_descriptors(_diagnose(message, host, budget))
    except RuntimeError:  # raised by Python when the machine cannot start another thread
        return _diagnose("Resource temporarily unavailable", host, budget)


async def resolve(host: str, limit: float) -> tuple[str, ...]:
    """Return the addresses of a host within `limit` seconds.

    Raises gaierror and OSError as the C library does, TimeoutError, UnicodeError for a host that cannot be
    a name, and RuntimeError if no thread can be started.
    """
    found: Future[tuple[str, ...]] = Future()
    # A daemon thread for each lookup: a name server that hangs delays neither others nor the exit.
    Thread(target=_look_up, args=(host, found), name=f"lookup {host}", daemon=True).start()
    # Unlike `wait_for` of Python 3.11, this loses no cancellation that comes with the result.
    async with timeout(limit):
        return await wrap_future(found)


def is_failed_lookup(error: OSError) -> bool:
    """Return True if the lookup of a host failed in the C library.

    It may report an error of the operating system whose number is 0.
    """
    return isinstance(error, gaierror) or error.errno == 0


def reclassify_if_out_of_descriptors(error: ProbeError) -> ProbeError:
    """Return the real cause of a failed lookup.

    Without a free file descriptor the C library cannot reach a name server, and reports an unknown host.
    """
    misleading = error.failure is ProbeFailure.DNS and is_out_of_descriptors()
    return ProbeError(ProbeFailure.LOCAL, NO_DESCRIPTORS) if misleading else error


def _look_up(host: str, found: Future[tuple[str, ...]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    try:
        rows = getaddrinfo(host, None, type=SOCK_STREAM)
        found.set_result(tuple(dict.fromkeys(str(row[4][0]) for row in rows)))
    except Exception as error:  # noqa: BLE001 - raised again where the result is awaited
        found.set_exception(error)


def is_out_of_descriptors() -> bool:
    """Return True if this process has fewer than 8 file descriptors left."""
    with ExitStack() as opened:
        try:
            for _ in range(SPARE):
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return True
    return False


def _diagnose(message: str, host: str, budget: TimeBudget) -> ProbeError:
    return diagnose(ErrorChain((message,), host, budget.timeout))
