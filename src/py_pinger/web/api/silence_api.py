"""Silences for programs: `/api/silences`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Flask, Response, url_for
from werkzeug.exceptions import BadRequest

from py_pinger.core.suppression.silence import Silence, TaskLabels
from py_pinger.core.text.durations import parse_duration
from py_pinger.web.api.api_requests import read_moment, read_object, read_text
from py_pinger.web.http.messages import as_json
from py_pinger.web.pages.actions import Actions
from py_pinger.web.view.silence_rows import silence_row

_KEYS: Final = ("pattern", "duration", "ends", "why")

# Matching tasks that a response lists.
_MOST_LISTED: Final = 100


@dataclass(frozen=True)
class SilenceApi:
    """The routes by which programs list, create and end silences."""

    actions: Actions

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/api/silences", "api_silences", self.silences)
        app.add_url_rule("/api/silences", "api_create_silence", self.create, methods=["POST"])
        app.add_url_rule("/api/silences/<int:number>", "api_silence", self.silence)
        app.add_url_rule("/api/silences/<int:number>", "api_end_silence", self.end, methods=["DELETE"])

    def silences(self) -> Response:
        """Return the active silences."""
        active = self.actions.context.data.active_silences().silences
        return as_json({"data": [silence_row(each) for each in active]})

    def silence(self, number: int) -> Response:
        """Return an active silence."""
        return as_json({"data": silence_row(self.actions.silence(number))})

    def create(self) -> Response:
        """Create a silence, and return it with the tasks that it matches now."""
        values = read_object(_KEYS)
        ends = self._end(values)
        made = self.actions.create_silence(read_text(values, "pattern"), ends, read_text(values, "why"))
        urls = self._matching(made)
        listed = {"tasks": urls[:_MOST_LISTED], "total": len(urls)}
        response = as_json({"data": silence_row(made), **listed}, 201)
        response.headers["Location"] = url_for("api_silence", number=made.id)
        return response

    def end(self, number: int) -> Response:
        """End a silence."""
        self.actions.end_silence(number)
        return Response(status=204)

    def _matching(self, silence: Silence) -> list[str]:
        tasks = self.actions.context.data.tasks()
        return [each.url for each in tasks if silence.matches(TaskLabels.of(each).all())]

    def _end(self, values: Mapping[str, Any]) -> datetime:
        duration, ends = read_text(values, "duration"), read_text(values, "ends")
        if bool(duration) == bool(ends):
            raise BadRequest('Specify either "duration", such as "90m", or "ends", a time in ISO 8601.')
        try:
            if ends:
                return read_moment("ends", ends)
            length = parse_duration(duration)
            if length is None:
                raise BadRequest("duration: the value is not a duration; use for example 90m, 2h or 1d.")
            return self.actions.context.clock() + length
        except OverflowError:
            raise BadRequest("duration: the value is too large; use for example 90m, 2h or 1d.") from None
