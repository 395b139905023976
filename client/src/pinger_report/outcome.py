"""How a run ended: the exception that left it, or what it said itself."""

from __future__ import annotations

from typing import NamedTuple

# Characters that Py Pinger keeps of a reason.
REASON_LENGTH = 1000


class Outcome(NamedTuple):
    """The result of a run; `code` and `log` only of commands."""

    ok: bool
    reason: str | None = None
    code: int = 0
    log: str | None = None


def outcome_of(error: BaseException | None, failure: str | None, reason: str | None) -> Outcome:
    """Return the outcome of a run that an exception left, or none, by what it said of itself.

    A run is ok if it ends normally, by SystemExit(0), or because a generator is not read to its end.
    """
    if error is not None and not _is_success(error):
        return Outcome(ok=False, reason=_reason_of(error))
    if failure is not None:
        return Outcome(ok=False, reason=failure)
    return Outcome(ok=True, reason=reason)


def text(value: object) -> str | None:
    """Return a reason as text in UTF-8, cut to what Py Pinger keeps; None if there is none."""
    if value is None:
        return None
    return str(value).encode("utf-8", "replace").decode()[:REASON_LENGTH]


def _is_success(error: BaseException) -> bool:
    if isinstance(error, SystemExit):
        return error.code is None or error.code == 0
    return isinstance(error, GeneratorExit)


def _reason_of(error: BaseException) -> str:
    """Return the class and the first line of an exception."""
    name = type(error).__name__
    try:
        first = str(error).strip().partition("\n")[0]
    except Exception:  # noqa: BLE001 - the text of an exception may fail as any other code of a task
        first = ""
    return text(f"{name}: {first}" if first else name) or name
