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
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.notification.route import Route
from py_pinger.core.selfcheck.reload import at_next_start
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.probing.fetcher import ProbeSettings
from py_pinger.engine.probing.retry import max_duration_of

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
    asking: ProbeSettings
    fresh: tuple[ConfiguredChannel, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    site: Flask
    warnings: tuple[str, ...]


class Reconfigurer:
    """Changes a house from the `settings` in force to others; `files` is how many may be open."""

    def __init__(self, house: Components, settings: Settings, files: int, logbook: LogSetup) -> None:
        self.settings = settings
        self.house = house
        self._files = files
        self._logbook = logbook

    def history(self) -> timedelta:
        """Return for how long history is kept."""
        return self.settings.main.history

    def prepare(self, wanted: Settings) -> PreparedSettings:
        """Build all that these settings need anew; takes seconds for many tasks, so it has a thread."""
        self._logbook.keep_secret(wanted.secrets())
        before, house = self.settings, self.house
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
            asking=ProbeSettings.of(settings, house.fetcher.asking),
            fresh=fresh,
            channels=external_channels(fresh, only_log=main.only_log),
            routes=routes(settings),
            site=pages(settings, house.board, house.clock, samples=main.debug),
            warnings=(at_next_start(later),) if later else (),
        )

    async def carry_out(self, outfit: PreparedSettings) -> None:
        """Have the house go by these settings.

        Raises StoreUnavailable if the store does not take the new list of tasks; then nothing has changed.
        """
        states = await self.house.desk.change(outfit.change)
        house, only_log = self.house, outfit.settings.main.only_log
        carriers = [channel_worker(channel, house.desk, house.clock) for channel in outfit.channels]
        told_of_runs = check_in_reporters(outfit.fresh, house.board.store, house.clock, only_log=only_log)
        # Nothing from here on waits or can fail, so that nobody ever sees half of it.
        self._watch(outfit, states)
        self._tell(outfit, carriers)
        house.check_ins.change(
            [each.name for each in outfit.settings.channels if each not in outfit.fresh], told_of_runs
        )
        self._show(outfit)
        self.settings = outfit.settings

    def _watch(self, outfit: PreparedSettings, states: Mapping[str, TaskState]) -> None:
        house, main, before = self.house, outfit.settings.main, self.settings.main
        if (main.debug, main.debug_now) != (before.debug, before.debug_now):
            house.monitor.judging_clock = evaluation_clock(main, house.clock())
        house.fetcher.go_by(outfit.asking, outfit.share.kept)
        house.turnstile.resize(outfit.share.checks, main.per_host)
        house.doubt.go_by(main.canary, main.doubt)
        house.lack.patience = main.doubt
        house.silencer.plan(outfit.settings.windows())
        house.certificates.watch(outfit.settings.tasks, main.certificate_days)
        house.monitor.change(outfit.change, states, outfit.patience)

    def _tell(self, outfit: PreparedSettings, coming: Sequence[ChannelWorker]) -> None:
        house = self.house
        new = {each.name for each in coming}
        names = [route.channel for route in outfit.routes]
        house.desk.routes = outfit.routes
        house.couriers.change([name for name in names if name not in new], coming, names)
        house.heartbeat.go_by(heartbeat_of(outfit.settings.main))

    def _show(self, outfit: PreparedSettings) -> None:
        self.house.web.show(outfit.site, outfit.settings.main.trusted_proxies)
        self._logbook.go_by(debug=outfit.settings.main.debug)
