"""The log of Py Pinger itself: where it goes, what it masks, and what it does not wait for."""
