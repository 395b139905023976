"""What a developer does wrong most often: the sentence for it is in `check`, on the page and in messages."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import quote

import orjson
import pytest
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.check_output import print_results
from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Check, Response, Status
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.notification.message import compose
from py_pinger.core.times import ZERO
from py_pinger.web import LoginState, PageSettings, create_app

URL = "https://my-backend.com/task"
TASK = Task(URL, URL)
HOST = b"Invalid HTTP_HOST header: 'app:8000'. You may need to add 'app' to ALLOWED_HOSTS."


def page(**keys: object) -> Response:
    """Return a sound page with other keys."""
    sound = {"status": "ok", "lastrun": f"{NOW - timedelta(minutes=1):%FT%TZ}", "frequency": 10}
    return Response(200, orjson.dumps(sound | keys), ZERO)


# The response, a part of the reason, and a part of the sentence that says what to do.
MISTAKES = {
    "a login page": (
        Response(200, b"<!doctype html><title>Sign in</title>", ZERO, redirected="/login"),
        "redirected to /login, which is HTML",
        "[token_auth]",
    ),
    "a host that Django rejects": (Response(400, HOST, ZERO), "You may need to add 'app'", "ALLOWED_HOSTS"),
    "another 400": (
        Response(400, b"no such queue", ZERO),
        "400 Bad Request: no such queue",
        "correct the host",
    ),
    "success": (page(status="success"), 'status "success"', 'write "ok" instead of "success"'),
    "true": (page(status=True), "status true", 'write "ok" instead of true'),
    "local time": (
        page(lastrun=f"{NOW + timedelta(minutes=59):%FT%T}"),
        "ahead of now",
        "Europe/Berlin",
    ),
    "a list": (Response(200, b'[{"name": "a", "lastrun": 1}]', ZERO), "not a JSON object", "[page NAME]"),
    "milliseconds": (page(lastrun=int(NOW.timestamp() * 1000)), "out of range", "divide them by 1000"),
}


@pytest.mark.parametrize(("response", "reason", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_what_to_do_is_said_everywhere(
    response: Response, reason: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reason and remedy are in the output of `check`, on the page of the task and in the message."""
    verdict = evaluate(response, NOW, ZERO)
    step = advance(TASK, TaskState(), Check(verdict, NOW, ZERO))
    data = FakeDataSource([TaskSnapshot(URL, None, step.state)])
    app = create_app(data, PageSettings([URL]), lambda: NOW, LoginState())
    shown = app.test_client().get(f"/task/{quote(URL, safe='')}", headers={"Accept": "text/html"}).text
    print_results([CheckResult(TASK, verdict, verdict.reason or "", ZERO)])
    message = "\n".join(compose(step.notices[0]).lines)
    for text in capsys.readouterr().out, unescape(shown), message:
        assert reason in text
        assert remedy in text


def test_a_duration_in_iso_8601_is_read() -> None:
    """A frequency such as PT1H is no mistake."""
    verdict = evaluate(page(frequency="PT1H"), NOW, ZERO)
    assert (verdict.status, verdict.frequency) == (Status.OK, timedelta(hours=1))
