"""The kinds of pages: what each says, and whether the farm is right about what is right."""

from datetime import UTC, datetime, timedelta

import pytest
from bench.farm.page import EXPECTED, PLAIN, Kind, addresses, body, last_round_run, mixed, path_of

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import Response

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
NO_TIME = timedelta(0)


@pytest.mark.parametrize("kind", sorted(PLAIN))
@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=2)])
def test_the_rules_agree_with_what_is_expected(kind: Kind, later: timedelta) -> None:
    """What the farm holds right of a page is what the rules say, when it starts and hours later."""
    says = body(kind, last_round_run(NOW + later), NOW)
    page = Response(503 if kind is Kind.UNAVAILABLE else 200, says.encode(), NO_TIME)
    verdict = evaluate(page, NOW + later, grace=NO_TIME)
    assert (verdict.status, verdict.cause) == (EXPECTED[kind].status, EXPECTED[kind].cause)


def test_each_kind_is_expected_to_be_something() -> None:
    """No kind of page goes without a right verdict, and whatever is in error is told once."""
    assert set(EXPECTED) == set(Kind)
    assert {right.notices for right in EXPECTED.values() if right.status == "error"} == {("failed",)}


def test_a_mix_is_spread_evenly() -> None:
    """The rare kinds do not stand together at the end."""
    mix = {Kind.HEALTHY: 6, Kind.LATE: 2}
    assert [kind.value[0] for kind in mixed(mix)] == ["h", "h", "l", "h", "h", "h", "l", "h"]


def test_addresses_differ() -> None:
    """Each address is another one, all of loopback and none of them a network's first or last."""
    found = addresses(70_000)
    assert len(set(found)) == 70_000
    assert found[0] == "127.1.1.1"
    assert found[-1] == "127.2.30.250"


def test_a_path_names_kind_and_number() -> None:
    """A page's path tells its server how to behave, and the log whose page it is."""
    assert path_of(Kind.LATE, 7) == "/late/7"
