"""Routing in the real program: channels of several kinds, each with its part of the notices."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from standardwebhooks import Webhook
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE="

Told = Counter[tuple[str, str | None]]


def told(hook: Server) -> Told:
    """Return how often each notice came, by kind and task; each message has to be signed."""
    notices: Told = Counter()
    for request in list(hook.requests):
        body = Webhook(SECRET).verify(request.body, dict(request.headers))
        notices.update((each["kind"], each["url"]) for each in body["data"]["notices"])
    return notices


def once(*urls: str) -> Told:
    """Return True if a failure of each of these tasks and its end were notified once."""
    return Counter((kind, url) for url in urls for kind in ("failed", "recovered"))


def test_each_channel_gets_its_part(tmp_path: Path) -> None:
    """Routing by tasks and causes; a failing URL of apprise repeats nothing at the other one."""
    with (
        Server(says(report())) as tasks,
        Server(says(b"")) as everything,
        Server(says(b"")) as billing,
        Server(says(b"")) as late,
        Server(says(b"", "500 Internal Server Error")) as broken,
        Server(says(b"")) as chat,
    ):
        bill, shop = tasks.url("/billing"), tasks.url("/shop")
        urls = ",".join(each.origin.replace("http", "json", 1) for each in (broken, chat))
        write_ini(
            tmp_path,
            watching(bill, shop),
            {"webhook": {"url": everything.url("/hook"), "secret": SECRET}},
            {"webhook billing": {"url": billing.url("/hook"), "secret": SECRET, "tasks": "*/BILLING"}},
            {"webhook late": {"url": late.url("/hook"), "secret": SECRET, "causes": "late"}},
            {"apprise": {"urls": urls, "tasks": "*/shop"}},
        )
        with Pinger(tmp_path) as pinger:
            eventually(lambda: told(everything).total() == 1, "the greeting")
            tasks.otherwise = says(failing())
            eventually(lambda: len(chat.requests) == 1, "the alert in the chat")
            eventually(lambda: told(everything).total() == 3, "the alerts")
            tasks.otherwise = says(report())
            eventually(lambda: len(chat.requests) == 2, "the end in the chat")
            eventually(lambda: told(everything).total() == 5, "the ends")
            eventually(lambda: told(billing) == once(bill), "the end of the one for billing")
            channels = {each["name"]: each for each in pinger.get("/health").json["data"]["channels"]}
            assert pinger.stop() == 0
        own = Counter({("started", None): 1, ("stopped", None): 1})
        assert told(everything) == once(bill, shop) + own
        assert told(billing) == once(bill)
        assert late.requests == []
        assert [request.json["type"] for request in chat.requests] == ["failure", "success"]
        assert len(broken.requests) >= 2
        assert (channels["apprise"]["delivered"], channels["apprise #2"]["delivered"]) == (0, 2)
        assert channels["apprise"]["last_error"] == (
            "URL 1 of [apprise] (json) answered HTTP 500 Internal Server Error"
        )
