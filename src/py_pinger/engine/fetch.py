"""Asking a task's page: redirects, credentials and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Self

from py_pinger.core.address import mask
from py_pinger.core.model import Answer, NoAnswer, Page, Task, Trouble
from py_pinger.core.wording import clean, cut
from py_pinger.engine.auth import Token, TokenSource
from py_pinger.engine.trouble import Diagnosis
from py_pinger.engine.wire import Deadline, Redirect, Reply, Url, Wire, parsed

MAX_REDIRECTS = 5
REFUSALS = frozenset({401, 403})

# Characters of a foreign address in a sentence.
ADDRESS_LENGTH = 200

NO_HEADERS: Mapping[str, str] = {}


class Fetcher:
    """Asks for pages of at most `max_body` bytes, with a token where tasks are behind one."""

    def __init__(self, max_body: int, tokens: TokenSource | None = None) -> None:
        self._wire = Wire(max_body)
        self._tokens = tokens

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; what is under way ends as an answer that never came."""
        await self._wire.close()

    async def fetch(self, task: Task) -> Answer:
        """Ask a task once; nothing that the network or the server does raises."""
        if self._tokens is None:
            return (await self._attempt(task, None))[0]
        return await self._fetch_with_token(task, self._tokens)

    async def _fetch_with_token(self, task: Task, tokens: TokenSource) -> Answer:
        token = await tokens.token()
        if isinstance(token, Diagnosis):
            return _no_answer(token)
        answer, refused = await self._attempt(task, token)
        if not refused:
            return answer
        renewed = await tokens.token(refused=token)
        if isinstance(renewed, Diagnosis):
            return _no_answer(renewed)
        return answer if renewed is token else (await self._attempt(task, renewed))[0]

    async def _attempt(self, task: Task, token: Token | None) -> tuple[Answer, bool]:
        """Return the answer, and whether it is the refusal of what we showed."""
        deadline = Deadline(task.timeout, monotonic())
        try:
            start, headers = parsed(task.address)
        except ValueError as flaw:
            return NoAnswer(Trouble.NETWORK, f"the address is not a URL: {flaw}", timedelta(0)), False
        if token is not None and headers and token.header.lower() == "authorization":
            # One header carries one secret, and the URL's own is the one that was meant for this page.
            token = None
        if token is not None:
            headers[token.header] = token.value
        url, outcome = await self._follow(start, headers, deadline)
        if isinstance(outcome, Diagnosis):
            return NoAnswer(outcome.trouble, outcome.detail, deadline.spent()), False
        refused = token is not None and outcome.status in REFUSALS and _same_origin(url, start)
        return Page(outcome.status, outcome.body, deadline.spent()), refused

    async def _follow(
        self, start: Url, headers: Mapping[str, str], deadline: Deadline
    ) -> tuple[Url, Reply | Diagnosis]:
        url = start
        for _ in range(MAX_REDIRECTS + 1):
            own = headers if url is start or _same_origin(url, start) else NO_HEADERS
            outcome = await self._wire.get(url, own, deadline)
            if not isinstance(outcome, Redirect):
                return url, outcome
            target = _target(url, outcome.location)
            if isinstance(target, Diagnosis):
                return url, target
            url = target
        return url, Diagnosis(Trouble.REDIRECTS, f"more than {MAX_REDIRECTS} redirects")


def _no_answer(diagnosis: Diagnosis) -> NoAnswer:
    return NoAnswer(diagnosis.trouble, diagnosis.detail, timedelta(0))


def _same_origin(one: Url, other: Url) -> bool:
    return one.origin_ascii == other.origin_ascii


def _target(url: Url, location: str | None) -> Url | Diagnosis:
    """Return where a redirect leads; credentials that the server put there are dropped."""
    if not location:
        return Diagnosis(Trouble.REDIRECTS, "redirected without saying where")
    shown = cut(clean(mask(location)), ADDRESS_LENGTH)
    try:
        target = url.join(location)
    except ValueError as flaw:
        return Diagnosis(Trouble.REDIRECTS, f"redirected to {shown}, which is not a URL: {flaw}")
    if target.scheme not in {"http", "https"}:
        return Diagnosis(Trouble.REDIRECTS, f"redirected to {shown}, which is not http or https")
    return target.with_username("").with_password(None)
