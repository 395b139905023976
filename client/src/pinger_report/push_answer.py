"""What a server's answer to a push means."""

from __future__ import annotations

from pinger_report.push import NO_RESPONSE, PushResult
from pinger_report.warn import cause_of

ACCEPTED = PushResult(accepted=True)

# Bytes of an answer that are shown.
SENTENCE_LENGTH = 300

# Answers after which another try may succeed: timeout, too many requests, and all errors of the server.
_TRY_LATER = {408, 429}
_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
_BAD_REQUEST = 400
_NOT_FOUND = 404
NOT_FOUND_HINT = "correct the push address, or add a task with this slug to pinger.ini"


def refused(code: int, text: bytes) -> PushResult:
    """Return the result of an answer that is not a success; `text` is its body if that is plain text."""
    again = code in _TRY_LATER or code >= _SERVER_ERROR
    hint = "; correct the push address, which is redirected" if code in _REDIRECTS else ""
    if code == _NOT_FOUND:
        hint = f"; {NOT_FOUND_HINT}"
    if code == _BAD_REQUEST:
        # What Py Pinger says is wrong with a report.
        sentence = text.decode("utf-8", "replace").strip()
        hint = f": {sentence}" if sentence and sentence.isprintable() else ""
    return PushResult(accepted=False, again=again, why=f"HTTP {code}{hint}")


def failed(error: BaseException) -> PushResult:
    """Return the result of an exchange without an answer."""
    # Before Python 3.10 the timeout of a socket has a class that is not TimeoutError.
    timed_out = isinstance(error, TimeoutError) or type(error).__name__ == "timeout"
    return NO_RESPONSE if timed_out else PushResult(accepted=False, again=True, why=cause_of(error))
