"""What to do if there is no response: names, connections, TLS, HTTP, redirects and logins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from py_pinger.core.model.fault import FaultCode

CONNECTION_REMEDIES: Final[Mapping[FaultCode, str]] = {
    FaultCode.DNS: "check the host in the URL, and the name servers of this machine",
    FaultCode.NO_SUCH_HOST: "correct the host in the URL, or add its name to the DNS or to /etc/hosts",
    FaultCode.NAME_SERVER: "check the name servers of this machine in /etc/resolv.conf",
    FaultCode.REFUSED: "start the server, or correct the port in the URL",
    FaultCode.RESET: "read the log of the server: it, or a firewall in between, ended the connection",
    FaultCode.NO_ANSWER: "read the log of the server; check the port, and http or https, in the URL",
    FaultCode.CUT_OFF: "read the log of the server: it may have crashed, or its Content-Length is wrong",
    FaultCode.TIMEOUT: "make the page faster, or raise timeout in [main] or in the task's section",
    FaultCode.CONNECT_TIMEOUT: "check that the server runs and that firewalls let this machine through",
    FaultCode.NETWORK: "check the network of this machine, and the proxy if one is set",
    FaultCode.NO_ROUTE: "check the network and the routes of this machine",
    FaultCode.FIREWALL: "allow the connection in the firewall of this machine",
    FaultCode.ADDRESS: "correct the URL in pinger.ini",
    FaultCode.PROXY_LOGIN: "correct the user name and the password in proxy",
    FaultCode.PROXY_TARGET: "allow this host and port in the proxy",
    FaultCode.PROXY_UNREACHABLE: "start the proxy, or correct its address in proxy",
    FaultCode.CERTIFICATE_EXPIRED: "renew the certificate, and have the server load it",
    FaultCode.CERTIFICATE_NOT_YET_VALID: "check the clocks of this machine and of the one that issued it",
    FaultCode.CERTIFICATE_OTHER_HOST: "use a host of the certificate in the URL, or issue one for this host",
    FaultCode.CERTIFICATE_UNKNOWN_ISSUER: (
        "have the server send its intermediate certificates, or set ca in the task's section to the file of"
        " its authority"
    ),
    FaultCode.CERTIFICATE_SELF_SIGNED: (
        "set ca in the task's section to the file of this certificate, or use one of a known authority"
    ),
    FaultCode.CERTIFICATE_PURPOSE: "issue one with the extended key usage serverAuth",
    FaultCode.CERTIFICATE_EXTENSION: "issue one without this extension",
    FaultCode.CERTIFICATE_SIGNATURE: "issue one signed with SHA-256",
    FaultCode.CERTIFICATE_VERSION: "issue one of version 3",
    FaultCode.CERTIFICATE_BROKEN: "issue another certificate",
    FaultCode.CLIENT_CERTIFICATE_MISSING: "set certificate and key in the task's section",
    FaultCode.CLIENT_CERTIFICATE_REJECTED: (
        "set certificate and key in the task's section to a pair that the server accepts"
    ),
    FaultCode.CLIENT_CERTIFICATE_UNUSABLE: "correct ca, certificate and key in the task's section",
    FaultCode.TLS: "test the server with `openssl s_client -connect HOST:PORT`, and read its log",
    FaultCode.NOT_TLS: "write http instead of https in the URL, or correct the port",
    FaultCode.TLS_VERSION: "allow TLS 1.2 or 1.3 with current ciphers on the server",
    FaultCode.TLS_HOST: "add the host to the server's TLS settings, or correct it in the URL",
    FaultCode.PROTOCOL: "make the server send valid HTTP/1.1; `curl -v URL` shows what it sends",
    FaultCode.NOT_HTTP: "correct the port, and http or https, in the URL: another protocol is spoken there",
    FaultCode.LARGE_HEADERS: "send fewer or shorter headers; cookies are the usual reason",
    FaultCode.BROKEN_ENCODING: "correct the server's compression, or switch it off for this page",
    FaultCode.TOO_LARGE: "make the page smaller, or raise max_body in [main]",
    FaultCode.REDIRECTS: "set the URL to the page itself",
    FaultCode.REDIRECT_LOOP: "set the URL to the page itself; if it needs a login, set [token_auth]",
    FaultCode.REDIRECT_ADDRESS: "correct the Location header on the server, or set the URL to the page",
    FaultCode.REDIRECT_METADATA: "correct the redirect ; to monitor this address, name it as a URL",
    FaultCode.REDIRECT_BODY: "set the URL to where the redirect leads",
    FaultCode.LOGIN: "check url in [token_auth], and that this machine can reach it",
    FaultCode.LOGIN_REDIRECT: "set url in [token_auth] to where the redirect leads",
    FaultCode.LOGIN_REJECTED: (
        "check url, username, password, username_field and password_field in [token_auth]"
    ),
    FaultCode.LOGIN_TOKEN: "set token_field in [token_auth] to the key of the token in the answer",
}
