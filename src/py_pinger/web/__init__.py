"""The web: the state and history of the tasks, as JSON for programs and as pages for people."""

from py_pinger.web.app import PageSettings, WebApp, create_app
from py_pinger.web.demo.demo_shop import DemoShop
from py_pinger.web.http.server import WebServer
from py_pinger.web.http.sockets import PortInUseError, WebError
from py_pinger.web.pages.samples import SAMPLES
from py_pinger.web.security.access import Access
from py_pinger.web.security.authenticator import LoginState
from py_pinger.web.template_code import TemplateCode
from py_pinger.web.view.data import DataSource

__all__ = [
    "SAMPLES",
    "Access",
    "DataSource",
    "DemoShop",
    "LoginState",
    "PageSettings",
    "PortInUseError",
    "TemplateCode",
    "WebApp",
    "WebError",
    "WebServer",
    "create_app",
]
