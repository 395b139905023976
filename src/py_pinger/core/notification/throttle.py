"""How often a channel is told things, and in how few messages: by what it took and refused lately.

Between the end of one try and the next lies a second, whether or not the try succeeded: no service takes
more for long. Up to five messages within a minute stand by themselves; if more waits than that leaves, all
of it goes as one. Whatever comes after such a gathered message gathers as well: for ten seconds for each of
them within the last five minutes, a minute at most. So a lone failure is told at once, and five hundred
within a minute are about five messages, the first of them at once too. Where more waits than one message
may gather, the rest follows without gathering any more. At a stop nothing gathers. A channel that is not
paced, the log, knows only that more than five at once go as one.

What a channel refuses for good may be one message that it will never take, so what was gathered with it is
tried apart: in halves of halves, what was refused least often first. Eight refusals in a row mean that the
channel refuses everything; what it has refused then rests, and only what is new is still tried at once.

A channel that has failed eight times in a row is knocked at with one message by itself. If it takes that but
then fails over all the rest, the rest holds something that makes it fail, and is tried apart just so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.notification import OutgoingMessage, SendResult, Sent

SPACING = timedelta(seconds=1)

# More messages than this at once, or within this time, are a storm, and read better as one.
MAX_SINGLE = 5
SINGLE_WINDOW = timedelta(minutes=1)

# Deliveries that one message may gather: bounds the memory that a storm takes, and how long one is written.
MAX_BATCH = 1000

BATCH_DELAY = timedelta(seconds=10)
MAX_BATCH_DELAY = timedelta(seconds=60)
STORM_WINDOW = timedelta(minutes=5)

# Messages by themselves that there is time for at a stop, a second apart.
MAX_SINGLE_AT_SHUTDOWN = 2

MANY_REJECTIONS = 8
REJECTED_PAUSE = timedelta(minutes=5)

# Failures in a row, four minutes of them at least, after which one message has to find the way.
MANY_FAILURES = 8


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that the channel took, and when; a `full` one may have left more behind."""

    at: datetime
    batch_size: bool
    full: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a channel accepted and rejected lately.

    `last_attempt` is when the last attempt ended, `told` what was sent in the last five minutes.
    `batch_limit` is how many rejected incidents one message may hold, None while nothing was rejected for
    good; `rejections` counts those in a row, `failures` the temporary ones. `probed` if the last message
    sent was a probe.
    """

    paced: bool = True
    last_attempt: datetime | None = None
    told: tuple[SentMessage, ...] = ()
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
    """Return the pace after a try that ended now."""
    tried = replace(state, last_attempt=now)
    if isinstance(outcome, Sent):
        full = len(outgoing.deliveries) >= MAX_BATCH
        told = (*_sent_within(state, STORM_WINDOW, now), SentMessage(now, outgoing.batch_size > 0, full))
        most = _larger_limit(state)
        return replace(tried, told=told, batch_limit=most, rejections=0, failures=0, probed=state.probing)
    if outcome.permanent:
        return replace(
            tried, batch_limit=_smaller_limit(state, outgoing), rejections=state.rejections + 1, failures=0
        )
    apart = outgoing.batch_size > 1 and (state.probed or state.batch_limit)
    most = _smaller_limit(state, outgoing) if apart else state.batch_limit
    return replace(tried, batch_limit=most, failures=state.failures + 1, probed=False)


def after_drained(state: ChannelState) -> ChannelState:
    """Return the pace once nothing waits any more: nothing is left to be tried apart."""
    return replace(state, batch_limit=None, rejections=0)


def paused_until(state: ChannelState, now: datetime, *, shutting_down: bool) -> datetime | None:
    """Return until when nothing may go out, if so; in a `shutting_down`, at a stop, nothing gathers."""
    if not state.paced:
        return None
    spaced = _end_of(state.last_attempt, SPACING, now)
    # What was refused has gathered for long enough, so while some of it waits the outbox decides by word.
    gathering = None if shutting_down or state.batch_limit else batching_until(state, now)
    return max(filter(None, (spaced, gathering)), default=None)


def batching_until(state: ChannelState, now: datetime) -> datetime | None:
    """Return until when what is new gathers, if it does."""
    lately = _sent_within(state, STORM_WINDOW, now)
    gathered = [told.at for told in lately if told.batch_size and not told.full]
    if not (state.paced and gathered):
        return None
    return _end_of(gathered[-1], min(BATCH_DELAY * len(gathered), MAX_BATCH_DELAY), now)


def rejected_until(state: ChannelState, now: datetime) -> datetime | None:
    """Return until when what was refused rests, if it does."""
    return _end_of(state.last_attempt, REJECTED_PAUSE, now) if state.rejections >= MANY_REJECTIONS else None


def singles_left(state: ChannelState, now: datetime, *, shutting_down: bool) -> int:
    """Return how many messages may stand by themselves now."""
    if not state.paced:
        return MAX_SINGLE
    lately = sum(not told.batch_size for told in _sent_within(state, SINGLE_WINDOW, now))
    return max(min(MAX_SINGLE - lately, MAX_SINGLE_AT_SHUTDOWN if shutting_down else MAX_SINGLE), 0)


def _larger_limit(state: ChannelState) -> int | None:
    # A channel that refused everything was mended: there is no single message to look for.
    return None if state.batch_limit is None or state.rejections >= MANY_REJECTIONS else state.batch_limit * 2


def _smaller_limit(state: ChannelState, outgoing: OutgoingMessage) -> int:
    return outgoing.batch_size // 2 if outgoing.batch_size > 1 else state.batch_limit or 1


def _sent_within(state: ChannelState, length: timedelta, now: datetime) -> Iterator[SentMessage]:
    return (told for told in state.told if now - length < told.at <= now + SPACING)


def _end_of(began: datetime | None, length: timedelta, now: datetime) -> datetime | None:
    """Return when a stretch is over; one that begins ahead of now is from before the clock was set back."""
    if began is None or began > now + SPACING:
        return None
    return began + length if now < began + length else None
