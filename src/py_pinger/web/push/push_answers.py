"""What the senders of pushes are answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Self

from py_pinger.core.push.protocol import BODY_LIMIT
from py_pinger.web.http.loop_app import LoopResponse
from py_pinger.web.http.messages import SECURITY_HEADERS

# Seconds after which a sender may try again when its report could not be stored.
TRY_AGAIN: Final = 5

_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")


def _response(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> LoopResponse:
    return LoopResponse.of(
        status, text.encode("utf-8", "replace"), (*SECURITY_HEADERS.items(), _TEXT, *headers)
    )


# As healthchecks has it: pages of other sites may push from browsers. The URL is the secret, not a cookie.
_ANY_ORIGIN: Final = ("Access-Control-Allow-Origin", "*")

# Made once: most pushes are answered by the first.
ACCEPTED: Final = _response(HTTPStatus.OK, "OK", BODY_LIMIT, _ANY_ORIGIN)
NOT_FOUND: Final = _response(HTTPStatus.NOT_FOUND, "not found")
NOT_STORED: Final = _response(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The report could not be stored; send it again.",
    ("Retry-After", str(TRY_AGAIN)),
)


class PushAnswer(Exception):  # noqa: N818 - it carries a response out of the steps that lead to it
    """The response to a push that is not to be stored: a status, a line of text, and further headers."""

    def __init__(self, status: HTTPStatus, text: str, *headers: tuple[str, str]) -> None:
        super().__init__(text)
        self.response = _response(status, text, *headers)

    @classmethod
    def of(cls, response: LoopResponse) -> Self:
        """Return the exception that carries a response."""
        answer = cls.__new__(cls)
        answer.response = response
        return answer
