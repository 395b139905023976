"""A sender of a channel in a process of its own, for tests that need another /etc/hosts: a URL a line.

The argument is the timeout in seconds; each line of the output is a status or an error.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from py_pinger.channels.http import HttpSender
from py_pinger.core.model.notification import SendFailed


def main(seconds: str) -> None:
    """Post to what standard input names."""
    sender = HttpSender("Service", "service", timedelta(seconds=float(seconds)))
    while line := sys.stdin.readline():
        response = sender.post(line.strip(), {}, b"{}")
        shown = response.error if isinstance(response, SendFailed) else response.status
        sys.stdout.write(f"{shown}\n")
        sys.stdout.flush()
    sender.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
    # As Py Pinger ends: the thread of the HTTP library must not meet an interpreter that finalizes.
    os._exit(0)
