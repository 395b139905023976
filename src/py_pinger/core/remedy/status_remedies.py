"""What to do about an HTTP status that is not a success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from py_pinger.core.model.fault import FaultCode

STATUS_REMEDIES: Final[Mapping[FaultCode, str]] = {
    FaultCode.BAD_REQUEST: "correct the host, path or query of the URL; the server's log may say more",
    FaultCode.DJANGO_HOST: "add the host of the URL to ALLOWED_HOSTS in Django's settings",
    FaultCode.DJANGO_BAD_REQUEST: (
        "if this is Django, add the host of the URL to ALLOWED_HOSTS in its settings; its log says more"
    ),
    FaultCode.UNAUTHORIZED: (
        "set [token_auth], or user:password@ in the URL; if one is set, the server rejects it: renew it"
    ),
    FaultCode.FORBIDDEN: (
        "allow this page for Py Pinger on the server; if it needs a token, set [token_auth]; if one is set,"
        " the server rejects it"
    ),
    FaultCode.NOT_FOUND: "correct the path of the URL, or deploy the page there",
    FaultCode.METHOD: "allow GET for this page; if it needs POST, set body in the task's section",
    FaultCode.NOT_ACCEPTABLE: "make the server return JSON whatever the Accept header says",
    FaultCode.PROXY_UNAUTHORIZED: "set user:password@ in proxy",
    FaultCode.SLOW_REQUEST: "raise the server's limit for reading a request, and check the network",
    FaultCode.MISDIRECTED: "correct the host in the URL: this server does not serve it",
    FaultCode.RATE_LIMITED: "raise the server's limit for Py Pinger, or lengthen interval",
    FaultCode.RETRY_AFTER: (
        "wait: the server wants no request for {detail} (Retry-After); if this repeats, lengthen interval"
    ),
    FaultCode.CLIENT_ERROR: "correct the URL, or the task's section; the server's log may say more",
    FaultCode.SERVER_ERROR: "read the log of the server: the program behind the page failed",
    FaultCode.BAD_GATEWAY: "start the program behind the proxy, or correct its address in the proxy",
    FaultCode.UNAVAILABLE: "end the maintenance of the server, or start the program behind it",
    FaultCode.GATEWAY_TIMEOUT: "make the page faster, or raise the timeout of the proxy in front of it",
    FaultCode.PORTAL: "log in to the network of this machine",
    FaultCode.NO_LOCATION: "set the URL to the page itself: this response does not say where it is",
    FaultCode.ODD_STATUS: "make the server return the page with the status 200",
}
