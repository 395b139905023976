"""The pages of the demo's tasks: `/demo/<slug>`, which the demo monitors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response
from werkzeug.exceptions import NotFound, ServiceUnavailable

from py_pinger.core.model.check import NoResponse
from py_pinger.web.demo.demo_shop import DemoShop


@dataclass(frozen=True)
class DemoPages:
    """The route of the demo's tasks."""

    shop: DemoShop
    clock: Callable[[], datetime]

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/demo/<slug>", "demo_task", self.task)

    def task(self, slug: str) -> Response:
        """Return the page of a task, as it is now."""
        task = self.shop.task(slug)
        if task is None:
            raise NotFound("This task of the demo does not exist; the root, /, lists the tasks.")
        answer = task.answer(self.clock())
        if isinstance(answer, NoResponse):
            raise ServiceUnavailable(f"{answer.detail}.")
        return Response(answer.body, answer.status, mimetype="application/json")
