"""How many messages a channel gets, and how often: by what it accepted and rejected lately.

Between the end of one attempt and the next lies a second, successful or not: no service accepts more for
long. Up to five single messages are sent within a minute; if more waits than that leaves, all of it is sent
as one batch. What comes after a batch is batched as well: for ten seconds for each batch of the last five
minutes, at most a minute. So a lone failure is sent at once, and five hundred failures within a minute make
about five messages, the first of them at once too. Where more waits than one batch may hold, the rest
follows without delay. At a shutdown nothing is delayed. A channel that is not paced, the log, only knows
that more than five at once are one batch.

What a channel rejects for good may be one message that it will never accept, so the rest of its batch is
tried in parts: in halves of halves, what was rejected least often first. Eight rejections in a row mean that
the channel rejects everything; what it has rejected then pauses, and only what is new is tried at once.

A channel that has failed eight times in a row gets one single message as a probe. If it accepts that but
then fails over all the rest, the rest holds something that makes it fail, and is tried in parts likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.notification import OutgoingMessage, SendResult, Sent
from py_pinger.core.times import MINUTE, SECOND

SPACING = SECOND

# More messages than this at once, or within this time, are a storm, and read better as one.
MAX_SINGLE = 5
SINGLE_WINDOW = MINUTE

# Deliveries in one batch: bounds the memory that a storm needs, and the time to write one message.
MAX_BATCH = 1000

BATCH_DELAY = timedelta(seconds=10)
MAX_BATCH_DELAY = timedelta(seconds=60)
STORM_WINDOW = timedelta(minutes=5)

# Single messages that there is time for at a shutdown, a second apart.
MAX_SINGLE_AT_SHUTDOWN = 2

MANY_REJECTIONS = 8
REJECTED_PAUSE = timedelta(minutes=5)

# Failures in a row, at least four minutes of them, after which one message probes the channel.
MANY_FAILURES = 8


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that the channel accepted, and when; a `full` batch may have left more behind."""

    at: datetime
    batched: bool
    full: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a channel accepted and rejected lately.

    `last_attempt` is when the last attempt ended, `sent` what was sent in the last five minutes.
    `batch_limit` is how many rejected incidents one message may hold, None while nothing was rejected for
    good; `rejections` counts those in a row, `failures` the temporary ones. `probed` if the last message
    sent was a probe.
    """

    paced: bool = True
    last_attempt: datetime | None = None
    sent: tuple[SentMessage, ...] = ()
    batch_limit: int | None = None
    rejections: int = 0
    failures: int = 0
    probed: bool = False

    @property
    def probing(self) -> bool:
        """Whether one message has to find out if the channel works again."""
        return self.batch_limit is None and self.failures >= MANY_FAILURES


def after_attempt(
    state: ChannelState, outgoing: OutgoingMessage, outcome: SendResult, now: datetime
) -> ChannelState:
    """Return the state after an attempt that ended now."""
    tried = replace(state, last_attempt=now)
    if isinstance(outcome, Sent):
        message = SentMessage(now, outgoing.batch_size > 0, len(outgoing.deliveries) >= MAX_BATCH)
        return replace(
            tried,
            sent=(*_sent_within(state, STORM_WINDOW, now), message),
            batch_limit=_larger_limit(state),
            rejections=0,
            failures=0,
            probed=state.probing,
        )
    if outcome.permanent:
        smaller = _smaller_limit(state, outgoing)
        return replace(tried, batch_limit=smaller, rejections=state.rejections + 1, failures=0)
    in_parts = outgoing.batch_size > 1 and (state.probed or state.batch_limit)
    limit = _smaller_limit(state, outgoing) if in_parts else state.batch_limit
    return replace(tried, batch_limit=limit, failures=state.failures + 1, probed=False)


def after_drained(state: ChannelState) -> ChannelState:
    """Return the state once nothing waits any more: nothing is left to be tried in parts."""
    return replace(state, batch_limit=None, rejections=0)


def paused_until(state: ChannelState, now: datetime, *, shutting_down: bool) -> datetime | None:
    """Return until when nothing may be sent, if so.

    At a shutdown nothing is delayed to be batched.
    """
    if not state.paced:
        return None
    spaced = _end_of(state.last_attempt, SPACING, now)
    # What was rejected has been delayed long enough, so while some of it waits the outbox decides.
    batching = None if shutting_down or state.batch_limit else batching_until(state, now)
    return max(filter(None, (spaced, batching)), default=None)


def batching_until(state: ChannelState, now: datetime) -> datetime | None:
    """Return until when what is new is delayed to be batched, if it is."""
    lately = _sent_within(state, STORM_WINDOW, now)
    batches = [message.at for message in lately if message.batched and not message.full]
    if not (state.paced and batches):
        return None
    return _end_of(batches[-1], min(BATCH_DELAY * len(batches), MAX_BATCH_DELAY), now)


def rejected_until(state: ChannelState, now: datetime) -> datetime | None:
    """Return until when what was rejected pauses, if it does."""
    return _end_of(state.last_attempt, REJECTED_PAUSE, now) if state.rejections >= MANY_REJECTIONS else None


def singles_left(state: ChannelState, now: datetime, *, shutting_down: bool) -> int:
    """Return how many single messages may be sent now."""
    if not state.paced:
        return MAX_SINGLE
    lately = sum(not message.batched for message in _sent_within(state, SINGLE_WINDOW, now))
    return max(min(MAX_SINGLE - lately, MAX_SINGLE_AT_SHUTDOWN if shutting_down else MAX_SINGLE), 0)


def _larger_limit(state: ChannelState) -> int | None:
    # A channel that rejected everything was repaired: there is no single message to find.
    if state.batch_limit is None or state.rejections >= MANY_REJECTIONS:
        return None
    return state.batch_limit * 2


def _smaller_limit(state: ChannelState, outgoing: OutgoingMessage) -> int:
    return outgoing.batch_size // 2 if outgoing.batch_size > 1 else state.batch_limit or 1


def _sent_within(state: ChannelState, length: timedelta, now: datetime) -> Iterator[SentMessage]:
    return (message for message in state.sent if now - length < message.at <= now + SPACING)


def _end_of(start: datetime | None, length: timedelta, now: datetime) -> datetime | None:
    """Return the end of a wait, None if it is over, or if the clock was set back."""
    if start is None or start > now + SPACING:
        return None
    return start + length if now < start + length else None
