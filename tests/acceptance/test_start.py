"""From the template to a running Py Pinger, by the steps of the user's page."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.config_files import QUICK, write_ini
from tests.support.fake_services import Backend
from tests.support.program import ROOT, Pinger, command
from tests.support.task_pages import DAY, HOUR, report
from tests.support.task_server import Server, says, unused_port
from tests.support.users_page import OF_THE_PAGE

from py_pinger.web import SAMPLES


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh checkout, as `git clone` leaves one: without a pinger.ini."""
    folder = tmp_path_factory.mktemp("opt") / "py-pinger"
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for template in ("pinger.ini.template", "pinger_template.ini"):
        shutil.copy(ROOT / template, folder / template)
    return folder


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve the tasks of the page, behind its login."""
    with Backend() as server:
        yield server


def test_the_template_is_copied_and_adjusted(checkout: Path, tasks: Server) -> None:
    """A copy of the template with a URL in it is all that a start needs; the answer is the page's example.

    "To setup the pinger, copy the pinger_template.ini to pinger.ini and adjust the settings …"
    "cp pinger.ini.template pinger.ini" "python src/pinger.py"
    "The response should look something like below."
    """
    tasks.behaviours["/api/ping"] = says(report())
    url = tasks.url("/api/ping")
    text = (checkout / "pinger_template.ini").read_text("utf-8")
    assert text == (checkout / "pinger.ini.template").read_text("utf-8")
    text = text.replace("\nport=3002\n", "\nport=0\n").replace("\nprod=\n", f"\nprod={url}\n")
    (checkout / "pinger.ini").write_text(text, "utf-8")
    with Pinger(checkout, program=Path("src/pinger.py")) as pinger:
        pinger.judged()
        (row,) = pinger.get("/").json["data"]
        assert pinger.stop() == 0
    assert (checkout / "pinger.log").is_file()
    (checkout / "pinger.ini").unlink()
    assert list(row.items())[:8] == [
        ("errors", 0),
        ("pings", 1),
        ("process", "My Process"),
        ("server", "My Server"),
        ("sleep_end", None),
        ("sleep_start", None),
        ("status", "ok"),
        ("url", url),
    ]


def test_the_ini_file_of_the_page(tmp_path: Path, backend: Backend) -> None:
    """The page's own ini file works as it stands; only its backend is put where the test can answer for it.

    "Below are some example values that can be used."
    """
    urls = [backend.guard(f"/task{number}", says(report())) for number in (1, 2, 3)]
    text = OF_THE_PAGE.replace("https://my-backend.com", backend.origin)
    (tmp_path / "pinger.ini").write_text(text, "utf-8")
    (tmp_path / "pinger.ini").chmod(0o600)
    with Pinger(tmp_path, "run", "--port", str(unused_port())) as pinger:
        rows = pinger.judged()
        assert pinger.stop() == 0
        log = pinger.output
    assert [(url, row["status"], row["pings"]) for url, row in rows.items()] == [
        (url, "ok", 1) for url in urls
    ]
    assert len(backend.asked("/login")) == 1
    assert log.count("INFO py_pinger.notices: Hello World! Watching 3 tasks, 0 incidents open.\n") == 1
    warnings = [
        line.partition("Z WARNING py_pinger.app.logs.log_setup: ")[2]
        for line in log.splitlines()
        if "WARN" in line
    ]
    assert [": ".join(warning.split(": ")[:2]).partition(";")[0] for warning in warnings] == [
        "[hipchat]: not set up",
        "[slack]: not set up",
        "[sentry]: not set up",
    ]


def test_what_the_page_does_not_set(tmp_path: Path) -> None:
    """The page's ini file is understood to the letter, and what it leaves out is as the page says.

    "By default the Flask server is available at localhost:3002."
    """
    (tmp_path / "pinger.ini").write_text(OF_THE_PAGE, "utf-8")
    done = command(tmp_path, "config")
    assert done.returncode == 0
    shown = done.stdout.splitlines()
    effective = {"host=localhost", "port=3002", "only_log=true", "interval=60", "error_interval=480"}
    assert effective <= set(shown)
    urls = shown[shown.index("prod=") + 1 :][:3]
    assert [url.strip() for url in urls] == [f"https://my-backend.com/task{number}" for number in (1, 2, 3)]
    assert "my-secret-password" not in done.stdout


def test_debug_watches_the_dev_urls_and_logs_more(tmp_path: Path, tasks: Server) -> None:
    """With debug=true the template's samples are watched in place of the live tasks, each answer in the log.

    "For testing, if `debug` is set to true, the `dev` urls will be used instead."
    "This will log more information …"
    """
    port = str(unused_port())
    text = (ROOT / "pinger.ini.template").read_text("utf-8").replace("3002", port)
    changes = {"debug=false": "debug=true", "timeout=10": "timeout=5", "prod=": f"prod={tasks.url('/live')}"}
    for line, other in changes.items():
        text = text.replace(f"\n{line}\n", f"\n{other}\n")
    (tmp_path / "pinger.ini").write_text(text, "utf-8")
    with Pinger(tmp_path) as pinger:
        statuses = {url: row["status"] for url, row in pinger.judged().items()}
        log = pinger.output
    assert list(statuses.values()) == ["ok", "error", "error", "sleeping", "error", "error", "error", "ok"]
    assert all(f" DEBUG py_pinger.engine.checking.monitor: {url} returned " in log for url in statuses)
    assert f"{next(iter(statuses))}: lastrun " in log
    assert tasks.requests == []


def test_debug_now_simulates_a_time_of_sleep(tmp_path: Path, tasks: Server) -> None:
    """With debug_now=true a task with a sleep window is evaluated inside it.

    "… and also simulate a time when services are sleeping." "# Debug the datetime handling"
    """
    tasks.behaviours["/sleeps-tomorrow"] = says(report(lastrun=-HOUR, sleep=[{"start": DAY, "duration": 60}]))
    tasks.behaviours["/never-sleeps"] = says(report(lastrun=-HOUR))
    main = {**QUICK, "debug": True, "debug_now": True}
    write_ini(tmp_path, {"main": main, "urls": {"dev": ",".join(map(tasks.url, tasks.behaviours))}})
    with Pinger(tmp_path) as pinger:
        statuses = [row["status"] for row in pinger.judged().values()]
    assert statuses == ["sleeping", "error"]


def test_without_a_file(checkout: Path, tmp_path: Path) -> None:
    """Without a pinger.ini one sentence says what to do, and no file is left behind."""
    done = command(tmp_path, program=checkout / "src" / "pinger.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "No pinger.ini found. Create one with `pinger config --template > pinger.ini` and adjust it, name a"
        " file with --config, or try the demo with `pinger run --demo`.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_demo(tmp_path: Path) -> None:
    """The demo needs no file and leaves none: 90 days of an invented shop, in which two tasks fail."""
    with Pinger(tmp_path, "run", "--demo", "--port", str(unused_port())) as pinger:
        rows = pinger.judged()
        (silence,) = pinger.get("/silences").json["silences"]
        assert pinger.stop() == 0
        (output,) = tmp_path.iterdir()
        assert output.read_text("utf-8") == pinger.output
    verdicts = Counter((row["status"], row["cause"]) for row in rows.values())
    assert verdicts == {
        ("ok", None): 9,
        ("error", "failed"): 1,
        ("error", "late"): 1,
        ("sleeping", None): 1,
    }
    assert [row["process"] for row in rows.values() if row["silenced"]] == [silence["pattern"]]


def test_the_samples(tmp_path: Path) -> None:
    """In debug mode each sample page has the verdict that it promises."""
    port = unused_port()
    urls = ",".join(f"http://localhost:{port}/sample/{name}" for name in SAMPLES)
    write_ini(tmp_path, {"main": {**QUICK, "port": port, "debug": True, "timeout": 2}, "urls": {"dev": urls}})
    with Pinger(tmp_path) as pinger:
        rows = pinger.judged()
    verdicts = {url.rpartition("/sample/")[2]: (row["status"], row["cause"]) for url, row in rows.items()}
    assert verdicts == {
        "healthy": ("ok", None),
        "late": ("error", "late"),
        "failing": ("error", "failed"),
        "asleep": ("sleeping", None),
        "clock": ("error", "clock"),
        "broken": ("error", "invalid"),
        "http-500": ("error", "http"),
        "slow": ("error", "unreachable"),
    }
