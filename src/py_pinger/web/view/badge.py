"""Badges: a label and a value in a small picture, for a README or a wiki."""

from __future__ import annotations

from dataclasses import dataclass

from py_pinger.core.model.check import Status
from py_pinger.core.text.formatting import clean
from py_pinger.web.view.filters import percent

# Characters; a badge stands in a line of text.
LABEL_LENGTH = 40

# Pixels around a text, and typical widths of characters at 11 px; the browser stretches the text to fit.
_PADDING = 6
_NARROW, _USUAL, _WIDE = 4.0, 6.6, 9.5
_NARROW_ONES = frozenset("ijlftr.,:;|!'()[] -")
_WIDE_ONES = frozenset("mwMW%@—…")

_COLOURS = {
    Status.OK.value: "#1a7f37",
    Status.ERROR.value: "#b42318",
    Status.SLEEPING.value: "#4a5fb0",
    Status.UNKNOWN.value: "#8a5a00",
}
_GREY = "#59636e"
# Percent of uptime from which a badge is green, and from which it is amber.
_GOOD, _FAIR = 0.99, 0.95


@dataclass(frozen=True, slots=True)
class Badge:
    """A label and a value with their colour, and how wide each text is in pixels."""

    label: str
    value: str
    colour: str
    label_text: int
    value_text: int

    @property
    def left(self) -> int:
        """The width of the label's part."""
        return self.label_text + 2 * _PADDING

    @property
    def width(self) -> int:
        """The width of the whole badge."""
        return self.left + self.value_text + 2 * _PADDING


def status_badge(label: str, status: str) -> Badge:
    """Return the badge of a task's status."""
    return _badge(label, status, _COLOURS.get(status, _GREY))


def uptime_badge(label: str, days: int, share: float | None) -> Badge:
    """Return the badge of a task's uptime over some days; `share` is None without history."""
    label = f"{label} {days} d"
    if share is None:
        return _badge(label, "no history yet", _GREY)
    status = Status.OK if share >= _GOOD else Status.UNKNOWN if share >= _FAIR else Status.ERROR
    return _badge(label, percent(share), _COLOURS[status])


def blank_badge() -> Badge:
    """Return the badge of a task that is not monitored."""
    return _badge("task", "not monitored", _GREY)


def _badge(label: str, value: str, colour: str) -> Badge:
    label = clean(label, LABEL_LENGTH)
    return Badge(label, value, colour, _width(label), _width(value))


def _width(text: str) -> int:
    return round(sum(map(_advance, text)))


def _advance(character: str) -> float:
    if character in _NARROW_ONES:
        return _NARROW
    return _WIDE if character in _WIDE_ONES or not character.isascii() else _USUAL
