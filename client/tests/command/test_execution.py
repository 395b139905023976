"""How commands are run: their streams byte by byte, signals, timeouts, and what they leave behind."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from client.tests.command.test_main import page
from client.tests.support.executing import LIMIT, environment, exec_command, execute, shell

# Ten megabytes of all bytes, in both streams in turn.
NOISE = "import os, sys; [os.write(1 + n % 2, bytes([n % 256]) * 4099) for n in range(2500)]"


@contextmanager
def running(folder: Path, script: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a script until it says something; afterwards it has ended."""
    command = exec_command("--name", "task", "--write", str(folder), *options, "--", *shell(script))
    for each in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(each) is signal.SIG_IGN:
            # The tests run in the background of a shell; what they start would never get these.
            signal.signal(each, signal.SIG_DFL)
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    """Return True if a process runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def pids(file: Path) -> list[int]:
    """Return the process numbers that a script has written."""
    return [int(line) for line in file.read_text("utf-8").split()]


def test_streams_are_passed_on_byte_by_byte(tmp_path: Path) -> None:
    """Ten megabytes of any bytes arrive in both streams as they were written."""
    direct = subprocess.run([sys.executable, "-c", NOISE], capture_output=True, check=True)
    done = execute("--name", "task", "--write", str(tmp_path), "--", sys.executable, "-c", NOISE)
    for ours, own in ((done.stdout, direct.stdout), (done.stderr, direct.stderr)):
        assert len(ours) > 5_000_000
        assert hashlib.sha256(ours).digest() == hashlib.sha256(own).digest()


def test_standard_input(tmp_path: Path) -> None:
    """The command reads our standard input."""
    content = os.urandom(300_000)
    done = execute("--name", "task", "--write", str(tmp_path), "--", "cat", input=content, stdin=None)
    assert done.stdout == content


@pytest.mark.parametrize("log", ["failure", "never"])
def test_both_streams_in_one(tmp_path: Path, log: str) -> None:
    """Where both streams go to one file, the lines keep their order."""
    script = "for n in 1 2 3 4 5 6 7 8 9; do echo out $n; echo err $n >&2; done"
    arguments = ("--name", "task", "--write", str(tmp_path), "--log", log, "--", *shell(script))
    done = execute(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout.decode().splitlines() == [
        f"{name} {n}" for n in range(1, 10) for name in ("out", "err")
    ]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, closed: str) -> None:
    """A stream that is closed is /dev/null for the command."""
    command = exec_command(
        "--name", "task", "--write", str(tmp_path), "--", *shell("cat; echo a; echo b >&2")
    )
    line = " ".join(f"'{word}'" for word in command)
    done = subprocess.run(
        ["sh", "-c", f"{line} {closed}"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == (b"" if " >&-" in f" {closed}" and closed != "2>&-" else b"a\n")
    assert page(tmp_path)["status"] == "ok"


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """A command whose output nobody reads any more gets SIGPIPE, as without `pinger exec`."""
    command = exec_command("--name", "task", "--write", str(tmp_path), "--", "yes")
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(LIMIT) == 128 + signal.SIGPIPE
    assert page(tmp_path)["reason"] == "killed by SIGPIPE"


def test_output_without_a_place(tmp_path: Path) -> None:
    """If our own output is on a full disk, the command goes on, and the report has the log."""
    arguments = ("--name", "task", "--write", str(tmp_path), "--", *shell("seq 50000; echo end >&2; exit 2"))
    with open("/dev/full", "wb") as full:
        assert execute(*arguments, stdout=full, stderr=full).returncode == 2
    assert page(tmp_path)["reason"] == "exit code 2: end"


@pytest.mark.parametrize(("code", "printed"), [(0, b""), (1, b"out\n")])
def test_quiet(tmp_path: Path, code: int, printed: bytes) -> None:
    """With --quiet the output is printed if the run fails."""
    script = shell(f"echo out; echo err >&2; exit {code}")
    done = execute("--name", "task", "--write", str(tmp_path), "--quiet", "--", *script)
    assert (done.returncode, done.stdout) == (code, printed)
    assert done.stderr == printed.replace(b"out", b"err")


@pytest.mark.parametrize("place", ["{tmp}", "/proc"])
def test_quiet_with_much_output(tmp_path: Path, place: str) -> None:
    """Held output may be larger than memory should be; without a place for it, it is printed at once."""
    environ = {"TMPDIR": place.format(tmp=tmp_path)}
    script = f"{NOISE}; sys.exit(1)"
    direct = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    arguments = ("--name", "task", "--write", str(tmp_path / "pages"), "--quiet")
    done = execute(*arguments, "--", sys.executable, "-c", script, environ=environ)
    assert (done.stdout, done.stderr) == (direct.stdout, direct.stderr)
    assert [each.name for each in tmp_path.iterdir()] == ["pages"]


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])
def test_signals_are_passed_on(tmp_path: Path, name: str) -> None:
    """The command gets the signals that we get, and may answer them with its own exit code."""
    # The shell says on standard error that the signal has ended its child as well.
    script = f"exec 2>&-; trap 'echo got; exit 7' {name}; echo ready; while :; do sleep 0.02; done"
    with running(tmp_path, script) as process:
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.communicate(timeout=LIMIT)[0] == b"got\n"
        assert process.returncode == 7
    assert page(tmp_path)["reason"] == "exit code 7: got"


def test_a_signal_that_kills(tmp_path: Path) -> None:
    """A command without a trap is killed by the signal that we get."""
    with running(tmp_path, "echo ready; exec sleep 60") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 143
    assert page(tmp_path)["reason"] == "killed by SIGTERM"


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    """After `nohup` neither we nor the command end with the terminal."""
    command = exec_command(
        "--name", "task", "--write", str(tmp_path), "--", *shell("kill -HUP $$; echo alive")
    )
    done = subprocess.run(
        ["nohup", *command], env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert done.stdout == b"alive\n"


FAMILY = """
sleep 61 & echo $! >>{file}
sh -c 'echo $$ >>{file}; trap "" TERM; while :; do sleep 0.02; done' &
timeout 62 sh -c 'echo $$ >>{file}; exec sleep 62' & echo $! >>{file}
while [ $(wc -l <{file}) -lt 4 ]; do sleep 0.02; done
{end}
"""

# Without a trap a shell may miss a signal that comes between the start of a child and its exec.
WAITING = "trap 'exit 5' TERM INT; echo ready; while :; do sleep 0.02; done"


@pytest.fixture
def quick_kill(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let SIGKILL follow SIGTERM sooner, in the processes that are started."""
    patch = tmp_path / "patch"
    patch.mkdir()
    text = "from pinger_report.command import execution, process_group\n"
    text += "execution.KILL_AFTER = process_group.KILL_AFTER = 0.5\n"
    (patch / "sitecustomize.py").write_text(text, "utf-8")
    more = f"{environment()['PYTHONPATH']}{os.pathsep}{patch}"
    monkeypatch.setattr("client.tests.support.executing.SOURCE", more)


@pytest.mark.usefixtures("quick_kill")
@pytest.mark.parametrize(
    ("end", "act", "code"),
    [
        ("exit 0", None, 0),
        ("exit 3", None, 3),
        ("kill -KILL $$", None, 137),
        (WAITING, signal.SIGTERM, 5),
        (WAITING, signal.SIGINT, 5),
    ],
)
def test_no_orphans(tmp_path: Path, end: str, act: signal.Signals | None, code: int) -> None:
    """Whatever the command leaves behind has ended when we end: in its group, in others, deaf to SIGTERM."""
    file = tmp_path / "pids"
    file.touch()
    with running(tmp_path, FAMILY.format(file=file, end=end)) as process:
        if act:
            process.send_signal(act)
        assert process.wait(LIMIT) == code
    assert len(pids(file)) == 4
    assert [pid for pid in pids(file) if is_alive(pid)] == []


def test_a_daemon_is_left_alone(tmp_path: Path) -> None:
    """A process that starts a session of its own goes on, and does not keep us waiting for its output."""
    file = tmp_path / "pids"
    script = (
        f"setsid sh -c 'echo $$ >{file}; sleep 30' & while [ ! -s {file} ]; do sleep 0.02; done; echo end"
    )
    done = execute("--name", "task", "--write", str(tmp_path), "--", *shell(script))
    (pid,) = pids(file)
    alive = is_alive(pid)
    os.kill(pid, signal.SIGKILL)
    assert (done.returncode, done.stdout, alive) == (0, b"end\n", True)


@pytest.mark.usefixtures("quick_kill")
@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exec sleep 60", 143),
        ("trap 'exit 0' TERM; sleep 60 & wait", 0),
        ("trap '' TERM; while :; do sleep 0.02; done", 137),
        ("kill -STOP $$; sleep 60", 143),
    ],
)
def test_timeouts(tmp_path: Path, script: str, code: int) -> None:
    """A command that takes too long gets SIGTERM, then SIGKILL; its exit code stays its own."""
    done = execute("--name", "task", "--write", str(tmp_path), "--timeout", "1s", "--", *shell(script))
    assert done.returncode == code
    found = page(tmp_path)
    assert (found["status"], found["reason"]) == ("error", "took longer than 1 s")


def test_a_timeout_while_the_output_is_blocked(tmp_path: Path) -> None:
    """A reader that does not read delays neither the timeout nor a signal."""
    command = exec_command("--name", "task", "--write", str(tmp_path), "--timeout", "0.5s", "--", "yes")
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        wait_for(lambda: children(process.pid))
        wait_for(lambda: not children(process.pid))
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 143
    assert page(tmp_path)["reason"] == "took longer than 0.5 s"


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    return [int(line) for line in subprocess.run(command, capture_output=True, check=False).stdout.split()]


def wait_for(probe: Callable[[], object]) -> object:
    """Return the first true result of a probe."""
    deadline = time.monotonic() + LIMIT
    while not (result := probe()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return result


def test_a_killed_run_is_seen(tmp_path: Path) -> None:
    """After `kill -9` of everything the page says that a run has begun and how long it may take."""
    with running(tmp_path, "echo $$; exec sleep 60", "--runtime", "5") as process:
        wait_for((tmp_path / "task.json").exists)
        command = children(process.pid)
        process.kill()
        for pid in command:
            os.kill(pid, signal.SIGKILL)
    found = page(tmp_path)
    assert (found["lastrun"], found["runtime"], "started" in found) == (None, 5, True)


def test_as_process_1(tmp_path: Path) -> None:
    """As the first process of a container it passes on signals, and ends what it inherits."""
    command = exec_command("--name", "task", "--write", str(tmp_path), "--", *shell("(sleep 60 &) ; exit 4"))
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", *command],
        env=environment(),
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    if b"unshare" in done.stderr:
        pytest.skip("only root can make a process namespace, outside of a container")
    assert done.returncode == 4
