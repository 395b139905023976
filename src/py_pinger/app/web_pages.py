"""The web pages of the settings in force."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from py_pinger.config import Settings
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import Sleep, attempt
from py_pinger.web import (
    Access,
    DataSource,
    DemoShop,
    LoginState,
    PageSettings,
    TemplateCode,
    WebApp,
    WebServer,
    create_app,
)

if TYPE_CHECKING:
    from py_pinger.web.push.push_app import PushAccess


# Seconds after the start until the templates are compiled: the first ones belong to the checks. And between
# two templates, each of which keeps the loop for 3 to 30 ms.
COMPILING_AFTER = 1.5
BETWEEN_TEMPLATES = 0.1


@dataclass(slots=True)
class WebPages:
    """The pages of the settings in force; with sample pages in debug mode, and those of a demo's tasks.

    Waits after wrong passwords and open forms outlive a reload in `login`, as the code of the `templates`
    does. `push_access` is None without tasks that are pushed.
    """

    server: WebServer
    data: DataSource
    clock: Callable[[], datetime]
    demo: DemoShop | None
    push_access: Callable[[Settings], PushAccess | None]
    login: LoginState = field(default_factory=LoginState)
    templates: TemplateCode = field(default_factory=TemplateCode)
    shown: WebApp | None = field(default=None, init=False)

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
            node=main.node,
        )
        pages = create_app(self.data, settings, self.clock, self.login, self.templates)

        def apply(_: object) -> None:
            self.shown = pages
            self.server.show(pages, main.trusted_proxies, pages.loop_app)

        return apply

    async def compile_templates(self, sleep: Sleep = asyncio.sleep) -> None:
        """Compile the templates after a while, so that the first request for each page need not."""
        await sleep(COMPILING_AFTER)
        await attempt(lambda: self._compile(sleep), "compiling the templates")

    async def _compile(self, sleep: Sleep) -> None:
        for _ in self.shown.compile_templates() if self.shown else ():
            await sleep(BETWEEN_TEMPLATES)
