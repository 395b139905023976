"""`pinger tasks`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection

import orjson
import pytest
from tests.cli.conftest import snapshots
from tests.support.pinger_command import pinger

from py_pinger.web import WebServer

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

Serve = Callable[..., WebServer]


def told_by(server: WebServer) -> list[dict[str, object]]:
    """Return what the API tells of the tasks."""
    connection = HTTPConnection(server.host, server.port)
    with closing(connection):
        connection.request("GET", "/")
        told: list[dict[str, object]] = orjson.loads(connection.getresponse().read())["data"]
    return told


def test_json_is_what_the_api_says(serve: Serve) -> None:
    """With --json each task has all the keys that the API gives, with the same values in the same order."""
    server = serve(*snapshots())
    result = pinger("tasks", "--json", "--url", server.url)
    told = told_by(server)
    assert (result.exit_code, result.stderr) == (0, "")
    assert orjson.loads(result.stdout) == told
    assert [list(row) for row in orjson.loads(result.stdout)] == [list(row) for row in told]


def test_csv_has_the_same_keys(serve: Serve) -> None:
    """With --csv the API's keys are the heading; lists are JSON, and what is not known is empty."""
    server = serve(*snapshots())
    result = pinger("tasks", "--csv", "--url", server.url, "import")
    assert (result.exit_code, result.stderr) == (0, "")
    (row,) = csv.DictReader(result.stdout.splitlines())
    told = told_by(server)[1]
    assert list(row) == list(told)
    assert {key: value for key, value in row.items() if key not in {"warnings", "errors", "pings"}} == {
        key: "" if value is None else str(value)
        for key, value in told.items()
        if key not in {"warnings", "errors", "pings"}
    }
    assert (row["warnings"], row["errors"], row["pings"]) == ('["frequency is a text"]', "0", "0")


def test_csv_holds_no_formula(serve: Serve) -> None:
    """What a spreadsheet would take for a formula has a quote before it."""
    result = pinger("tasks", "--csv", "--url", serve(*snapshots()).url, "=*")
    (row,) = csv.DictReader(result.stdout.splitlines())
    assert row["name"] == "'=SUM(1)"


@pytest.mark.parametrize("forms", [[], ["--csv", "--json"]])
def test_one_form_is_chosen(forms: list[str]) -> None:
    """There is no form for people here, and no two at once."""
    result = pinger("tasks", *forms)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Specify either --csv or --json; for people there is `pinger status`." in result.stderr
