"""Builds the workers of the configured channels, and replaces those that changed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from py_pinger.app.async_store import AsyncStore
from py_pinger.channels import (
    LogChannel,
    RoutedChannel,
    SafeAlertChannel,
    check_in_services,
    external_channels,
    routes,
    routes_of,
)
from py_pinger.config import ConfiguredChannel
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.channel import CheckInService
from py_pinger.core.notification.route import Route, concerns, gets
from py_pinger.core.times import Clock
from py_pinger.engine.notification.alert_sync import AlertSync
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.check_ins import CheckInDispatcher, CheckInReporter
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.notification.permission import MaySend
from py_pinger.engine.notification.strategy import DeliveryStrategy
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.store import Store


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """Has the dispatchers send to the configured channels; an unchanged one keeps its worker."""

    dispatcher: Dispatcher
    check_ins: CheckInDispatcher
    async_store: AsyncStore
    store: Store
    clock: Clock
    may_send: MaySend

    def prepare(self, change: SettingsChange) -> Apply:
        """Build the new channels; return the step that has them replace those that are gone."""
        only_log = change.settings.main.only_log
        configured, new = change.settings.channels, new_channels(change)
        channels = list(_channels_to_start(change, new))
        services = list(check_in_services(new, only_log=only_log))
        order = routes(change.settings)
        names = [route.channel for route in order]
        staying = [each.name for each in configured if each not in new]

        def apply(_: object) -> None:
            self.async_store.routes = order
            self._replace_workers(channels, [name for name in names if change.share.has_channel(name)], names)
            reporters = [self._reporter(channel, service) for channel, service in services]
            self.check_ins.change(staying, reporters)

        return apply

    def _replace_workers(
        self, channels: Sequence[RoutedChannel], order: Sequence[str], configured: Sequence[str]
    ) -> None:
        coming = [self._worker(channel) for channel in channels]
        new = {worker.name for worker in coming}
        self.dispatcher.change([name for name in order if name not in new], coming, order, configured)

    def _reporter(self, channel: ConfiguredChannel, service: CheckInService) -> CheckInReporter:
        return CheckInReporter(
            service,
            self.clock.now,
            random.random,
            partial(_concerned, channel.route(), self.store),
            self.may_send,
        )

    def _worker(self, channel: RoutedChannel) -> ChannelWorker:
        strategy = _strategy(channel, self.async_store, self.clock, self.may_send)
        return ChannelWorker(DeliveryQueue(channel.name, self.async_store), strategy, self.clock)


def new_channels(change: SettingsChange) -> tuple[ConfiguredChannel, ...]:
    """Return the channels that have to be built: those not configured alike before."""
    configured, replaced = change.settings.channels, change.replaced
    if change.settings.main.only_log != replaced.main.only_log:
        return configured
    return tuple(each for each in configured if each not in replaced.channels)


def _channels_to_start(change: SettingsChange, new: Sequence[ConfiguredChannel]) -> Iterator[RoutedChannel]:
    """Yield the channels that need a worker: those that are new, and those that this process takes over."""
    only_log = change.settings.main.only_log
    if change.share.has_channel(LogChannel.name) and (change.at_start or _is_taken(change, LogChannel.name)):
        yield LogChannel()
    for each in change.settings.channels:
        names = [route.channel for route in routes_of(each, only_log=only_log)]
        wanted = [
            name
            for name in names
            if change.share.has_channel(name) and (each in new or _is_taken(change, name))
        ]
        if wanted:
            built = external_channels([each], only_log=only_log)
            yield from (channel for channel in built if channel.name in wanted)


def _is_taken(change: SettingsChange, name: str) -> bool:
    return not change.replaced_share.has_channel(name)


def _strategy(
    channel: RoutedChannel, async_store: AsyncStore, clock: Clock, may_send: MaySend
) -> DeliveryStrategy:
    if isinstance(channel, SafeAlertChannel):
        accepts = partial(gets, channel.route, notified=None)
        return AlertSync(channel, async_store, clock, random.random, accepts, may_send)
    return Notifier(channel, clock.now, random.random, channel.route.hours, may_send)


def _concerned(route: Route, store: Store, step: Transition) -> bool:
    snapshot, verdict = store.task_snapshot(step.url), step.state.verdict
    return concerns(route, step.url, snapshot.name if snapshot else None, verdict.process, verdict.server)
