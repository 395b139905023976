"""The secrets that the tests plant, one of each kind; they are searched for after each run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

SLACK_TOKEN = "xoxb-of-the-tests"
HIPCHAT_AUTH = "hipchat-auth-of-the-tests"
SENTRY_KEY = "5e7a9c0de5e7a9c0"
URL_PASSWORD = "url-pass/word"
LOGIN_PASSWORD = "login-password"
HEARTBEAT_PATH = "heartbeat-path-of-the-tests"
WEB_PASSWORD = "web-password-of-the-tests"
WEBHOOK_SECRET = b64encode(b"signs-the-webhooks-of-the-tests").decode()
APPRISE_TOKEN = "apprise-token-of-the-tests"
ALERTMANAGER_PASSWORD = "alertmanager-password-of-the-tests"
OWN_TOKEN = "own-token-of-the-tests"
HEADER = "header-of-the-tests"
COOKIE = "cookie-of-the-tests"
PROXY_PASSWORD = "proxy-password-of-the-tests"
PUSH_KEY = "push-key-of-the-tests"
PUSH_TOKEN = "5ec4e700-d4c7-4bf5-bcc8-b8d8a82ea278"

SECRETS: Mapping[str, str] = {
    "Slack's token": SLACK_TOKEN,
    "HipChat's auth": HIPCHAT_AUTH,
    "Sentry's key": SENTRY_KEY,
    "a webhook's address": "webhook-secret",
    "credentials of a URL": URL_PASSWORD,
    "the same, encoded": quote(URL_PASSWORD, safe=""),
    "a token in a query": "query-token",
    "a key in a query": "query-api-key",
    "the login's password": LOGIN_PASSWORD,
    "the issued token": "issued-token",
    "the heartbeat's address": HEARTBEAT_PATH,
    "the web's password": WEB_PASSWORD,
    "the key of webhooks": WEBHOOK_SECRET,
    "a token in a URL of apprise": APPRISE_TOKEN,
    "Alertmanager's password": ALERTMANAGER_PASSWORD,
    "the token of a section of its own": OWN_TOKEN,
    "a task's header": HEADER,
    "a task's cookie": COOKIE,
    "a proxy's password": PROXY_PASSWORD,
    "the same, as it goes out": b64encode(f"pinger:{PROXY_PASSWORD}".encode()).decode(),
    "the key of pushes": PUSH_KEY,
    "a task's own UUID": PUSH_TOKEN,
}


def leaks(*texts: str | bytes) -> list[str]:
    """Return the secrets that show in any of these."""
    whole = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts)
    return [what for what, secret in SECRETS.items() if secret.encode() in whole]
