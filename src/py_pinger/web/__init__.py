"""The web: what the store knows, shown as JSON to programs and as pages to people."""

from py_pinger.web.app import create_app
from py_pinger.web.http.server import WebServer
from py_pinger.web.http.sockets import WebError
from py_pinger.web.pages.samples import SAMPLES
from py_pinger.web.security.access import Access
from py_pinger.web.view.data import DataSource

__all__ = ["SAMPLES", "Access", "DataSource", "WebError", "WebServer", "create_app"]
