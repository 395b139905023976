"""How often clients gave a wrong password, and how long each has to wait for its next try."""

from __future__ import annotations

from dataclasses import dataclass

# The wrong password from which on a client has to wait: a second, then twice as long each time, up to
# the longest.
FIRST_WAIT = 5
LONGEST = 900.0
# Seconds after its last wrong password that a client is forgotten; longer than the longest wait.
FORGOTTEN = 3600.0
# Clients that are remembered; the one that has been quiet for longest gives way.
MOST_CLIENTS = 4096
# Seconds in which wrong passwords of one client are told of once.
TOLD_AGAIN = 60.0

# Slow comparisons: as many at once, and seconds until there may be one more.
BURST = 10
PACE = 2.0


@dataclass(frozen=True, slots=True)
class _Record:
    failures: int
    last: float
    told: float

    @property
    def free(self) -> float:
        """The moment from which the client may try again."""
        if self.failures < FIRST_WAIT:
            return self.last
        # The power is bounded, lest it become too large for a float.
        return self.last + min(2.0 ** min(self.failures - FIRST_WAIT, 20), LONGEST)


class LoginThrottle:
    """The clients that gave wrong passwords; `now` is in seconds, of any clock that never steps back."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def wait(self, client: str, now: float) -> float:
        """Return the seconds for which the client is not listened to; 0 if it is."""
        record = self._records.get(client)
        return max(0.0, record.free - now) if record else 0.0

    def failed(self, client: str, now: float) -> bool:
        """Note that a client gave a wrong password; return whether that is worth a line in the log."""
        record = self._records.pop(client, None)
        if record is None or now - record.last > FORGOTTEN:
            record = _Record(0, now, now - TOLD_AGAIN)
        news = now - record.told >= TOLD_AGAIN
        # A dict keeps its order: the first is the one whose last failure is the oldest.
        if len(self._records) >= MOST_CLIENTS:
            del self._records[next(iter(self._records))]
        self._records[client] = _Record(record.failures + 1, now, now if news else record.told)
        return news

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._records)


class TokenBucket:
    """What all clients together may have of something costly: a few at once, then one at a time."""

    def __init__(self) -> None:
        self._full = float("-inf")

    def take(self, now: float) -> float:
        """Take one and return 0, or return the seconds after which there is one again."""
        full = max(self._full, now) + PACE
        wait = full - now - BURST * PACE
        if wait > 0:
            return wait
        self._full = full
        return 0.0
