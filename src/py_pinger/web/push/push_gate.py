"""Which task a push is for, and how often one may knock.

Keys and UUIDs are compared by keyed digests, and a wrong one takes as long as a right one. A client that
knows a right one is never kept waiting for a wrong one that it sends as well: a typing error in one crontab
must not silence the others of its machine.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes
from threading import Lock
from typing import Final

from py_pinger.core.model.push import PushedReport, PushKind
from py_pinger.core.model.task import Task
from py_pinger.core.push.protocol import PushTarget
from py_pinger.core.push.run_rules import OPEN_RUNS
from py_pinger.core.text.redaction import redact
from py_pinger.core.text.urls import MASK
from py_pinger.web.security.client_address import client_of
from py_pinger.web.security.login_throttle import (
    LOG_INTERVAL,
    MOST_CLIENTS,
    Backoff,
    FailureCounter,
    TokenBucket,
)

# From the fifth wrong key or UUID on a client waits, a minute at most.
PER_CLIENT: Final = Backoff(first=5, longest=60.0)

# Reports of a task: so many at once, and seconds until there may be one more.
BURST: Final = 10
INTERVAL: Final = 6.0

_ENDS: Final = (PushKind.SUCCESS, PushKind.FAIL)

_BYTES: Final = 32

# Anything in a body that may be the secret of a task.
_ANY_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# What a path that names no task is compared as, so that it takes as long as another.
NO_TARGET: Final = PushTarget(PushKind.LOG)


class PushGate:
    """Finds the task that a URL names, if its secret is right."""

    def __init__(self, tasks: Sequence[Task], key: str | None) -> None:
        """Admit reports of these tasks, by their tokens, and by the `key` for those without one."""
        self._digest_key = token_bytes(_BYTES)
        self._secrets = [key] if key else []
        self._key = self._digest(key) if key and key != MASK else token_bytes(_BYTES)
        self._by_token: dict[bytes, Task] = {}
        self._by_slug: dict[str, Task] = {}
        for task in tasks:
            if task.push and task.push.token is None:
                self._by_slug[task.push.slug] = task
            elif task.push and task.push.token != MASK:
                self._by_token[self._digest(task.push.token or "")] = task

    def find(self, target: PushTarget) -> Task | None:
        """Return the task, None if its secret or its slug is wrong."""
        by_token = self._by_token.get(self._digest(target.token or ""))
        by_slug = self._by_slug.get(target.slug or "")
        opened = compare_digest(self._key, self._digest(target.key or ""))
        if target.token is not None:
            return by_token
        return by_slug if opened else None

    def without_secrets(self, body: bytes) -> bytes:
        """Return a body without the secrets of any task: clients print URLs, also those of others."""
        if not body:
            return body
        tokens = {found.decode() for found in _ANY_UUID.findall(body)}
        secrets = [each for each in tokens if self.find(PushTarget(PushKind.LOG, token=each.lower()))]
        return redact(body, [*secrets, *self._secrets])

    def _digest(self, secret: str) -> bytes:
        return blake2b(secret.encode("utf-8", "replace"), key=self._digest_key, digest_size=_BYTES).digest()


class _ReportLimit:
    """How many reports a task may still send, and the ids of its runs whose ends are free."""

    __slots__ = ("_begun", "_bucket")

    def __init__(self) -> None:
        self._bucket = TokenBucket(BURST, INTERVAL)
        self._begun: deque[str | None] = deque(maxlen=OPEN_RUNS)

    def take(self, push: PushedReport, now: float) -> float:
        if push.kind in _ENDS and push.run_id in self._begun:
            self._begun.remove(push.run_id)
            return 0.0
        wait = self._bucket.take(now)
        if push.kind is PushKind.START and not wait:
            self._begun.append(push.run_id)
        return wait


@dataclass(slots=True)
class PushThrottle:
    """Limits wrong secrets by client, and reports by task. Outlives a reload of the settings.

    May be used by any thread; `now` is in seconds of a monotonic clock.
    """

    _failures: FailureCounter = field(default_factory=lambda: FailureCounter(PER_CLIENT))
    _proven: dict[str, None] = field(default_factory=dict)
    _reports: dict[str, _ReportLimit] = field(default_factory=dict)
    _unlogged: int = 0
    _logged: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def wait(self, address: str, now: float) -> float:
        """Return the seconds until this client may try a secret; 0 if it may, or knows a right one."""
        client = client_of(address)
        with self._lock:
            return 0.0 if client in self._proven else self._failures.wait(client, now)

    def add_failure(self, address: str, now: float) -> tuple[float, int]:
        """Count a wrong secret; return how long the client had to wait, and how many are to be logged now.

        That is once a minute, of all clients together: each of many addresses could fill the log otherwise.
        """
        client = client_of(address)
        with self._lock:
            wait = self._failures.wait(client, now)
            self._failures.add(client, now)
            self._unlogged += 1
            if now - self._logged < LOG_INTERVAL:
                return wait, 0
            count, self._unlogged, self._logged = self._unlogged, 0, now
            return wait, count

    def add_success(self, address: str) -> None:
        """Remember that this client knows a right secret."""
        client = client_of(address)
        with self._lock:
            if client not in self._proven:
                if len(self._proven) >= MOST_CLIENTS:
                    del self._proven[next(iter(self._proven))]
                self._proven[client] = None

    def take(self, push: PushedReport, now: float) -> float:
        """Count a report of a task and return 0, or return the seconds until there may be one.

        The end of a run whose start was counted is free: without it the run would be late.
        """
        with self._lock:
            limit = self._reports.get(push.url)
            if limit is None:
                limit = self._reports[push.url] = _ReportLimit()
            return limit.take(push, now)
