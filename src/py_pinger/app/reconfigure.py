"""Other settings for a house that runs: built first, then put in place of the former ones at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from py_pinger.app.debug_clock import evaluation_clock
from py_pinger.app.file_descriptors import DescriptorBudget, allocate
from py_pinger.app.log import LogSetup
from py_pinger.app.wiring import Components, channel_worker, check_in_reporters, heartbeat_of, pages
from py_pinger.channels import Channel, external_channels, routes
from py_pinger.config import ConfiguredChannel, Settings
from py_pinger.core.model.health import HealthWarning
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.notification.route import Route
from py_pinger.core.selfcheck.reload import at_next_start
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.probing.fetcher import ProbeSettings
from py_pinger.engine.probing.retry import max_duration_of
from py_pinger.store import Store

# What a running process cannot change: where it listens, and where it keeps what it writes.
AT_START = ("host", "port", "database", "log")


@dataclass(frozen=True, slots=True)
class PreparedSettings:
    """What other settings come to, built and not yet in use.

    `fresh` are the channels that take the place of others or are new, and `channels` what they come to;
    `routes` are those of all channels in their order.
    `warnings` are what there is to say of these settings while they hold.
    """

    settings: Settings
    share: DescriptorBudget
    change: TaskListDiff
    patience: float
    probe_settings: ProbeSettings
    fresh: tuple[ConfiguredChannel, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    site: Flask
    warnings: tuple[HealthWarning, ...]


class Reconfigurer:
    """Changes a house from the `settings` in force to others; `files` is how many may be open."""

    def __init__(self, components: Components, settings: Settings, files: int, log_setup: LogSetup) -> None:
        self.settings = settings
        self.components = components
        self._files = files
        self._log_setup = log_setup

    def history(self) -> timedelta:
        """Return for how long history is kept."""
        return self.settings.main.history

    def prepare(self, wanted: Settings) -> PreparedSettings:
        """Build all that these settings need anew; takes seconds for many tasks, so it has a thread."""
        self._log_setup.add_secrets(wanted.secrets())
        before, components = self.settings, self.components
        standing = {key: getattr(before.main, key) for key in AT_START}
        later = [key for key in AT_START if getattr(wanted.main, key) != standing[key]]
        settings = wanted.model_copy(update={"main": wanted.main.model_copy(update=standing)})
        main, share = settings.main, allocate(self._files, settings.main.concurrency)
        muted = main.only_log != before.main.only_log
        fresh = tuple(each for each in settings.channels if muted or each not in before.channels)
        return PreparedSettings(
            settings=settings,
            share=share,
            change=TaskListDiff.between(before.tasks, settings.tasks),
            patience=max_duration_of(settings.tasks),
            probe_settings=ProbeSettings.of(settings, components.prober.probe_settings),
            fresh=fresh,
            channels=external_channels(fresh, only_log=main.only_log),
            routes=routes(settings),
            site=pages(settings, components.board, components.clock, samples=main.debug),
            warnings=(at_next_start(later),) if later else (),
        )

    async def apply(self, prepared: PreparedSettings) -> None:
        """Have the house go by these settings.

        Raises StoreUnavailable if the store does not take the new list of tasks; then nothing has changed.
        """
        states = await self.components.async_store.call(Store.change_tasks, prepared.change)
        components, only_log = self.components, prepared.settings.main.only_log
        carriers = [
            channel_worker(channel, components.async_store, components.clock) for channel in prepared.channels
        ]
        told_of_runs = check_in_reporters(
            prepared.fresh, components.board.store, components.clock, only_log=only_log
        )
        # Nothing from here on waits or can fail, so that nobody ever sees half of it.
        self._watch(prepared, states)
        self._tell(prepared, carriers)
        components.check_ins.change(
            [each.name for each in prepared.settings.channels if each not in prepared.fresh], told_of_runs
        )
        self._show(prepared)
        self.settings = prepared.settings

    def _watch(self, prepared: PreparedSettings, states: Mapping[str, TaskState]) -> None:
        components, main, before = self.components, prepared.settings.main, self.settings.main
        if (main.debug, main.debug_now) != (before.debug, before.debug_now):
            components.monitor.evaluation_clock = evaluation_clock(main, components.clock())
        components.prober.apply(prepared.probe_settings, prepared.share.kept)
        components.limiter.resize(prepared.share.checks, main.per_host)
        components.connectivity_guard.apply(main.connectivity_urls, main.offline_grace)
        components.resource_guard.patience = main.offline_grace
        components.silencer.plan(prepared.settings.windows())
        components.certificates.watch(prepared.settings.tasks, main.certificate_days)
        components.monitor.change(prepared.change, states, prepared.patience)

    def _tell(self, prepared: PreparedSettings, coming: Sequence[ChannelWorker]) -> None:
        components = self.components
        new = {each.name for each in coming}
        names = [route.channel for route in prepared.routes]
        components.async_store.routes = prepared.routes
        components.dispatcher.change([name for name in names if name not in new], coming, names)
        components.heartbeat.apply(heartbeat_of(prepared.settings.main))

    def _show(self, prepared: PreparedSettings) -> None:
        self.components.web.show(prepared.site, prepared.settings.main.trusted_proxies)
        self._log_setup.apply(debug=prepared.settings.main.debug)
