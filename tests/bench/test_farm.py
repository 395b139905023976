"""The farm's servers behave as each page's kind says, and tell what they have seen."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from bench.eventually import eventually
from bench.farm import Expected, Farm, Kind, Page
from bench.farm.farm import wrong_notices, wrong_verdicts
from bench.farm.hostile_pages import SLOWNESS
from bench.lateness import read_arrivals

pytestmark = pytest.mark.usefixtures("_nginx")


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    """Yield a farm with a page of each kind."""
    with Farm(dict.fromkeys(Kind, 1), 2, arrivals=True) as farm:
        yield farm


def page_of(farm: Farm, kind: Kind) -> Page:
    """Return the farm's page of a kind."""
    return next(page for page in farm.pages if page.kind is kind)


def asked(farm: Farm, kind: Kind, patience: float = 5.0) -> dict[str, object]:
    """Return what a page says, with the farm's certificate trusted."""
    trusting = ssl.create_default_context(cafile=farm.certificate.chain)
    url = page_of(farm, kind).url
    with urllib.request.urlopen(url, timeout=patience, context=trusting) as answer:  # noqa: S310 - of the farm
        said: dict[str, object] = json.load(answer)
    return said


@pytest.mark.parametrize("kind", [Kind.HEALTHY, Kind.SECURE, Kind.SWITCHED, Kind.SLOW])
def test_healthy_pages_have_run_within_ten_minutes(farm: Farm, kind: Kind) -> None:
    """Pages that are well stay so: their last run is the last full ten minutes."""
    said = asked(farm, kind)
    ran = datetime.fromisoformat(str(said["lastrun"]))
    assert said["status"] == "ok"
    assert (ran.minute % 10, ran.second) == (0, 0)
    assert timedelta(0) <= datetime.now(UTC) - ran < timedelta(minutes=11)


def test_a_slow_page_takes_its_time(farm: Farm) -> None:
    """The answer of a slow page does not come before it should."""
    began = monotonic()
    asked(farm, Kind.SLOW)
    assert monotonic() - began >= SLOWNESS * 0.9


def test_an_unavailable_page_answers_503(farm: Farm) -> None:
    """A page may be whole, and its status an error."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        asked(farm, Kind.UNAVAILABLE)
    with closing(refusal.value):
        assert refusal.value.code == 503


def test_pages_that_do_not_answer(farm: Farm) -> None:
    """A refusing page refuses, a closing one closes, a hanging one says nothing."""
    with pytest.raises(urllib.error.URLError, match="refused"):
        asked(farm, Kind.REFUSING)
    with pytest.raises(http.client.RemoteDisconnected):
        asked(farm, Kind.CLOSING)
    with pytest.raises(TimeoutError):
        asked(farm, Kind.HANGING, patience=0.1)


def test_a_page_is_switched(farm: Farm) -> None:
    """A switched page fails from then on, tells when it first said so, and what is due follows."""
    page = page_of(farm, Kind.SWITCHED)
    changed = farm.switch([page], failing=True)
    assert page.path not in farm.hostile.served
    assert asked(farm, Kind.SWITCHED)["status"] == "error"
    assert farm.hostile.served[page.path] >= changed
    assert farm.expected[page.url] == Expected("error", "failed", ("failed",))
    farm.switch([page], failing=False)
    assert asked(farm, Kind.SWITCHED)["status"] == "ok"
    assert farm.expected[page.url] == Expected("ok", None, ("failed", "recovered"))


def test_requests_are_counted(farm: Farm) -> None:
    """Each request for a page counts once, whichever server had it; asking for the count does not."""
    before = farm.requests()
    asked(farm, Kind.HEALTHY)
    asked(farm, Kind.SWITCHED)
    assert farm.requests() == before + 2


def test_arrivals_are_noted(farm: Farm) -> None:
    """When a healthy page was asked for stands in the log, by the page's number."""
    number = page_of(farm, Kind.HEALTHY).number
    earlier = len(read_arrivals(farm.nginx.arrivals).get(number, ()))
    asked(farm, Kind.HEALTHY)
    eventually(lambda: len(read_arrivals(farm.nginx.arrivals).get(number, ())) > earlier, "the log")


def test_plain_pages_can_be_held(farm: Farm) -> None:
    """While they are held nothing is answered, and afterwards all is."""
    with farm.nginx.held(), pytest.raises(TimeoutError):
        asked(farm, Kind.HEALTHY, patience=0.1)
    assert asked(farm, Kind.HEALTHY)["status"] == "ok"


def test_wrong_verdicts_are_reported() -> None:
    """A missing verdict, another one, and one on a page that does not exist are each reported."""
    expected = {"a": Expected("ok"), "b": Expected("error", "late"), "c": Expected("ok")}
    verdicts = {"b": ("error", "http"), "c": ("ok", None), "d": ("ok", None)}
    assert list(wrong_verdicts(expected, verdicts)) == [
        "a: the verdict is None, right is ('ok', None)",
        "b: the verdict is ('error', 'http'), right is ('error', 'late')",
        "d is watched, but the farm has no such page",
    ]


def test_wrong_notices_are_reported() -> None:
    """A missing notice and one too many are each reported."""
    expected = {"a": Expected("error", "late", ("failed",)), "b": Expected("ok"), "c": Expected("ok")}
    assert list(wrong_notices(expected, {"b": ("failed",)})) == [
        "a: the notices are (), due are ('failed',)",
        "b: the notices are ('failed',), due are ()",
    ]
