"""`pinger exec` as a process: exit codes, reports, locks, and what surrounds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from client.tests.support.executing import LIMIT, SOURCE, environment, exec_command, execute, shell
from client.tests.support.receiver import Receiver, answers

DEAD = "http://127.0.0.1:1/ping/0123456789abcdefghij"


def page(folder: Path, slug: str = "task") -> dict[str, Any]:
    """Return the page of a task."""
    read: dict[str, Any] = json.loads((folder / f"{slug}.json").read_text("utf-8"))
    return read


def written(folder: Path, *arguments: str, **options: Any) -> tuple[int, str, str | None]:  # noqa: ANN401 - as execute
    """Run a task that writes its page; return its exit code, and the status and reason on the page."""
    done = execute("--name", "task", "--write", str(folder), *arguments, **options)
    found = page(folder)
    return done.returncode, found["status"], found.get("reason")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("true",), (0, "ok", None)),
        (shell("exit 3"), (3, "error", "exit code 3")),
        (shell("exit 255"), (255, "error", "exit code 255")),
        (shell("echo no disk >&2; exit 1"), (1, "error", "exit code 1: no disk")),
        (shell("kill -KILL $$"), (137, "error", "killed by SIGKILL (out of memory?)")),
        (shell("kill -TERM $$"), (143, "error", "killed by SIGTERM")),
        (shell("kill -SEGV $$"), (139, "error", "killed by SIGSEGV")),
        (("no-such-program",), (127, "error", "cannot start no-such-program: No such file or directory")),
        (("/no/such/program",), (127, "error", "cannot start /no/such/program: No such file or directory")),
        (("/dev/null/x",), (127, "error", "cannot start /dev/null/x: Not a directory")),
        (("/etc/passwd",), (126, "error", "cannot start /etc/passwd: Permission denied")),
        (("/",), (126, "error", "cannot start /: Permission denied")),
        (("",), (127, "error", "cannot start '': No such file or directory")),
    ],
    ids=str,
)
def test_exit_codes(tmp_path: Path, command: tuple[str, ...], expected: tuple[int, str, str | None]) -> None:
    """The exit code is the command's own, as a shell shows it, and the page says how it ended."""
    assert written(tmp_path, "--", *command) == expected


def test_a_script_without_a_first_line_is_run_by_the_shell(tmp_path: Path) -> None:
    """As by cron, which such a script worked with before."""
    (tmp_path / "backup").write_text("exit $1\n", "utf-8")
    (tmp_path / "backup").chmod(0o755)
    assert written(tmp_path, "--", str(tmp_path / "backup"), "3") == (3, "error", "exit code 3")
    in_path = {"environ": {"PATH": f"{tmp_path}:{os.environ['PATH']}"}}
    assert written(tmp_path, "--", "backup", "4", **in_path) == (4, "error", "exit code 4")


def test_a_variable_without_a_name_is_not_passed_on(tmp_path: Path) -> None:
    """Python would reject the whole environment for it."""
    given = ["env", "=x", *exec_command("--name", "task", "--write", str(tmp_path), "--", "true")]
    done = subprocess.run(given, check=False, capture_output=True, env=environment(), timeout=LIMIT)
    assert (done.returncode, page(tmp_path)["status"]) == (0, "ok")


def test_what_is_reported(tmp_path: Path, receiver: Receiver) -> None:
    """The start and the end are pushed with all that the options say, and the page has the same."""
    stated = ("--frequency", "1d", "--runtime", "2h", "--server", "app-1", "--process", "p")
    done = execute(
        "--name",
        "Nightly backup",
        *stated,
        "--push",
        receiver.address,
        "--write",
        str(tmp_path),
        "--",
        "true",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    start, end = receiver.pushed
    assert (start.path, end.path, start.rid) == ("nightly-backup/start", "nightly-backup", end.rid)
    keys = {"frequency": 1440, "runtime": 120, "server": "app-1", "process": "p"}
    assert start.report == {"started": start.report["started"], **keys}
    assert end.report == {
        "status": "ok",
        "lastrun": end.report["lastrun"],
        "started": start.report["started"],
        **keys,
    }
    found = page(tmp_path, "nightly-backup")
    assert {**found, "lastrun": 0} == {**end.report, "lastrun": 0}


@pytest.mark.parametrize(
    ("options", "script", "path", "log"),
    [
        ((), "echo out; exit 3", "task/3", "out\n"),
        ((), "echo out", "task", None),
        (("--log", "always"), "echo out", "task", "out\n"),
        (("--log", "never"), "echo out; exit 3", "task/3", None),
        (("--quiet", "--log", "never"), "echo out; exit 3", "task/3", None),
        (("--timeout", "1s"), "trap 'exit 0' TERM; sleep 5 & wait", "task/fail", None),
    ],
)
def test_the_log(
    receiver: Receiver, options: tuple[str, ...], script: str, path: str, log: str | None
) -> None:
    """Output contains secrets, so it is pushed with failures only, unless the user decides otherwise."""
    execute("--name", "task", "--push", receiver.address, *options, "--", *shell(script))
    logs = [each.body.decode() for each in receiver.pushed if each.path == "task/log"]
    assert (receiver.paths[-1], logs) == (path, [log] if log else [])


def test_a_long_log_is_cut(receiver: Receiver) -> None:
    """The last 10,000 bytes of a log are pushed, from the first whole character on."""
    script = "import sys; sys.stdout.write('ä' * 20_000 + '!'); sys.exit(1)"
    environ = {"PYTHONIOENCODING": "utf-8"}
    execute("--name", "task", "--push", receiver.address, "--", sys.executable, "-c", script, environ=environ)
    assert receiver.paths == ["task/start", "task/log", "task/1"]
    assert receiver.pushed[1].body.decode() == "ä" * 4999 + "!"


def test_an_unusable_destination_changes_nothing(tmp_path: Path) -> None:
    """With a folder that cannot be written and a dead server, the command runs, and its exit code stays."""
    done = execute(
        *("--name", "task", "--write", "/proc/pages", "--push", DEAD, "--", *shell("echo out; exit 5")),
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (5, b"out\n")
    assert done.stderr.decode().splitlines()[-1].startswith("Cannot keep a report of task: ")
    assert DEAD.rpartition("/")[2] not in done.stderr.decode()


def test_variables_name_the_places(tmp_path: Path, receiver: Receiver) -> None:
    """Without options the variables say where reports go; with neither the command runs all the same."""
    environ = {"PINGER_REPORTS": str(tmp_path), "PINGER_PUSH": receiver.address}
    assert execute("--name", "task", "--", "true", environ=environ).stderr == b""
    assert (page(tmp_path)["status"], receiver.paths) == ("ok", ["task/start", "task"])
    done = execute("--name", "task", "--", "echo", "out")
    assert (done.returncode, done.stdout) == (0, b"out\n")
    assert b"neither PINGER_REPORTS nor PINGER_PUSH is set" in done.stderr


def test_a_failed_push_is_sent_later(tmp_path: Path, receiver: Receiver) -> None:
    """A report that could not be pushed is sent by the next run, with its own time."""
    arguments = ("--name", "task", "--write", str(tmp_path), "--push")
    execute(*arguments, DEAD, "--", "false")
    failed_at = page(tmp_path)["lastrun"]
    receiver.behaviours[:] = [answers(200)]
    execute(*arguments, receiver.address, "--", "true")
    assert receiver.paths == ["task/start", "task/1", "task"]
    assert receiver.pushed[1].report["lastrun"][:19] == failed_at[:19]


INSIDE = """
import sys
from pinger_report import report
with report(sys.argv[1]) as run:
    run.reason = "3 rows skipped"
    if sys.argv[2:] == ["fail"]:
        run.fail("too many")
    if sys.argv[2:] == ["raise"]:
        raise ValueError("no rows")
"""


@pytest.mark.parametrize(
    ("mode", "code", "reason"),
    [((), 0, "3 rows skipped"), (("fail",), 0, "too many"), (("raise",), 1, "ValueError: no rows")],
)
def test_a_report_inside(
    tmp_path: Path, receiver: Receiver, mode: tuple[str, ...], code: int, reason: str
) -> None:
    """A `report` of the same task in the command adds its result, and is not pushed twice."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environ = {"PINGER_PUSH": receiver.address, "TMPDIR": str(temporary)}
    command = (sys.executable, "-c", INSIDE, "task", *mode)
    done = execute("--name", "Task", "--log", "never", "--", *command, environ=environ)
    assert done.returncode == code
    assert len(receiver.pushed) == 2
    end = receiver.pushed[-1].report
    assert (end["status"], end["reason"]) == ("error" if mode else "ok", reason)
    assert list(temporary.iterdir()) == []


def test_a_report_of_another_task_inside(receiver: Receiver) -> None:
    """A `report` of another task in the command reports for itself."""
    environ = {"PINGER_PUSH": receiver.address}
    execute("--name", "outer", "--", sys.executable, "-c", INSIDE, "inner", environ=environ)
    assert sorted(receiver.paths) == ["inner", "inner/start", "outer", "outer/start"]


def test_without_a_temporary_folder(receiver: Receiver) -> None:
    """Where no file can be handed over, the command runs, and a `report` inside reports for itself."""
    environ = {"PINGER_PUSH": receiver.address, "TMPDIR": "/proc"}
    assert execute("--name", "outer", "--", "true", environ=environ).returncode == 0
    assert receiver.paths == ["outer/start", "outer"]


@pytest.mark.parametrize("folder", [True, False])
def test_a_lock(tmp_path: Path, receiver: Receiver, *, folder: bool) -> None:
    """A run that finds another under way ends with 0, runs nothing and reports nothing."""
    place = ("--write", str(tmp_path)) if folder else ()
    arguments = ("--name", f"lock of {tmp_path.name}", *place, "--lock", "--")
    environ = {"PINGER_PUSH": receiver.address}
    with subprocess.Popen(
        exec_command(*arguments, *shell("echo in; read x")),
        env=environment(**environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdin
        assert first.stdout
        first.stdout.readline()
        second = execute(*arguments, "touch", str(tmp_path / "ran"), environ=environ)
        assert (second.returncode, second.stderr) == (0, b"")
        first.stdin.close()
        first.wait(LIMIT)
    third = execute(*arguments, "echo", "free", environ=environ)
    assert (third.returncode, third.stdout, (tmp_path / "ran").exists()) == (0, b"free\n", False)
    for file in Path("/tmp").glob(f"pinger-exec-{os.getuid()}-lock-of-{tmp_path.name.replace('_', '?')}*"):  # noqa: S108 - its place
        file.unlink()


def test_a_lock_that_cannot_be_had(tmp_path: Path, receiver: Receiver) -> None:
    """Without a lock the command is not started, because two runs might overlap; that is reported."""
    (tmp_path / "file").touch()
    arguments = ("--name", "task", "--lock", "--write", str(tmp_path / "file"), "--push", receiver.address)
    done = execute(*arguments, "--", "touch", str(tmp_path / "ran"))
    assert (done.returncode, (tmp_path / "ran").exists()) == (126, False)
    assert b"pinger exec: cannot lock the task: File exists\n" in done.stderr
    assert receiver.pushed[-1].report["reason"] == "cannot lock the task: File exists"


def test_from_systemd(tmp_path: Path, receiver: Receiver) -> None:
    """In ExecStopPost the end of the service is reported, with systemd's id of the run."""
    environ = {
        "SERVICE_RESULT": "exit-code",
        "EXIT_CODE": "exited",
        "EXIT_STATUS": "3",
        "INVOCATION_ID": "0b3f6c1e7f0a4b3e9d513f0f5d9d7a11",
        "PINGER_PUSH": receiver.address,
        "PINGER_REPORTS": str(tmp_path),
    }
    arguments = ("--name", "task", "--frequency", "1d", "--from-systemd")
    assert execute(*arguments, environ=environ).returncode == 0
    (pushed,) = receiver.pushed
    assert (pushed.path, pushed.rid) == ("task/3", "0b3f6c1e-7f0a-4b3e-9d51-3f0f5d9d7a11")
    assert page(tmp_path)["reason"] == "exit code 3"
    done = execute(*arguments, environ={"PINGER_PUSH": receiver.address})
    assert (done.returncode, len(receiver.pushed)) == (2, 1)
    assert b"SERVICE_RESULT is not set" in done.stderr


@pytest.mark.parametrize("variables", [{"SERVICE_RESULT": "success", "EXIT_STATUS": "0"}])
def test_from_systemd_without_an_id(tmp_path: Path, variables: dict[str, str]) -> None:
    """A successful service is ok; a missing or foreign id does not matter."""
    environ = {**variables, "INVOCATION_ID": "x"}
    assert written(tmp_path, "--from-systemd", environ=environ) == (0, "ok", None)


LOADED = """
import os, sys
from pinger_report.command.main import main
print(main(["exec", "--name", "task", "--write", sys.argv[1], "--", "true"]))
print(*sys.modules)
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")][0])
"""

COSTLY = {"asyncio", "dataclasses", "http", "inspect", "logging", "pathlib", "shutil", "ssl", "subprocess"}


def test_a_start_loads_little(tmp_path: Path) -> None:
    """A run without a push loads no library that takes long, nor Py Pinger, and stays below 20 MB."""
    # Without the site's own packages, which load what they like.
    command = [sys.executable, "-S", "-c", LOADED, str(tmp_path)]
    done = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    code, modules, kilobytes = done.stdout.splitlines()
    assert code == "0"
    assert set(modules.split()) & (COSTLY | {"tempfile", "urllib", "py_pinger"}) == set()
    assert int(kilobytes) < 20_000


def test_a_push_without_tls_costs_little(receiver: Receiver, tmp_path: Path) -> None:
    """Neither ssl nor a library for HTTP is loaded, and the process stays below 20 MB."""
    code = LOADED.replace('"--write", sys.argv[1]', '"--push", sys.argv[1]')
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, receiver.address],
        env=environment(),
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
    )
    _, modules, kilobytes = done.stdout.splitlines()
    assert receiver.paths == ["task/start", "task"]
    assert set(modules.split()) & {"ssl", "http", "urllib", "email"} == set()
    assert int(kilobytes) < 20_000


def test_a_report_that_hangs(tmp_path: Path) -> None:
    """A page that cannot be opened, as on a dead network disk, does not keep the command's result back."""
    os.mkfifo(tmp_path / "task.json")
    begin = time.monotonic()
    code = "import sys; from pinger_report.command import main; main._REPORT_LIMIT = 0.2; "
    code += "sys.exit(main.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "--name", "task", "--write", str(tmp_path), "--", *shell("exit 4")],
        env=environment(),
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 4
    assert time.monotonic() - begin < LIMIT / 2


def test_without_threads(tmp_path: Path) -> None:
    """Where no thread can be started, a command whose output is read is not started; another one is."""
    code = "import sys, threading\n"
    code += "def start(self): raise RuntimeError('no thread')\n"
    code += "threading.Thread.start = start\n"
    code += "from pinger_report.command.main import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--name", "task", "--write", str(tmp_path)]
    for options, expected in (((), 126), (("--log", "never"), 0)):
        done = subprocess.run([*command, *options, "--", "true"], env=environment(), check=False)
        assert done.returncode == expected
        assert page(tmp_path)["status"] == ("error" if expected else "ok")


def test_an_interrupted_start(tmp_path: Path) -> None:
    """Ctrl-C before the command is started ends without a traceback."""
    (tmp_path / "argparse.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n", "utf-8")
    environ = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{SOURCE}"}
    done = execute("--name", "task", "--", "true", environ=environ)
    assert done.returncode == 130
    assert done.stderr == b""
