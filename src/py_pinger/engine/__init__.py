"""The loops: they do I/O and no thinking. Schedule, fetch, monitor, ledger, dispatcher."""
