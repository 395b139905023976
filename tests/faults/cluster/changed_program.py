"""Py Pinger with one thing changed: a safeguard that is missing, or a moment at which it stops itself."""

from __future__ import annotations

from pathlib import Path

from tests.support.program import ROOT

# Stops the process directly before it decides whether it may send a message, if a file names its channel. The
# signal goes to the thread itself: another thread would stop this one some moments later.
STOP_FILE = "stop-before-sending"
STOPPING = f"""
import signal, threading
from pathlib import Path
from py_pinger.engine.notification import notifier

def permitted(send, may_send, original=notifier.permitted):
    checked = original(send, may_send)
    def sending():
        file = Path({STOP_FILE!r})
        if file.exists() and file.read_text() == send.func.__self__.name:
            file.unlink()
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        return checked()
    return sending

notifier.permitted = permitted
"""

# Sends whether or not other nodes may have taken over.
WITHOUT_TRUST = f"""
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
LeaseRenewer.may_send = lambda self: True
{STOPPING}
"""

# Writes whether or not its run is over, which it notices some seconds late.
WITHOUT_FENCE = """
from sqlalchemy import text
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.runtime.store_access import StoreFenced, StoreUnavailable
from py_pinger.store.database.fence import Fence

COUNT = text("UPDATE node SET written = written + 1 WHERE incarnation = :me RETURNING written")

def pass_through(self, connection):
    self.number = connection.scalar(COUNT, {"me": self.incarnation})

def renewed(self, state, sent_at, original=LeaseRenewer._renewed, noticed=[]):
    try:
        return original(self, state, sent_at)
    except StoreFenced:
        noticed.append(sent_at)
        if len(noticed) % 6:
            raise StoreUnavailable("noticed later") from None
        raise

Fence.pass_through = pass_through
LeaseRenewer._renewed = renewed
"""

# Declares others lost directly after an outage of the database.
WITHOUT_GRACE = """
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
LeaseRenewer.may_declare = lambda self: True
"""

_PROGRAM = """
import sys
sys.path.insert(0, {source!r})
{change}
from py_pinger.cli.process import run_process
run_process()
"""


def changed_program(folder: Path, change: str) -> Path:
    """Return the program with a change, a piece of Python that is executed before it starts."""
    file = folder / "changed.py"
    file.write_text(_PROGRAM.format(source=str(ROOT / "src"), change=change), "utf-8")
    return file
