"""Pages of other programs, by the real program: the table of documents, presets, schedules and sleep."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from urllib.parse import quote

import orjson
import pytest
from tests.support.config_files import watching, write_ini
from tests.support.data_pages import DATA
from tests.support.foreign_pages import ROWS, Row
from tests.support.program import Pinger, command
from tests.support.scheduler_pages import SCHEDULERS, Document
from tests.support.task_server import Server, resets, says

from py_pinger.config.schema.page_keys import FREQUENCY_UNITS
from py_pinger.config.schema.presets import presets

UNITS = {unit: length for unit, length in FREQUENCY_UNITS.items() if unit != "d"}
SOON, TOO_LATE = "2026-08-01T04:00:00Z", "2026-08-04T04:00:00Z"
Verdict = tuple[str, str | None]
OK, LATE = ("ok", None), ("error", "late")

# Each preset, the row of the table whose documents it reads, and what differs there.
PRESETS = {
    "last-modified": "last-modified",
    "rss": "RSS",
    "atom": "Atom",
    "sitemap": "sitemap",
    "kubernetes-cronjobs": "Kubernetes CronJobs",
    "kube-state-metrics": "kube-state-metrics",
    "airflow": "Airflow",
    "github-actions": "GitHub Actions",
    "gitlab-pipelines": "GitLab pipelines",
    "jenkins": "Jenkins",
    "rundeck": "Rundeck",
    "spring-scheduledtasks": "Spring Boot",
    "healthchecks": "Healthchecks",
    "proxmox-tasks": "Proxmox",
    "s3": "S3",
}


def keys_of(row: Row) -> dict[str, object]:
    """Return the keys of a row's section, as they are written."""
    page = row.page
    ok = {"ok": ", ".join(page.ok)} if page.ok != ("ok",) else {}
    more = {"format": page.format} if page.format else {}
    unit = next(name for name, length in UNITS.items() if length == page.frequency_unit)
    return {
        "as": page.kind,
        **page.expressions,
        **ok,
        **more,
        "warn": ", ".join(page.warn),
        "unit": page.unit,
        "frequency_unit": unit,
    }


def verdicts(
    folder: Path, tasks: Server, pages: Mapping[str, str | None], at: str
) -> dict[str, tuple[str, str | None]]:
    """Return status and cause of each document, read as the page of its name says, at a moment."""
    found = command(folder, "check", "--json", "--at", at)
    assert found.stderr == ""
    rows = {row["url"]: (row["status"], row["cause"]) for row in orjson.loads(found.stdout)}
    return {name: rows[tasks.url(url_of(name))] for name in pages}


def url_of(name: str) -> str:
    """Return the path of a row's document, with its item."""
    row = ROWS[PRESETS.get(name, name)]
    return f"/{quote(name)}" + (f"#{quote(row.item)}" if row.item else "")


def serve(tasks: Server, name: str, document: str) -> None:
    """Show a document at its path."""
    headers = {key.title(): value for key, value in ROWS[PRESETS.get(name, name)].headers}
    tasks.behaviours[f"/{quote(name)}"] = says(document.encode(), "200 OK", headers)


def write(folder: Path, tasks: Server, pages: Mapping[str, str]) -> None:
    """Write pinger.ini with a task for each page; `pages` are the sections that read them."""
    sections = {f"page {page}": keys_of(ROWS[name]) for name, page in pages.items() if page not in presets()}
    monitored = {
        f"task {number}": {"url": tasks.url(url_of(name)), "page": page, "frequency": 1440}
        for number, (name, page) in enumerate(pages.items())
    }
    write_ini(folder, watching(retries=0), sections, monitored)


@pytest.mark.parametrize("kind", ["table", "presets"])
def test_each_document_has_its_verdict(tmp_path: Path, tasks: Server, kind: str) -> None:
    """Each document of a success is ok, late days later; a failure is failed, and never is invalid."""
    names = list(ROWS) if kind == "table" else list(PRESETS)
    pages = {name: f"p{place}" if kind == "table" else name for place, name in enumerate(names)}
    write(tmp_path, tasks, pages)
    rows = {name: ROWS[PRESETS.get(name, name)] for name in names}
    for name, row in rows.items():
        serve(tasks, name, row.success)
    successes = {name: row.success for name, row in rows.items()}
    assert verdicts(tmp_path, tasks, successes, SOON) == dict.fromkeys(names, OK)
    assert verdicts(tmp_path, tasks, successes, TOO_LATE) == dict.fromkeys(names, LATE)
    failures = {name: row.failure for name, row in rows.items() if row.failure is not None}
    nevers = {name: row.never for name, row in rows.items() if row.never is not None}
    for documents, expected in ((failures, ("error", "failed")), (nevers, ("error", "invalid"))):
        for name, document in documents.items():
            serve(tasks, name, document)
        assert verdicts(tmp_path, tasks, documents, SOON) == dict.fromkeys(documents, expected)


@pytest.mark.parametrize("documents", [SCHEDULERS, DATA], ids=["schedulers", "data"])
def test_more_documents(tmp_path: Path, tasks: Server, documents: Mapping[str, Document]) -> None:
    """Documents that are not in the table, with the sections of their readers, have the same verdicts."""
    fragments = {name: f"#{quote(each.item)}" if each.item else "" for name, each in documents.items()}
    urls = {name: tasks.url(f"/{number}{fragments[name]}") for number, name in enumerate(documents)}
    sections, monitored = {}, {}
    for number, (name, document) in enumerate(documents.items()):
        sections[f"page p{number}"] = dict(line.split("=", 1) for line in document.section.splitlines())
        monitored[f"task {number}"] = {"url": urls[name], "page": f"p{number}", "frequency": 1440}
    write_ini(tmp_path, watching(retries=0), sections, monitored)

    def found(kind: str, at: str) -> dict[str, Verdict]:
        shown = {name: body for name, each in documents.items() if (body := getattr(each, kind)) is not None}
        for number, name in enumerate(documents):
            tasks.behaviours[f"/{number}"] = says(shown.get(name, "").encode())
        rows = {
            row["url"]: row for row in orjson.loads(command(tmp_path, "check", "--json", "--at", at).stdout)
        }
        return {name: (rows[urls[name]]["status"], rows[urls[name]]["cause"]) for name in shown}

    assert set(found("success", SOON).items()) == {(name, OK) for name in documents}
    assert set(found("success", TOO_LATE).values()) == {LATE}
    assert set(found("failure", SOON).values()) == {("error", "failed")}
    assert set(found("never", SOON).values()) == {("error", "invalid")}


def test_every_preset_is_tried() -> None:
    """The presets above are all that there are."""
    assert set(PRESETS) == set(presets())


def test_items_of_one_page(tmp_path: Path, tasks: Server) -> None:
    """All items of a page cost one request per check, and an unknown item is invalid."""
    row = ROWS["Kubernetes CronJobs"]
    tasks.behaviours["/list"] = says(row.success.encode())
    url = tasks.url("/list")
    monitored = {
        f"task {item}": {"url": f"{url}#{item}", "page": "kubernetes-cronjobs", "schedule": "0 3 1 8 *"}
        for item in ("prod/dump", "prod/gone")
    }
    write_ini(tmp_path, watching(interval=30, error_interval=30), monitored)
    with Pinger(tmp_path) as pinger:
        rows = pinger.rows_where(lambda row: row["checked"] is not None, "the first checks")
    assert {row["name"]: row["cause"] for row in rows.values()} == {"prod/dump": None, "prod/gone": "invalid"}
    assert len(tasks.requests) == 1


def test_a_thousand_items_cost_one_request_per_interval(tmp_path: Path, tasks: Server) -> None:
    """A thousand items of one page cost one request per interval, be it well or out of reach."""
    listed = [{"name": f"job {number}", "t": "2026-08-01T03:00:00Z"} for number in range(1000)]
    gone = Event()
    page = says(orjson.dumps(listed))
    tasks.behaviours["/list"] = lambda exchange: resets(exchange) if gone.is_set() else page(exchange)
    keys = {"page": "jobs", "schedule": "0 3 1 8 *"}
    section = {"each": "@", "name": "name", "lastrun": "t"}
    monitored = {
        f"task {number}": {"url": tasks.url(f"/list#job%20{number}"), **keys} for number in range(1000)
    }
    pace = {"interval": 1, "error_interval": 1, "retries": 0}
    write_ini(tmp_path, watching(**pace), {"page jobs": section}, monitored)
    with Pinger(tmp_path) as pinger:
        pinger.rows_where(lambda row: row["status"] == "ok", "the first checks")
        well = requests_within(tasks, 3)
        gone.set()
        pinger.rows_where(lambda row: row["cause"] == "unreachable", "the failure of each")
        dead = requests_within(tasks, 3)
    # A busy machine checks more rarely, and once more for a check that was late.
    assert 0 < well <= 5
    # The client sends a request again if its kept connection was reset.
    assert 0 < dead / 2 <= 5


def requests_within(tasks: Server, seconds: float) -> float:
    """Return how many requests come within so many seconds; a sleep may last longer on a busy machine."""
    before, begun = len(tasks.requests), monotonic()
    sleep(seconds)
    return (len(tasks.requests) - before) * seconds / (monotonic() - begun)


@pytest.mark.parametrize(
    ("keys", "body", "shown"),
    [
        pytest.param(
            {"each": "@", "name": "n", "lastrun": "t"},
            '[{"n": "a", "t": 1785553200}, {"n": "other", "t": 1785553200}]',
            '{"n":"a","t":1785553200}',
            id="json",
        ),
        pytest.param(
            {"as": "xml", "each": "job", "name": "@id", "lastrun": "@end"},
            '<x><job id="a" end="2026-08-01T03:00:00Z"/>\n<job id="other" end="2026-08-01T03:00:00Z"/></x>',
            '<job id="a" end="2026-08-01T03:00:00Z" />',
            id="xml",
        ),
        pytest.param(
            {"as": "metrics", "name": "job", "lastrun": "m"},
            'm{job="a"} 1785553200\nm{job="other"} 1785553200\nn 1\n',
            'm{job="a"} 1785553200',
            id="metrics",
        ),
    ],
)
def test_the_page_of_an_item_shows_the_item(
    tmp_path: Path, tasks: Server, keys: dict[str, object], body: str, shown: str
) -> None:
    """The page of a task that is an item shows this item, whatever the page is, and no other."""
    tasks.behaviours["/list"] = says(body.encode())
    url = tasks.url("/list#a")
    monitored = {"task a": {"url": url, "page": "list", "frequency": 1440}}
    write_ini(tmp_path, watching(), {"page list": keys}, monitored)
    with Pinger(tmp_path) as pinger:
        pinger.rows_where(lambda row: row["checked"] is not None, "the first check")
        page = unescape(pinger.get(f"/task/{quote(url, safe='')}", accept="text/html").body.decode())
    assert f"<bdi>{shown}</bdi>" in page
    assert "other" not in page[page.index('id="answer"') :]
