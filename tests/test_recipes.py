"""The recipes of docs/recipes.md that need no further program; tests/integrations runs the others."""

from __future__ import annotations

import configparser
import json
import re
import shutil
from pathlib import Path
from typing import Any

import flask
import jinja2
import pytest
import yaml  # type: ignore[import-untyped]  # it has no types
from client.tests.support.receiver import KEY
from pinger_report import report
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.support.recipes import PAGE, ROOT, Workshop, blocks, sections

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.web import LoginState, PageSettings, create_app

REASON = "exit code 3: no disk for --fast"
OF_MORE_PROGRAMS = {"Django", "FastAPI", "Celery", "Go", "PHP", "borgmatic", "restic"}
HERE = {
    *("cron", "systemd timer", "Kubernetes CronJob", "Docker", "bash and curl"),
    *("Flask", "Node", "GitHub Actions", "Home Assistant", "uptime-kuma"),
}


def test_each_recipe_has_a_test() -> None:
    """A recipe is tested here or with the integrations, and each has only one block per language."""
    assert set(sections()) == HERE | OF_MORE_PROGRAMS


def test_cron(workshop: Workshop) -> None:
    """The line runs as cron runs it: with the variables of the crontab, by sh; the failure is pushed."""
    (crontab,) = blocks("cron", "crontab")
    variable, line = workshop.placed(crontab).splitlines()
    name, _, address = variable.partition("=")
    command = line.split(maxsplit=5)[5]
    assert "%" not in command
    done = workshop.run("sh", "-c", command, **{name: address})
    assert (done.returncode, done.stdout) == (3, "no disk for --fast\n")
    assert workshop.failure() == REASON
    assert workshop.receiver.pushed[-1].report["schedule"] == "30 2 * * *"


def unit(text: str) -> configparser.ConfigParser:
    """Return a unit of systemd."""
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]  # systemd distinguishes case
    parsed.read_string(text)
    return parsed


def test_systemd(workshop: Workshop) -> None:
    """The end of the service is reported as systemd says it."""
    service = unit(blocks("systemd timer", "ini")[0])["Service"]
    command = workshop.placed(service["ExecStopPost"].replace("%N", "backup"))
    environ = {"SERVICE_RESULT": "exit-code", "EXIT_CODE": "exited", "EXIT_STATUS": "3"}
    done = workshop.run("sh", "-c", command, PINGER_PUSH=workshop.receiver.address, **environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert workshop.failure() == "exit code 3"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_accepts_the_units(workshop: Workshop) -> None:
    """`systemd-analyze verify` has nothing to say of the units."""
    service, timer = (workshop.placed(block) for block in blocks("systemd timer", "ini"))
    for name, text in (("backup.service", service), ("backup.timer", timer)):
        (workshop.folder / name).write_text(text, "utf-8")
    done = workshop.run("systemd-analyze", "verify", "--man=no", "backup.service", "backup.timer")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_kubernetes(workshop: Workshop) -> None:
    """The command and the arguments of the container run, and the schedule is that of the job."""
    (text,) = blocks("Kubernetes CronJob", "yaml")
    job = yaml.safe_load(workshop.placed(text))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["env"][0]["name"] == "PINGER_PUSH"
    command = [*container["command"], *container["args"]]
    assert workshop.run(*command, PINGER_PUSH=workshop.receiver.address).returncode == 3
    assert workshop.failure() == REASON
    assert workshop.receiver.pushed[-1].report["schedule"] == job["spec"]["schedule"]


def test_docker(workshop: Workshop) -> None:
    """The entry point and the command run with the file that scripts/pyz builds."""
    (dockerfile,) = blocks("Docker", "dockerfile")
    given = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in dockerfile.splitlines()}
    built = workshop.run(str(ROOT / "scripts" / "pyz"), str(workshop.programs / "pinger-exec.pyz"))
    assert built.returncode == 0
    command = [*json.loads(given["ENTRYPOINT"]), *json.loads(given["CMD"])]
    done = workshop.run(*command, PINGER_PUSH=workshop.receiver.address)
    assert (done.returncode, done.stdout) == (3, "no disk for --fast\n")
    assert workshop.failure() == REASON
    assert set(given["COPY"].split()[:-1]) == {"pinger-exec.pyz", "backup.sh"}


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_bash_and_curl(workshop: Workshop) -> None:
    """The script pings the start, and the exit code."""
    (script,) = blocks("bash and curl", "sh")
    assert workshop.run("bash", "-c", workshop.placed(script)).stdout == "no disk for --fast\n"
    assert workshop.receiver.paths == ["backup/start", "backup/3"]


def test_flask(workshop: Workshop) -> None:
    """The application serves the pages, and its own routes."""
    (code,) = blocks("Flask", "python")
    names: dict[str, Any] = {"__name__": "shop"}
    exec(workshop.placed(code), names)  # noqa: S102 - it is our own document
    app: flask.Flask = names["app"]
    app.add_url_rule("/own", view_func=lambda: "own")
    with report("backup", folder=workshop.pages):
        pass
    client = app.test_client()
    page = client.get("/tasks/backup")
    assert page.json
    assert (page.status_code, page.json["status"]) == (200, "ok")
    listed = client.get("/tasks/").json
    assert listed
    assert [each["slug"] for each in listed["tasks"]] == ["backup"]
    assert client.get("/own").text == "own"


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")
@pytest.mark.parametrize(
    ("backup", "expected"),
    [("async () => {}", ("ok", None)), ("async () => { throw Error('no disk') }", ("error", "no disk"))],
)
def test_node(workshop: Workshop, backup: str, expected: tuple[str, str | None]) -> None:
    """The function reports success and failure, and waits for no server that is dead."""
    (code,) = blocks("Node", "js")
    program = f"const backup = {backup};\n{code}"
    file = workshop.folder / "program.mjs"
    file.write_text(workshop.placed(program), "utf-8")
    assert workshop.run("node", str(file)).returncode == 0
    (pushed,) = workshop.receiver.pushed
    assert (pushed.path, pushed.headers["authorization"]) == ("/report/backup", f"Bearer {KEY}")
    assert (pushed.report["status"], pushed.report.get("reason")) == expected
    file.write_text(program.replace("https://pinger.example", "http://127.0.0.1:1"), "utf-8")
    assert workshop.run("node", str(file)).returncode == 0


def test_github_actions(workshop: Workshop) -> None:
    """The last step runs the task with the secret, on the schedule of the workflow."""
    (text,) = blocks("GitHub Actions", "yaml")
    workflow = yaml.safe_load(workshop.placed(text))
    install, step = workflow["jobs"]["backup"]["steps"]
    assert install == {"run": "pip install pinger-report"}
    (name, secret) = step["env"].popitem()
    assert re.fullmatch(r"\$\{\{ secrets\.\w+ \}\}", secret)
    command = step["run"].replace("python ", "python3 ", 1)
    assert workshop.run("sh", "-c", command, **{name: workshop.receiver.address}).returncode == 3
    assert workshop.failure() == REASON
    # YAML 1.1 reads the key `on` as true.
    assert workshop.receiver.pushed[-1].report["schedule"] == workflow[True]["schedule"][0]["cron"]


def shown(status: Status) -> flask.testing.FlaskClient:
    """Return a client of Py Pinger, which watches the task of the recipes in this status."""
    incident = Incident(NOW, NOW, ()) if status is Status.ERROR else None
    state = TaskState(Verdict(status), checked_at=NOW, incident=incident)
    task = TaskSnapshot("https://my-backend.com/task1", "Nightly backup", state)
    data = FakeDataSource([task])
    return create_app(data, PageSettings([task.url]), lambda: NOW, LoginState()).test_client()


@pytest.mark.parametrize(("status", "failing"), [(Status.OK, "0"), (Status.ERROR, "1")])
def test_home_assistant(status: Status, failing: str) -> None:
    """The templates find the number of tasks in error, and the status of one."""
    (text,) = blocks("Home Assistant", "yaml")
    (rest,) = yaml.safe_load(text)["rest"]
    answer = shown(status).get(rest["resource"].removeprefix("https://pinger.example"))
    environment = jinja2.Environment(autoescape=True)
    found = [
        environment.from_string(sensor["value_template"]).render(value_json=answer.json)
        for sensor in rest["sensor"]
    ]
    assert (answer.status_code, found) == (200, [failing, status.value])


@pytest.mark.parametrize(("status", "code", "failing"), [(Status.OK, 200, 0), (Status.ERROR, 500, 1)])
def test_uptime_kuma(status: Status, code: int, failing: int) -> None:
    """The status code is that of one task, and the list of those in error is empty while none is."""
    urls = re.findall(r"`https://pinger\.example(/\S+)` \| the", PAGE)
    one, several = (shown(status).get(url) for url in urls)
    assert several.json
    assert (one.status_code, len(several.json["data"])) == (code, failing)


@pytest.mark.parametrize("page", ["docs/task-side.md", "client/README.md"])
def test_the_python_of_the_manual(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples run as they stand, and report what their comments say."""
    monkeypatch.setenv("PINGER_REPORTS", str(tmp_path))
    names: dict[str, Any] = {"run_import": lambda: None, "sync": lambda: 101}
    for code in re.findall(r"(?ms)^```python\n(.*?)^```", (ROOT / page).read_text("utf-8")):
        exec(code, names)  # noqa: S102 - it is our own document
    read = {file.stem: json.loads(file.read_text("utf-8")) for file in tmp_path.glob("*.json")}
    assert read["nightly-import"]["frequency"] == 1440
    if "sync" in read:
        assert (read["sync"]["status"], read["sync"]["reason"]) == ("error", "too many skipped")
