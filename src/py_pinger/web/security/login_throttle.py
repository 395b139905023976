"""Limits on wrong passwords: for each client, for its network, and for all together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from py_pinger.core.notification.backoff import delay
from py_pinger.core.times import SECOND
from py_pinger.web.security.client_address import client_of, network_of

# Seconds without a wrong password after which a client is forgotten; longer than the longest wait.
FORGOTTEN = 3600.0
# Clients that are remembered; the one with the oldest failure is dropped first.
MOST_CLIENTS = 4096
# Seconds in which wrong passwords of one client are logged once.
LOG_INTERVAL = 60.0

# Wrong passwords of all clients together: so many at once, then one in so many seconds.
TOTAL_BURST = 100
TOTAL_INTERVAL = 2.0

# Slow comparisons: so many at once, and seconds until there may be one more.
BURST = 10
INTERVAL = 2.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """A wait from wrong password `first` on: a second, doubled each time up to `longest`."""

    first: int
    longest: float

    def wait(self, failures: int) -> float:
        """Return the wait after so many wrong passwords."""
        if failures < self.first:
            return 0.0
        return delay(failures - self.first, SECOND, timedelta(seconds=self.longest)).total_seconds()


# A network may have many honest clients: more mistakes, and shorter waits.
PER_CLIENT = Backoff(first=5, longest=900.0)
PER_NETWORK = Backoff(first=20, longest=60.0)


@dataclass(frozen=True, slots=True)
class _Record:
    failures: int
    last: float
    logged: float


class FailureCounter:
    """Counts wrong passwords by name; `now` is in seconds of a monotonic clock."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._records: dict[str, _Record] = {}

    def wait(self, name: str, now: float) -> float:
        """Return the seconds until the next attempt is allowed; 0 if it is."""
        record = self._records.get(name)
        return max(0.0, record.last + self._backoff.wait(record.failures) - now) if record else 0.0

    def add(self, name: str, now: float) -> bool:
        """Count a wrong password; return True if it should be logged."""
        record = self._records.pop(name, None)
        if record is None or now - record.last > FORGOTTEN:
            record = _Record(0, now, now - LOG_INTERVAL)
        log = now - record.logged >= LOG_INTERVAL
        # A dict keeps its order: the first has the oldest failure.
        if len(self._records) >= MOST_CLIENTS:
            del self._records[next(iter(self._records))]
        self._records[name] = _Record(record.failures + 1, now, now if log else record.logged)
        return log

    def __len__(self) -> int:
        """Return the number of names that are remembered."""
        return len(self._records)


class TokenBucket:
    """A supply of something costly: `burst` at once, then one in `interval` seconds."""

    def __init__(self, burst: int, interval: float) -> None:
        self._burst = burst
        self._interval = interval
        self._full_at = float("-inf")

    def wait(self, now: float) -> float:
        """Return the seconds until there is one; 0 if there is."""
        return max(0.0, max(self._full_at, now) - now - (self._burst - 1) * self._interval)

    def take(self, now: float) -> float:
        """Take one and return 0, or return the seconds until there is one."""
        wait = self.wait(now)
        if not wait:
            self._full_at = max(self._full_at, now) + self._interval
        return wait


class LoginThrottle:
    """Says how long a client has to wait for its next attempt.

    A client that has given the right password waits only for its own mistakes: the attempts of others, even
    of its network, do not lock it out.
    """

    def __init__(self) -> None:
        self._clients = FailureCounter(PER_CLIENT)
        self._networks = FailureCounter(PER_NETWORK)
        self._total = TokenBucket(TOTAL_BURST, TOTAL_INTERVAL)
        self._proven: dict[str, None] = {}

    def wait(self, address: str, now: float) -> float:
        """Return the seconds until this address may try again; 0 if it may."""
        client = client_of(address)
        own = self._clients.wait(client, now)
        if client in self._proven:
            return own
        return max(own, self._networks.wait(network_of(address), now), self._total.wait(now))

    def add_failure(self, address: str, now: float) -> bool:
        """Count a wrong password; return True if it should be logged."""
        self._total.take(now)
        self._networks.add(network_of(address), now)
        return self._clients.add(client_of(address), now)

    def add_success(self, address: str) -> None:
        """Remember that this client knows the password."""
        client = client_of(address)
        self._proven.pop(client, None)
        if len(self._proven) >= MOST_CLIENTS:
            del self._proven[next(iter(self._proven))]
        self._proven[client] = None
