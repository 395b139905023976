"""The ping protocol of healthchecks, and our own route: what the URL of a push says.

`/ping/<key>/<slug>` and `/ping/<uuid>`, each followed by nothing, `/start`, `/fail`, `/log` or an exit code
from 0 to 255; `/report/<slug>` with the same suffixes, and the key in a header. The answers are those of
healthchecks, by which clients decide whether they try again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from py_pinger.core.model.push import LOG_KEPT, PushKind
from py_pinger.core.push.routes import PING_ROUTE, REPORT_ROUTE

# How much of a body is kept, for clients that cut their logs to it.
BODY_LIMIT: Final = ("Ping-Body-Limit", str(LOG_KEPT))

METHODS: Final = ("GET", "HEAD", "POST")

# The shortest key.
SHORTEST_KEY: Final = 20
# Characters.
LONGEST_SLUG: Final = 100

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SLUG: Final = re.compile(rf"[a-z0-9_-]{{1,{LONGEST_SLUG}}}")
_EXIT_CODE: Final = re.compile(r"[0-9]{1,9}")
_LARGEST_CODE: Final = 255
_KINDS: Final = {
    "": PushKind.SUCCESS,
    "start": PushKind.START,
    "fail": PushKind.FAIL,
    "log": PushKind.LOG,
}


@dataclass(frozen=True, slots=True)
class PushTarget:
    """The task that a URL names: by its `token`, or by a `key` and its `slug`; and what is said of it."""

    kind: PushKind
    token: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    slug: str | None = None
    exit_code: int | None = None

    @property
    def has_invalid_code(self) -> bool:
        """Whether its exit code is above 255."""
        return self.exit_code is not None and self.exit_code > _LARGEST_CODE


def read_ping(path: str) -> PushTarget | None:
    """Return what a path below `/ping/` says; None if it is not one of a push."""
    first, *rest = path.removeprefix(PING_ROUTE).split("/")
    # One slash at the end means nothing.
    if rest and rest[-1] == "":
        rest.pop()
    if is_uuid(first):
        kind, code, valid = _suffix(rest)
        return PushTarget(kind, token=first.lower(), exit_code=code) if valid else None
    if not first or not rest or not is_slug(rest[0]):
        return None
    kind, code, valid = _suffix(rest[1:])
    return PushTarget(kind, key=first, slug=rest[0], exit_code=code) if valid else None


def read_report_route(path: str, key: str | None) -> PushTarget | None:
    """Return what a path below `/report/` says, with the key of its header; None if it names no task."""
    slug, *rest = path.removeprefix(REPORT_ROUTE).split("/")
    kind, code, valid = _suffix(rest)
    return PushTarget(kind, key=key, slug=slug, exit_code=code) if key and valid and is_slug(slug) else None


def is_uuid(text: str) -> bool:
    """Return True if a text is a UUID."""
    return bool(_UUID.fullmatch(text))


def is_slug(text: str) -> bool:
    """Return True if a text can be a task's slug."""
    return bool(_SLUG.fullmatch(text))


def _suffix(rest: list[str]) -> tuple[PushKind, int | None, bool]:
    """Return what the last part of a path says, and whether it is one of those that are known."""
    text = rest[0] if rest else ""
    if len(rest) > 1 or (rest and not text):
        return PushKind.LOG, None, False
    if text in _KINDS:
        return _KINDS[text], None, True
    if not _EXIT_CODE.fullmatch(text):
        return PushKind.LOG, None, False
    code = int(text)
    return PushKind.FAIL if code else PushKind.SUCCESS, code, True
