"""What exactly is wrong with a task that fails, as a code: what to do about it follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultCode(StrEnum):
    """What exactly is wrong with a task; the remedies are in `core/remedy/`.

    The first ones have the names of ProbeFailure: each stands for failures that have no more exact code. The
    values are stored.
    """

    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    LOGIN = "login"
    NETWORK = "network"
    LOCAL = "own"

    NO_SUCH_HOST = "no_such_host"
    NAME_SERVER = "name_server"
    CONNECT_TIMEOUT = "connect_timeout"
    NO_ANSWER = "no_answer"
    CUT_OFF = "cut_off"
    NO_ROUTE = "no_route"
    FIREWALL = "firewall"
    ADDRESS = "address"
    PROXY_LOGIN = "proxy_login"
    PROXY_TARGET = "proxy_target"
    PROXY_UNREACHABLE = "proxy_unreachable"

    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_OTHER_HOST = "certificate_other_host"
    CERTIFICATE_UNKNOWN_ISSUER = "certificate_unknown_issuer"
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_PURPOSE = "certificate_purpose"
    CERTIFICATE_EXTENSION = "certificate_extension"
    CERTIFICATE_SIGNATURE = "certificate_signature"
    CERTIFICATE_VERSION = "certificate_version"
    CERTIFICATE_BROKEN = "certificate_broken"
    CLIENT_CERTIFICATE_MISSING = "client_certificate_missing"
    CLIENT_CERTIFICATE_REJECTED = "client_certificate_rejected"
    CLIENT_CERTIFICATE_UNUSABLE = "client_certificate_unusable"
    NOT_TLS = "not_tls"
    TLS_VERSION = "tls_version"
    TLS_HOST = "tls_host"

    NOT_HTTP = "not_http"
    LARGE_HEADERS = "large_headers"
    BROKEN_ENCODING = "broken_encoding"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_ADDRESS = "redirect_address"
    REDIRECT_METADATA = "redirect_metadata"
    REDIRECT_BODY = "redirect_body"
    LOGIN_REDIRECT = "login_redirect"
    LOGIN_REJECTED = "login_rejected"
    LOGIN_TOKEN = "login_token"  # noqa: S105 - a code

    BAD_REQUEST = "bad_request"
    DJANGO_HOST = "django_host"
    DJANGO_BAD_REQUEST = "django_bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    NOT_ACCEPTABLE = "not_acceptable"
    PROXY_UNAUTHORIZED = "proxy_unauthorized"
    SLOW_REQUEST = "slow_request"
    MISDIRECTED = "misdirected"
    RATE_LIMITED = "rate_limited"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    GATEWAY_TIMEOUT = "gateway_timeout"
    RETRY_AFTER = "retry_after"
    PORTAL = "portal"
    NO_LOCATION = "no_location"
    ODD_STATUS = "odd_status"

    EMPTY_PAGE = "empty_page"
    HTML_PAGE = "html_page"
    LOGIN_PAGE = "login_page"
    REDIRECTED_PAGE = "redirected_page"
    NOT_UTF_8 = "not_utf_8"
    PYTHON_PAGE = "python_page"
    NOT_JSON = "not_json"
    TASK_LIST = "task_list"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_KEY = "missing_key"
    MISSPELLED_KEY = "misspelled_key"
    STATUS_WORD = "status_word"
    STATUS_MEANING = "status_meaning"
    TIME_NOTATION = "time_notation"
    TIME_INCOMPLETE = "time_incomplete"
    TIME_ORDER = "time_order"
    TIME_ZONE = "time_zone"
    TIME_MILLISECONDS = "time_milliseconds"
    MINUTES = "minutes"
    OTHER_FREQUENCY = "other_frequency"
    ZONE_NAME = "zone_name"
    SCHEDULE = "schedule"
    LONG_REPORT = "long_report"

    PAGE_SECTION = "page_section"
    PAGE_SETTING = "page_setting"
    PAGE_STATUS = "page_status"
    PAGE_ITEM = "page_item"
    PAGE_LIMIT = "page_limit"
    PAGE_KIND = "page_kind"

    REPORTED = "reported"
    NO_REASON = "no_reason"
    SHORT_RUN = "short_run"
    CLOCK_AHEAD = "clock_ahead"
    LOCAL_TIME = "local_time"
    LATE = "late"
    NEVER_RAN = "never_ran"
    NEVER_REPORTED = "never_reported"
    LONG_RUN = "long_run"


@dataclass(frozen=True, slots=True)
class Fault:
    """What exactly is wrong; `detail` is what the remedy names: a key, a place, a time."""

    code: FaultCode
    detail: str | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.detail}" if self.detail else str(self.code)

    @classmethod
    def of(cls, text: str) -> Fault | None:
        """Return the fault that `str` has written; None for one of a later release."""
        code, _, detail = text.partition(" ")
        known = next((each for each in FaultCode if each == code), None)
        return None if known is None else cls(known, detail or None)
