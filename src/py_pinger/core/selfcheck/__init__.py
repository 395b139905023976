"""Whether a problem is Py Pinger's own: rules and sentences."""
