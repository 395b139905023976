"""`pinger exec`: runs any command as a task. It needs nothing of Py Pinger itself."""
