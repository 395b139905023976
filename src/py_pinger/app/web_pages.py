"""The web pages of the settings in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from py_pinger.config import Settings
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.web import Access, DataSource, DemoShop, LoginState, PageSettings, WebServer, create_app

if TYPE_CHECKING:
    from py_pinger.web.push.push_app import PushAccess


@dataclass(frozen=True, slots=True)
class WebPages:
    """The pages of the settings in force; with sample pages in debug mode, and those of a demo's tasks.

    Waits after wrong passwords and open forms outlive a reload in `login`. `push_access` is None without
    tasks that are pushed.
    """

    server: WebServer
    data: DataSource
    clock: Callable[[], datetime]
    demo: DemoShop | None
    push_access: Callable[[Settings], PushAccess | None]
    login: LoginState = field(default_factory=LoginState)

    def prepare(self, change: SettingsChange) -> Apply:
        """Build the pages for other settings.

        Return the step that shows them from the next request on.
        """
        main = change.settings.main
        settings = PageSettings(
            urls=[task.url for task in change.settings.tasks],
            samples=main.debug,
            demo=self.demo,
            access=Access.of(change.settings),
            metrics_tasks=main.metrics_tasks,
            push=self.push_access(change.settings),
            link=main.link,
            status_pages=change.settings.status_pages(),
        )
        pages = create_app(self.data, settings, self.clock, self.login)
        return lambda _: self.server.show(pages, main.trusted_proxies, pages.loop_app)
