"""The recipes of docs/recipes.md in the programs that they are for."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest
from client.tests.support.receiver import KEY
from pinger_report import report
from tests.integrations.daemon import needs
from tests.support.recipes import ROOT, Workshop, blocks

FRAMEWORKS = ROOT / "build" / "recipes"

needs_frameworks = pytest.mark.skipif(
    not (FRAMEWORKS / "installed").exists() and not os.environ.get("CI"),
    reason="requirements-recipes.txt is not installed (scripts/test-integrations)",
)

# Prints what an application answers at some paths, as a JSON object.
BY_WSGI = """
import json
from wsgiref.util import setup_testing_defaults

def answer(path):
    environ, status = {"PATH_INFO": path}, []
    setup_testing_defaults(environ)
    body = b"".join(application(environ, lambda *given: status.append(given[0])))
    return [status[0], body.decode()]

print(json.dumps({path: answer(path) for path in ("/tasks/backup", "/own")}))
"""

BY_ASGI = """
import asyncio, json

async def answer(path):
    sent = []
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "query_string": b""}
    scope["headers"] = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    await app(scope, receive, send)
    return [str(sent[0]["status"]), b"".join(each.get("body", b"") for each in sent[1:]).decode()]

async def main():
    await refresh_prices()
    return {path: await answer(path) for path in ("/tasks/backup", "/own")}

print(json.dumps(asyncio.run(main())))
"""

DJANGO = """
import sys
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="planted", USE_TZ=True)
urlpatterns = [path("own", lambda request: HttpResponse("own"))]
"""


def python(workshop: Workshop, code: str) -> str:
    """Run Python with the frameworks, and return what it prints."""
    program = workshop.folder / "program.py"
    program.write_text(workshop.placed(code), "utf-8")
    done = workshop.run(str(FRAMEWORKS / "bin" / "python"), str(program), PINGER_REPORTS=str(workshop.pages))
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(workshop: Workshop, slug: str) -> Mapping[str, object]:
    """Return the page of a task."""
    read: Mapping[str, object] = json.loads((workshop.pages / f"{slug}.json").read_text("utf-8"))
    return read


@pytest.fixture
def backed_up(workshop: Workshop) -> Workshop:
    """Write a page for the task `backup`."""
    with report("backup", folder=workshop.pages):
        pass
    return workshop


@needs_frameworks
def test_django(backed_up: Workshop) -> None:
    """The application serves the pages and its own routes, and a command reports its runs."""
    application, command = blocks("Django", "python")
    answers = json.loads(python(backed_up, DJANGO + application + BY_WSGI))
    assert answers["/own"] == ["200 OK", "own"]
    status, body = answers["/tasks/backup"]
    assert (status, json.loads(body)["status"]) == ("200 OK", "ok")
    run = "\nimport django\ndjango.setup()\nfrom django.core.management import call_command\n"
    cleared = "def clear_sessions(): raise OSError('no disk')\n"
    fails = "try:\n    call_command(Command())\nexcept OSError:\n    print('raised')\n"
    assert python(backed_up, DJANGO + command + cleared + run + fails) == "raised\n"
    assert page(backed_up, "clear-sessions")["reason"] == "OSError: no disk"


@needs_frameworks
def test_fastapi(backed_up: Workshop) -> None:
    """The application serves the pages and its own routes, and a coroutine reports its runs."""
    (recipe,) = blocks("FastAPI", "python")
    own = "\n@app.get('/own')\nasync def own(): return 'own'\nasync def fetch_prices(): pass\n"
    answers = json.loads(python(backed_up, recipe + own + BY_ASGI))
    assert answers["/own"] == ["200", '"own"']
    status, body = answers["/tasks/backup"]
    assert (status, json.loads(body)["status"]) == ("200", "ok")
    assert page(backed_up, "refresh-prices")["status"] == "ok"


@needs_frameworks
@pytest.mark.parametrize(
    ("body", "expected"), [("return 3", ("ok", None)), ("raise OSError('gone')", ("error", "OSError: gone"))]
)
def test_celery(workshop: Workshop, body: str, expected: tuple[str, str | None]) -> None:
    """A worker that is sent the task reports its run."""
    (recipe,) = blocks("Celery", "python")
    worker = f"""
    def load_orders(): {body}

    from celery.contrib.testing.worker import start_worker
    app.conf.update(result_backend="cache+memory://")
    with start_worker(app, pool="solo", perform_ping_check=False):
        import_orders.delay().get(timeout=30, propagate=False)
    """
    python(workshop, recipe + textwrap.dedent(worker))
    found = page(workshop, "import-orders")
    assert (found["status"], found.get("reason")) == expected


GO = """
package main

import (
    "bytes"
    "encoding/json"
    "net/http"
    "os"
    "time"
)

func main() { report("error", "no disk") }

"""


@needs("go")
def test_go(workshop: Workshop) -> None:
    """The function reports a failure."""
    (recipe,) = blocks("Go", "go")
    (workshop.folder / "main.go").write_text(workshop.placed(GO + recipe), "utf-8")
    done = workshop.run("go", "run", "main.go", GOCACHE=str(workshop.folder / "cache"))
    assert (done.returncode, done.stderr) == (0, "")
    holds_failure(workshop)


@needs("php")
def test_php(workshop: Workshop) -> None:
    """The function reports a failure."""
    (recipe,) = blocks("PHP", "php")
    program = workshop.folder / "program.php"
    program.write_text(workshop.placed(f"<?php\n{recipe}\nreport('error', 'no disk');\n"), "utf-8")
    done = workshop.run("php", "-d", "display_errors=stderr", str(program))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    holds_failure(workshop)


def holds_failure(workshop: Workshop) -> None:
    """Assert that a failure was pushed with the key in a header."""
    (pushed,) = workshop.receiver.pushed
    assert (pushed.path, pushed.headers["authorization"]) == ("/report/backup", f"Bearer {KEY}")
    assert pushed.report == {"status": "error", "reason": "no disk", "frequency": 10}


def files(folder: Path) -> Path:
    """Return a folder with something to back up."""
    home = folder / "home"
    home.mkdir()
    (home / "letter.txt").write_text("something", "utf-8")
    return home


@needs("borg")
@needs_frameworks
def test_borgmatic(workshop: Workshop) -> None:
    """The hook pings the start and the end of a backup, with its log."""
    (recipe,) = blocks("borgmatic", "yaml")
    repository = workshop.folder / "repository"
    config = workshop.folder / "config.yaml"
    text = f"source_directories: [{files(workshop.folder)}]\nrepositories: [{{path: {repository}}}]\n"
    config.write_text(text + workshop.placed(recipe), "utf-8")
    borgmatic = (str(FRAMEWORKS / "bin" / "borgmatic"), "--config", str(config))
    for command in (("repo-create", "--encryption", "none"), ("create",)):
        done = workshop.run(*borgmatic, *command, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes")
        assert done.returncode == 0, done.stderr
    assert [path for path in workshop.receiver.paths if "log" not in path] == ["borgmatic/start", "borgmatic"]


@needs("restic")
def test_restic(workshop: Workshop) -> None:
    """A backup is reported with its start, and one that cannot be made with its reason."""
    (recipe,) = blocks("restic", "sh")
    repository = workshop.folder / "restic"
    command = recipe.replace("/srv/restic", str(repository)).replace("/home", str(files(workshop.folder)))
    environ = {"RESTIC_PASSWORD": "planted", "PINGER_PUSH": workshop.receiver.address}
    assert workshop.run("sh", "-c", command, **environ).returncode == 1
    assert workshop.receiver.paths == ["restic/start", "restic/log", "restic/1"]
    assert "exit code 1: " in workshop.receiver.pushed[-1].report["reason"]
    assert workshop.run("restic", "--repo", str(repository), "init", **environ).returncode == 0
    assert workshop.run("sh", "-c", command, **environ).returncode == 0
    assert workshop.receiver.paths[3:] == ["restic/start", "restic"]
