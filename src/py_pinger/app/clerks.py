"""Who tells which service of whose runs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import partial

from py_pinger.channels import crons
from py_pinger.config import ConfiguredChannel
from py_pinger.core.model.transition import Step
from py_pinger.core.notification.route import Route, concerns
from py_pinger.engine.notification.check_ins import Clerk
from py_pinger.engine.selfcheck.clock import Clock
from py_pinger.store import Store


def clerks(
    channels: Iterable[ConfiguredChannel], store: Store, clock: Clock, *, only_log: bool
) -> list[Clerk]:
    """Return what tells services of runs, as far as these channels ask for it."""
    return [
        Clerk(told, clock, random.random, partial(_concerned, channel.route(), store))
        for channel, told in crons(channels, only_log=only_log)
    ]


def _concerned(route: Route, store: Store, step: Step) -> bool:
    listing, verdict = store.listing(step.url), step.state.verdict
    return concerns(route, step.url, listing.name if listing else None, verdict.process, verdict.server)
