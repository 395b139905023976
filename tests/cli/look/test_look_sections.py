"""The printed sections work: the reader of pinger.ini takes them, and they read the newest moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from py_pinger.channels import KINDS
from py_pinger.cli.look.look_once import explain_page, page_name
from py_pinger.cli.look.look_sections import sections_of
from py_pinger.config import Settings, load, task_at
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.page import PageDefinition, item_of
from py_pinger.core.places.suggestion import SourcePage
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page
from py_pinger.core.text.urls import mask

NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
RUN = datetime(2026, 8, 1, 3, tzinfo=UTC)
SECONDS = int(RUN.timestamp())
ISO, OLD = "2026-08-01T03:00:00Z", "2026-07-30T03:00:00Z"
URL = "https://backup.example.com/jobs"


@dataclass(frozen=True)
class Document:
    """A page: its body, what its sections contain, the tasks that they have, and its headers."""

    body: object
    lines: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("jobs",)
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> SourcePage:
        """The page as it is received."""
        body = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return SourcePage(body.encode(), dict(self.headers))


DOCUMENTS = {
    "flat": Document({"end": ISO, "ok": True}, ("[page backup]", "lastrun=end", "status=ok")),
    "deep": Document(
        {"a": {"b": {"last-run": ISO}, "failed": False}}, ('lastrun=a.b."last-run"', "status=!(a.failed)")
    ),
    "named": Document(
        {"jobs": [{"name": "b", "end": ISO, "state": "failed"}, {"name": "a$", "end": OLD, "state": "OK"}]},
        ("each=jobs", "name=name", "lastrun=end", "# status on this page: failed (1), OK (1)", "ok=ok"),
        ("b", "a-"),
    ),
    "schedules": Document(
        [{"name": "x", "end": ISO, "cron": "0 3 * * *", "tz": "Europe/Berlin", "state": "ok", "error": "e"}],
        ("reason=error", "schedule=cron", "schedule_timezone=tz"),
        ("x",),
    ),
    "unknown words": Document(
        [{"name": "x", "end": ISO, "state": "A"}], ("# status=state", "# ok=A"), ("x",)
    ),
    "hyphens": Document(
        [{"job-name": "x", "last-end": ISO}], ('name="job-name"', 'lastrun="last-end"'), ("x",)
    ),
    "milliseconds": Document({"end": SECONDS * 1000}, ("unit=ms",)),
    "milliseconds as text": Document([{"job": "x", "end": str(SECONDS * 1000)}], ("unit=ms",), ("x",)),
    "nested lists": Document(
        {"jobs": [{"name": "x", "runs": [{"end": OLD}, {"end": ISO}]}, {"name": "y", "runs": []}]},
        ("each=jobs", "lastrun=runs[].end"),
        ("x", "y"),
    ),
    "names twice": Document(
        {"sites": [{"name": s, "jobs": [{"name": "dump", "end": t}]} for s, t in (("s", ISO), ("t", OLD))]},
        ("each=sites", "lastrun=jobs[].end"),
        ("s", "t"),
    ),
    "inner names": Document(
        {
            "sites": [
                {"name": s, "jobs": [{"name": n, "end": t}]} for s, n, t in (("s", "a", ISO), ("t", "b", OLD))
            ]
        },
        ("each=sites[].jobs[]", "lastrun=end"),
        ("a", "b"),
    ),
    "rows": Document({"rows": [["load", ISO], ["dump", OLD]]}, ("each=rows", "name=[0]"), ("load", "dump")),
    "series": Document([{"points": [[SECONDS * 1000, 5], [12, 6]]}], ("lastrun=[].points[*][0]",)),
    "keyed": Document(
        {
            "jobs": {
                "a-b": {"end": ISO, "state": "ok"},
                "c.d": {"end": OLD, "state": "down"},
                "e": {"end": OLD, "state": "up"},
                "f": {"end": OLD, "state": "up"},
            }
        },
        ("each=jobs", "name=@key", "lastrun=end", "status=state", "ok=up, ok"),
        ("a-b", "c.d", "e", "all of backup"),
    ),
    "keyed with names": Document(
        {"x1": {"name": "a", "end": ISO}, "x2": {"name": "b", "end": OLD}},
        ("each=@", "name=name"),
        ("a", "b"),
    ),
    "keyed lists": Document(
        {"x": {"runs": [{"end": ISO}]}, "y": {"runs": [{"end": OLD}]}},
        ("each=@", "name=@key", "lastrun=runs[].end"),
        ("x", "y"),
    ),
    "runs": Document(
        [{"id": 9, "state": "success", "end": ISO}, {"id": 8, "state": "failed", "end": OLD}],
        ("lastrun=[].end", "status=max_by([?end], &end).state", "ok=success"),
    ),
    "runs in a list": Document(
        {"data": {"runs": [{"end": None, "state": "running"}, {"end": ISO, "state": "success"}]}},
        ("status=max_by(data.runs[?end], &end).state",),
    ),
    "mixed runs": Document(
        [{"state": "done", "end": ISO}, {"state": "done", "end": SECONDS - 5}], ("lastrun=[].end",)
    ),
    "a word": Document(f'"{ISO}"', ("lastrun=@",)),
    "a list": Document([ISO, OLD], ("lastrun=[]",)),
    "day first": Document([{"name": "x", "end": "01.08.2026 03:00"}], ("format=%d.%m.%Y %H:%M",), ("x",)),
    "local time": Document({"end": [2026, 8, 1, 3, 0]}, ("# the page states no time zone", "lastrun=end")),
    "a name that is a URL": Document(
        [{"name": "https://a/", "end": ISO}, {"name": "b", "end": OLD}], (), ("page https://a/", "b")
    ),
    "the same heading": Document(
        [{"name": "a|b", "end": ISO}, {"name": "a<b", "end": OLD}], (), ("a-b", "a-b 2")
    ),
    "XML with namespaces": Document(
        f"<n:s xmlns:n='urn:x'><n:job id='a'><n:end>{ISO}</n:end></n:job>"
        f"<n:job id='b'><n:end>{OLD}</n:end></n:job></n:s>",
        ("as=xml", "each=job", "name=@id", "lastrun=end"),
        ("a", "b"),
    ),
    "XML attributes": Document(
        f"<s><job><name>a</name><last end='{ISO}' state='ok'/></job>"
        f"<job><name>b</name><last end='{OLD}' state='ok'/></job></s>",
        ("name=name", "lastrun=last/@end", "status=last/@state"),
        ("a", "b"),
    ),
    "XML of one": Document(f"<status end='{ISO}'/>", ("as=xml", "lastrun=@end")),
    "RSS": Document(
        "<rss><channel><item><title>a</title><pubDate>Sat, 01 Aug 2026 03:00:00 GMT</pubDate></item>"
        "</channel></rss>",
        ("page=rss",),
    ),
    "Atom": Document(
        f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><updated>{ISO}</updated></entry></feed>",
        ("page=atom",),
    ),
    "sitemap": Document("<urlset><url><lastmod>2026-08-01</lastmod></url></urlset>", ("page=sitemap",)),
    "S3": Document(
        f"<ListBucketResult xmlns='urn:s3'><Contents><Key>a</Key><LastModified>{ISO}</LastModified>"
        "</Contents></ListBucketResult>",
        ("page=s3",),
    ),
    "the newest without a name": Document(
        [{"name": each, "end": OLD} for each in "abcdefghij"] + [{"end": ISO}], ("lastrun=[].end",)
    ),
    "namespaces": Document(
        [{"metadata": {"name": "a", "namespace": "p"}, "end": ISO}],
        ("name=join('/', [metadata.namespace, metadata.name])",),
        ("p/a",),
    ),
    "metrics with changing labels": Document(
        f'last{{job="a",uid="1"}} {SECONDS}\nlast{{job="b",uid="2"}} 5\nlast{{ 5\n# TYPE last gauge\n',
        ("name=job",),
        ("a", "b"),
    ),
    "metrics by their changing label": Document(
        f'last{{uid="1"}} {SECONDS}\nlast{{uid="2"}} 5\n', ("name=uid",), ("1", "2")
    ),
    "metrics": Document(
        f'last{{job="a",env="p"}} {SECONDS}\nlast{{job="b",env="p"}} 5\n',
        ("as=metrics", "name=job"),
        ("a", "b"),
    ),
    "one metric": Document(f'last{{job="a"}} {SECONDS}\n', ("as=metrics", "lastrun=last")),
    "headers": Document(
        "", ("as=headers", "lastrun=header:X-Run", "unit=ms"), headers=(("x-run", f"{SECONDS}000"),)
    ),
    "Last-Modified": Document(
        "", ("page=last-modified",), headers=(("last-modified", "Sat, 01 Aug 2026 03:00:00 GMT"),)
    ),
    "text": Document(f"Origin: x\nDate: {ISO}\n", ("as=text", "lastrun=Date: *")),
    "text with digits": Document(
        f"{ISO} 5 files $HOME", ("lastrun=* 5 files $$HOME", "# only the * may change")
    ),
    "a bare number": Document(f"{SECONDS}\n", ("as=text", "lastrun=*")),
    "a preset": Document(
        {"checks": [{"name": "db", "status": "up", "last_ping": ISO, "timeout": 86400}]},
        ("[task db]", "page=healthchecks"),
        ("db",),
    ),
    "the contract": Document({"status": "ok", "lastrun": ISO, "frequency": 10}, ("[task jobs]",)),
}


def printed(document: Document, settings: Settings, url: str = URL, number: int | None = None) -> str:
    """Return the sections for a page."""
    task = task_at(url, settings)
    return sections_of(settings, explain_page(settings, task, (document.source, False), NOW, number))


def read_again(folder: Path, text: str) -> Settings:
    """Return the settings of a pinger.ini with these sections."""
    (folder / "pinger.ini").write_text(text, "utf-8")
    return load(folder / "pinger.ini", {}, KINDS)


def day_of(page: PageDefinition, source: SourcePage, item: str | None) -> date | None:
    """Return the day of the last run that a section reads; None if there is no run."""
    report = read_page(open_page(page, source.body), source.headers, item).report
    return report.lastrun.date() if isinstance(report, TaskReport) else None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sections(tmp_path: Path, name: str) -> None:
    """The sections are valid, and the newest last run of their tasks is that of the page."""
    document = DOCUMENTS[name]
    text = printed(document, Settings())
    assert [line for line in document.lines if f"\n{line}" not in f"\n{text}"] == []
    settings = read_again(tmp_path, text)
    assert tuple(task.name for task in settings.tasks) == document.tasks
    pages = [(task, task.expectations.page) for task in settings.tasks]
    read = [day_of(page, document.source, item_of(task.url)) for task, page in pages if page]
    assert RUN.date() in read or name == "the contract"


def test_another_place() -> None:
    """The sections for any place can be printed, also if a preset reads the best one."""
    document = Document(
        {"checks": [{"name": "db", "status": "up", "last_ping": ISO, "timeout": 60, "created": OLD}]}
    )
    assert "page=healthchecks" in printed(document, Settings())
    assert "lastrun=created" in printed(document, Settings(), number=2)


def test_an_item_that_the_url_names() -> None:
    """Of a URL with a fragment, the section of that item is printed."""
    document = DOCUMENTS["nested lists"]
    text = printed(document, Settings(), f"{URL}#y")
    assert ("[task y]" in text, "[task x]" in text, "more item" in text) == (True, False, False)
    assert "# the page lists no item z" in printed(document, Settings(), f"{URL}#z")


def test_stated_schedules() -> None:
    """Tasks whose page states when they run need neither frequency nor schedule."""
    assert "frequency" not in printed(DOCUMENTS["schedules"], Settings())


def test_many_items(tmp_path: Path) -> None:
    """Three items get a section; another is for the rest, and for those that the page lists later."""
    document = Document([{"name": f"j{each}", "end": ISO} for each in "abcdefghijk"])
    text = printed(document, Settings())
    assert (
        "# 8 more items and those that the page lists later: jd, je, jf, jg, jh and 3 more\n[task all of"
        in text
    )
    assert [task.url for task in read_again(tmp_path, text).tasks][3] == f"{URL}#*"
    few = printed(Document([{"name": "a", "end": ISO}]), Settings())
    assert few.endswith(f"\n# all items, also those that the page lists later: url={URL}#*")


def test_secrets() -> None:
    """A secret in the URL is masked, with a hint on how to set it; the sections are valid."""
    text = printed(
        DOCUMENTS["flat"], Settings(), "https://anna:s3cret@backup.example.com/jobs?token=t0ps3cret"
    )
    assert "s3cret" not in text
    assert "# write ${VARIABLE} for ***, and set that environment variable to the secret" in text
    assert "url=https://***@backup.example.com/jobs?token=***" in text


def test_a_configured_task(tmp_path: Path) -> None:
    """A task that pinger.ini has gets lines to add; the items of its page need its own settings too."""
    ini = (
        f"[task Jobs]\nurl={URL}\nheaders=X-Key: abcdef\nfrequency=60\ntoken_auth=none\nverify=false\n"
        "proxy=http://proxy.example:8080\n[page backup]\nlastrun=x\n"
    )
    settings = read_again(tmp_path, ini)
    text = printed(DOCUMENTS["flat"], settings)
    assert "[task Jobs]\n# pinger.ini has this task: add these lines to it\npage=backup-2" in text
    assert "frequency" not in text
    items = printed(DOCUMENTS["nested lists"], settings)
    assert "# and as in the section of Jobs: headers, token_auth, proxy, verify" in items
    assert printed(DOCUMENTS["the contract"], settings) == ""
    posted = read_again(tmp_path, f"[task Jobs]\nurl={URL}\nbody={{}}\n")
    assert "# and as in the section of Jobs: body" in printed(DOCUMENTS["nested lists"], posted)


def test_configured_items(tmp_path: Path) -> None:
    """Items that have tasks get no section."""
    section = "[page mine]\neach=jobs\nname=name\nlastrun=runs[].end\n"
    settings = read_again(tmp_path, f"{section}[task X]\nurl={URL}#x\npage=mine\nfrequency=60\n")
    text = printed(DOCUMENTS["nested lists"], settings)
    assert text.startswith("# pinger.ini has tasks for x\n\n[task y]\n")
    own = printed(DOCUMENTS["nested lists"], settings, f"{URL}#x")
    assert own.startswith("# pinger.ini has tasks for x\n\n# all items, also")


def test_all_items(tmp_path: Path) -> None:
    """The URL of all items gets one section for them."""
    settings = read_again(tmp_path, "[page mine]\neach=jobs\nname=name\nlastrun=runs[].end\n")
    text = printed(DOCUMENTS["nested lists"], settings, f"{URL}#*")
    assert text.startswith("# 2 items and those that the page lists later: x, y\n[task all of mine]\n")
    assert f"url={URL}#*" in text


@pytest.mark.parametrize(("fragment", "sections"), [("", 0), ("#*", 0), ("#y", 1)])
def test_a_configured_task_for_all_items(tmp_path: Path, fragment: str, sections: int) -> None:
    """Where one task monitors all items, only an item that the URL names gets a section."""
    section = "[page mine]\neach=jobs\nname=name\nlastrun=runs[].end\n"
    settings = read_again(tmp_path, f"{section}[task All]\nurl={URL}#*\npage=mine\nfrequency=60\n")
    text = printed(DOCUMENTS["nested lists"], settings, URL + fragment)
    assert text.endswith("# pinger.ini has All for all items, also those that the page lists later")
    assert (text.count("[task "), text.count("lists no item")) == (sections, 0)


def test_a_page_of_pinger_ini(tmp_path: Path) -> None:
    """A section of pinger.ini that reads the page is used."""
    settings = read_again(tmp_path, "[page mine]\nlastrun=end\nfrequency=every\n")
    text = printed(Document({"end": ISO, "every": 60}), settings)
    assert text == f"[task jobs]\nurl={URL}\npage=mine"


def test_a_preset_that_says_less() -> None:
    """A preset that would merge the tasks of a page is not used."""
    document = Document([{"name": "a", "status": "success", "updated_at": ISO}])
    assert "each=@\nname=name" in printed(document, Settings())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://backup.example.com/x", "backup"),
        ("https://www.example.com/x", "example"),
        ("https://api.example.com/x", "example"),
        ("http://127.0.0.1:8000/a/last%20run.json", "last-20run-json"),
        ("http://localhost/", "page"),
        ("https://rss.example.com/x", "rss-2"),
    ],
)
def test_page_name(url: str, name: str) -> None:
    """A page is named by its host, or else by its path, and not like a preset."""
    assert page_name(Settings(), mask(url)) == name
