"""The web: what the store knows, shown as JSON to programs and as pages to people."""

from py_pinger.web.access import Access
from py_pinger.web.app import create_app
from py_pinger.web.board import Board
from py_pinger.web.listening import WebError
from py_pinger.web.sample import SAMPLES
from py_pinger.web.server import WebServer

__all__ = ["SAMPLES", "Access", "Board", "WebError", "WebServer", "create_app"]
