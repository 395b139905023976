"""Standard error that is never read, as a pipe to a program that hangs."""

from __future__ import annotations

import os
from collections.abc import Callable
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path

from tests.faults.scenario import new_scenario
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import STOP, Pinger
from tests.support.task_server import unused_port

# Bytes of the smallest pipe: debug mode fills it within a second.
SMALL = 4096


def test_a_stalled_standard_error(tmp_path: Path, measure: Callable[[str], None]) -> None:
    """Checks and notices go on, the log file gets all lines, /healthz has a warning, and a stop is quick."""
    with new_scenario(tmp_path / "stalled") as scenario:
        port, pipe = unused_port(), scenario.folder / "pipe"
        urls = {"dev": ",".join(scenario.tasks.addresses)}
        write_ini(scenario.folder, watching(port=port, debug=True), {"urls": urls}, scenario.slack.block)
        os.mkfifo(pipe)
        unread = os.open(pipe, os.O_RDWR)
        fcntl(unread, F_SETPIPE_SZ, SMALL)
        pinger = scenario.pinger(inside=("sh", "-euc", f'exec "$@" 2>{pipe}', "sh"))
        pinger.start()
        try:
            pinger.port = port
            warning = eventually(lambda: _warning(pinger), "the warning")
            scenario.wait_until_checked()
            reason = scenario.fail_and_recover(scenario.tasks.urls[0])
            scenario.wait_until_delivered()
            assert pinger.stop(within=STOP) == 0
        finally:
            pinger.kill()
            os.close(unread)
        log = (scenario.folder / "pinger.log").read_text("utf-8")
        assert (reason in log, "Py Pinger was stopped" in log) == (True, True)
        scenario.assert_consistent()
        pinger.hold_secrets()
        measure(f"standard error never read: {warning}; a stop within {STOP:.0f} s")


def _warning(pinger: Pinger) -> str | None:
    try:
        warnings: list[str] = pinger.get("/healthz").json.get("warnings", [])
    except OSError:
        return None
    return next((each for each in warnings if each.startswith("standard error takes no log lines")), None)
