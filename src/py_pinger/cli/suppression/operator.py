"""Who runs a command, as silences and acknowledgements name them."""

from __future__ import annotations

import os
from getpass import getuser
from socket import gethostname

from py_pinger.core.text.formatting import clean


def current_user() -> str:
    """Return the user and the machine; for root by sudo, the user who called sudo."""
    try:
        name = os.environ.get("SUDO_USER") or getuser()
    except (KeyError, OSError):  # a user without a name
        name = f"user {os.getuid()}"
    return clean(f"{name} on {gethostname()}")
