"""The sample task pages: what is true of each, as Py Pinger itself judges it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from orjson import loads

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import Cause, Response, Status
from py_pinger.web.pages.samples import SAMPLES, SamplePages

AppFor = Callable[..., Flask]


def samples_at(now: datetime, sleep: Callable[[float], None]) -> FlaskClient:
    """Return a client of the sample pages alone, at a time and without real waiting."""
    app = Flask("py_pinger.web.app")
    SamplePages(lambda: now, sleep).install(app)
    return app.test_client()


MOMENTS = [
    datetime(2026, 11, 22, hour, minute, second, tzinfo=UTC)
    for hour, minute, second in [(0, 0, 0), (0, 3, 7), (1, 59, 59), (10, 7, 12), (23, 0, 0), (23, 59, 59)]
]

EXPECTED = {
    "healthy": (Status.OK, None, "Invoice import", "app-1"),
    "late": (Status.ERROR, Cause.LATE, "Nightly report", "app-1"),
    "failing": (Status.ERROR, Cause.FAILED, "Database backup", "db-1"),
    "asleep": (Status.SLEEPING, None, "Order export", "app-2"),
    "clock": (Status.ERROR, Cause.CLOCK, "Price update", "app-2"),
    "broken": (Status.ERROR, Cause.INVALID, None, None),
    "http-500": (Status.ERROR, Cause.HTTP, "Mail queue", "mail-1"),
    "slow": (Status.OK, None, "Search index", "search-1"),
}
REASONS = {
    "failing": "Disk full: 0 bytes left on /var/backups",
    "http-500": "HTTP 500 Internal Server Error: The queue's database does not answer",
}


@pytest.mark.parametrize("now", MOMENTS, ids=str)
@pytest.mark.parametrize("slug", SAMPLES)
def test_each_sample_shows_what_it_is_there_for(slug: str, now: datetime) -> None:
    """At any time of day a sample is judged as its name says, without a warning."""
    answer = samples_at(now, lambda _: None).get(f"/sample/{slug}")
    verdict = evaluate(Response(answer.status_code, answer.data, timedelta(0)), now, timedelta(0))
    assert (verdict.status, verdict.cause, verdict.process, verdict.server) == EXPECTED[slug]
    assert verdict.warnings == ()
    assert REASONS.get(slug) in (verdict.reason, None)


def test_only_the_slow_one_takes_its_time() -> None:
    """The slow sample takes three seconds, the others none."""
    naps: list[float] = []
    client = samples_at(MOMENTS[0], naps.append)
    for slug in SAMPLES:
        client.get(f"/sample/{slug}")
    assert dict(zip(SAMPLES, naps, strict=True)) == {**dict.fromkeys(SAMPLES, 0), "slow": 3}


def test_the_samples_are_listed(app_for: AppFor) -> None:
    """`/sample/` names each sample and what it shows, to programs and to people."""
    client = app_for(samples=True).test_client()
    listed = loads(client.get("/sample/").data)["data"]
    page = client.get("/sample/", headers={"Accept": "text/html"}).text
    assert [each["path"] for each in listed] == [f"/sample/{slug}" for slug in SAMPLES]
    assert [each["shows"] in page and f'href="{each["path"]}"' in page for each in listed] == [True] * len(
        SAMPLES
    )


def test_an_unknown_sample_is_not_found(app_for: AppFor) -> None:
    """A sample that does not exist is 404, with a hint."""
    answer = app_for(samples=True).test_client().get("/sample/none")
    assert (answer.status_code, answer.json) == (
        404,
        {"error": "This sample does not exist; /sample/ lists the samples."},
    )
