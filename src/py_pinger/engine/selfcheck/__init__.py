"""Whether a problem is Py Pinger's own: the loops that find out."""
