"""The description of the routes of pushes, held against the real answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from itertools import count
from typing import Any

import hypothesis
import orjson
import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis.core.result import Ok as Described
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.push import PushedReport, Receipt
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.web import LoginState, PageSettings, create_app
from py_pinger.web.push.push_app import PushAccess
from py_pinger.web.push.push_gate import PushThrottle

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

DOCUMENT = orjson.loads(files("py_pinger.web.push").joinpath("openapi.json").read_bytes())
KEY = "0123456789-abcdefghij"
TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
HOURLY = Expectations(timedelta(hours=1))
TASKS = (
    Task("push:job", "push:job", push=PushIdentity("job"), expectations=HOURLY),
    Task("push:own", "push:own", push=PushIdentity("own", TOKEN), expectations=HOURLY),
)
# A request that is fine by the document may be for another task, and 503 has the sender repeat it.
UNFIT = [schemathesis.checks.not_a_server_error, positive_data_acceptance, ignored_auth]


class FakeInbox:
    """Answers each push with one receipt."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        """Answer a push."""
        assert push.url in {"push:job", "push:own"}
        answer(self.receipt)


def app(receipt: Receipt) -> Flask:
    """Return the app with the routes; time passes quickly, so that nobody has to wait."""
    hours = count(step=3600)
    access = PushAccess(TASKS, FakeInbox(receipt), PushThrottle(), KEY)
    settings = PageSettings([], push=access)
    return create_app(FakeDataSource(), settings, lambda: NOW, LoginState(lambda: next(hours)))


@pytest.mark.parametrize(
    ("receipt", "codes"), [(Receipt.STORED, {200, 404}), (Receipt.FAILED, {404, 503})], ids=["well", "ill"]
)
def test_the_answers_are_as_described(receipt: Receipt, codes: set[int]) -> None:
    """Whatever is sent by the document is answered by it: codes, types and headers."""
    few = hypothesis.settings(max_examples=5, deadline=None, database=None, derandomize=True)
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = app(receipt)
    found: set[int] = set()

    def ask(case: schemathesis.Case[Any], secrets: str) -> None:
        headers = {}
        if secrets == "right":
            names = {"secret": TOKEN if case.path == "/ping/{secret}" else KEY, "slug": "job"}
            case.path_parameters.update({name: names[name] for name in names if name in case.path_parameters})
            headers = {"Authorization": f"Bearer {KEY}"}
        answer = case.call(headers=headers)
        found.add(answer.status_code)
        case.validate_response(answer, excluded_checks=[*UNFIT])

    for result in schema.get_all_operations():
        assert isinstance(result, Described)
        few(hypothesis.given(result.ok().as_strategy(), st.sampled_from(["right", "wrong"]))(ask))()
    # JSON that breaks the contract, and ids that are not UUIDs, come up as well.
    assert codes <= found <= codes | {400}


def test_the_examples_of_bodies_are_accepted() -> None:
    """A task that sends the example of a route is answered by 200."""
    client, codes = app(Receipt.STORED).test_client(), []
    for path, item in DOCUMENT["paths"].items():
        own = path.startswith("/ping/{secret}") and "{slug}" not in path
        names = {"{secret}": TOKEN if own else KEY, "{slug}": "job", "{signal}": "fail"}
        target = re.sub(r"{\w+}", lambda found: names[found[0]], path)  # noqa: B023 - used at once
        example = item["post"]["requestBody"]["content"]["application/json"]["example"]
        answer = client.post(target, json=example, headers={"Authorization": f"Bearer {KEY}"})
        codes.append(answer.status_code)
    assert codes == [200] * len(DOCUMENT["paths"])
