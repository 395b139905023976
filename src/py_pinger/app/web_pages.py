"""The web pages of the settings in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.web import Access, DataSource, LoginState, PageSettings, WebServer, create_app


@dataclass(frozen=True, slots=True)
class WebPages:
    """The pages of the settings in force; with sample pages in debug mode and in a demo.

    Waits after wrong passwords and open forms outlive a reload in `login`.
    """

    server: WebServer
    data: DataSource
    clock: Callable[[], datetime]
    demo: bool
    login: LoginState = field(default_factory=LoginState)

    def prepare(self, change: SettingsChange) -> Apply:
        """Build the pages for other settings.

        Return the step that shows them from the next request on.
        """
        main = change.settings.main
        settings = PageSettings(
            urls=[task.url for task in change.tasks.tasks],
            samples=self.demo or main.debug,
            access=Access.of(main),
            metrics_tasks=main.metrics_tasks,
        )
        pages = create_app(self.data, settings, self.clock, self.login)
        return lambda _: self.server.show(pages, main.trusted_proxies)
