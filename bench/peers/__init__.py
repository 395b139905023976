"""Py Pinger compared with others: each monitors the same pages in turn."""

from bench.peers.measure import measure
from bench.peers.watcher import Watcher, watchers

__all__ = ["Watcher", "measure", "watchers"]
