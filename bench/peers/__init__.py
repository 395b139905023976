"""Py Pinger beside others: the same pages, watched by each in turns."""

from bench.peers.measure import measure
from bench.peers.watcher import Watcher, watchers

__all__ = ["Watcher", "measure", "watchers"]
