"""The [task …] sections.

Settings of one task, by its URL, or by a name together with a url key or a push key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import nearest, quotable, quotable_url, suggest
from py_pinger.config.parsing.raw_section import build, build_lenient, read_raw_section
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.settings import TaskSettings
from py_pinger.config.sections.pages import PageSections
from py_pinger.config.sections.push_tasks import PushRules, report_shared_tokens
from py_pinger.config.sections.tokens import NO_TOKEN
from py_pinger.config.values.pem import ca_problem, client_certificate_problem, read_pem
from py_pinger.config.values.url import is_url
from py_pinger.core.evaluation.scheduled_times import read_schedule
from py_pinger.core.model.check import ReportWarning, ReportWarningKind
from py_pinger.core.model.page import PageDefinition, PageKind, is_for_all, item_of
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import (
    DIRECT,
    PUSH_SCHEME,
    UNSTATED,
    ConnectionProfile,
    Expectations,
    Pem,
    PushIdentity,
)
from py_pinger.core.text.formatting import cut
from py_pinger.core.text.urls import mask

# Enough to find a line by, too little to use a secret by.
_QUOTED_LENGTH = 4

UNVERIFIED = (
    "its certificate is not verified (verify=false); anyone on the network path can impersonate the server"
)

UNVERIFIED_WARNING = ReportWarning(ReportWarningKind.UNVERIFIED_CERTIFICATE, UNVERIFIED)

# What is wrong with a section's heading or url.
_Fault = tuple[ProblemCode, str]


@dataclass(frozen=True, slots=True)
class TaskSection:
    """The settings in one task's section; its `address` only if that is not in a list of [urls]."""

    settings: TaskSettings = field(default_factory=TaskSettings)
    name: str | None = None
    address: str | None = None
    profile: ConnectionProfile = DIRECT
    page: PageDefinition | None = None

    @property
    def list_name(self) -> str:
        """The list of [urls] that the task belongs to."""
        return self.settings.urls or "prod"

    @property
    def token_auth(self) -> str | None:
        """The name of its token's section, '' for [token_auth], None for requests without a token."""
        return None if self.settings.token_auth == NO_TOKEN else self.settings.token_auth or ""

    @property
    def expectations(self) -> Expectations:
        """What its page is expected to say."""
        settings, warnings = self.settings, () if self.profile.verify else (UNVERIFIED_WARNING,)
        schedule = read_schedule(settings.schedule, settings.timezone) if settings.schedule else None
        stated = schedule if isinstance(schedule, Schedule) else None
        expectations = Expectations(
            settings.frequency,
            warnings,
            stated,
            page=self.page,
            runtime=settings.runtime,
            least_runtime=settings.least_runtime,
            short_run_is_error=bool(settings.least_runtime_error),
        )
        # Most tasks share one value.
        return expectations if expectations != UNSTATED else UNSTATED

    @property
    def push(self) -> PushIdentity | None:
        """How the task is pushed, None if it is polled."""
        slug, token = self.settings.push, self.settings.token
        return PushIdentity(slug, token.get_secret_value() if token else None) if slug else None

    @property
    def method(self) -> str:
        """The method of its requests without a body: HEAD where the page itself is not read."""
        headers_only = self.page is not None and self.page.kind is PageKind.HEADERS
        return self.settings.method or ("HEAD" if headers_only else "GET")


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What sections refer to.

    URLs of [urls], names of tokens, pages, the rules of pushes, the folder of files, variables.
    """

    addresses: Collection[str]
    tokens: Collection[str]
    pages: PageSections
    push: PushRules
    folder: Path
    environment: Environment


def read_task_sections(
    sections: Mapping[str, Mapping[str, str]], context: ParseContext, problems: Problems
) -> dict[str, TaskSection]:
    """Return the sections, given by their headings, by the masked URLs of their tasks."""
    reader = _TaskSectionReader(context, problems)
    for heading, raw in sections.items():
        reader.add(heading, raw)
    used = {section.token_auth for section in reader.sections.values()}
    for name in (name for name in context.tokens if name and name not in used):
        text = "not used by a task; set token_auth in a [task …] section, or remove this section"
        problems.warn(ProblemCode.UNUSED, f"[token_auth {name}]", text)
    report_shared_tokens(reader.tokens, problems)
    return reader.sections


class _TaskSectionReader:
    """One pass over the sections that collects their settings."""

    def __init__(self, context: ParseContext, problems: Problems) -> None:
        self.sections: dict[str, TaskSection] = {}
        self.tokens: dict[str, str | None] = {}
        self._context = context
        self._problems = problems
        self._listed = {mask(address): address for address in context.addresses}
        # Thousands of tasks may name the same file, and to verify one takes a millisecond.
        self._read_pem = cache(read_pem)
        self._ca_problem = cache(ca_problem)
        self._client_certificate_problem = cache(client_certificate_problem)

    def add(self, heading: str, raw: Mapping[str, str]) -> None:
        """Read one section."""
        named = bool(raw.get("url") or raw.get("push"))
        quote = quotable if named else mask if is_url(heading) else quotable_url
        label = f"task {quote(heading)}"
        url, fault = self._named(heading, raw) if named else self._listed_url(heading)
        if url in self.sections:
            text = "another section configures the same task; put their keys under one heading"
            fault = (ProblemCode.DUPLICATE, text)
        if fault:
            self._problems.add(fault[0], f"[{label}]", fault[1])
        raw_section = read_raw_section(TaskSettings, label, raw, self._context.environment, self._problems)
        source = raw_section.without_empty()
        settings = build(TaskSettings, source, self._problems) or build_lenient(TaskSettings, source)
        self._check(label, settings, settings.url or self._listed.get(url, ""))
        self.tokens[label] = settings.token.get_secret_value() if settings.token else None
        address = url if settings.push else settings.url
        name = self._context.environment.expand(heading) if address and heading != url and not fault else None
        page = self._page(label, settings, settings.url or self._listed.get(url, ""))
        profile = self._profile(label, settings)
        self.sections[url] = TaskSection(settings, name, address, profile, page)

    def _named(self, heading: str, raw: Mapping[str, str]) -> tuple[str, _Fault | None]:
        """Return the URL of a section with a url or a push, and what is wrong with the heading or the URL."""
        environment, slug = self._context.environment, raw.get("push")
        address = f"{PUSH_SCHEME}{slug}" if slug else raw["url"]
        url = heading if environment.problem(address) else mask(environment.expand(address))
        if slug and raw.get("url"):
            text = "push and url are both set; keep one of them"
            return url, (ProblemCode.CONFLICT, text)
        if is_url(heading):
            key = "push" if slug else "url"
            text = f"the heading is a URL, and {key} is set too; keep one of them, or make the heading a name"
            return url, (ProblemCode.CONFLICT, text)
        if url in self._listed:
            return url, (ProblemCode.DUPLICATE, "its url is also listed in [urls]; remove one of them")
        why = environment.problem(heading)
        return url, (ProblemCode.UNSET_VARIABLE, why) if why else None

    def _listed_url(self, heading: str) -> tuple[str, _Fault | None]:
        """Return the URL that is a section's heading, and what is wrong with it."""
        if why := self._context.environment.problem(heading):
            return heading, (ProblemCode.UNSET_VARIABLE, why)
        url = mask(self._context.environment.expand(heading))
        if url in self._listed:
            return url, None
        known = self._listed if "/" in heading else ()
        remedy = suggest(url, known) if known else "add it there, or give the section a url"
        return url, (ProblemCode.NO_MATCH, f"not in a list of [urls]; {remedy}")

    def _check(self, label: str, settings: TaskSettings, address: str) -> None:
        """Report keys that contradict each other, or refer to what does not exist."""
        if settings.urls and not (settings.url or settings.push):
            self._conflict(label, "urls", "only used together with url or push; remove the line")
        has_header = any(name.lower() == "authorization" for name, _ in settings.headers)
        if has_header and "@" in urlsplit(address).netloc:
            text = "the value has an Authorization header, and the URL has credentials; keep one of them"
            self._conflict(label, "headers", text)
        self._check_token(label, settings.token_auth)
        self._context.push.check(label, settings)
        self._check_requests(label, settings)
        if settings.key and not settings.certificate:
            self._conflict(label, "key", "set without certificate; set certificate, or remove the line")
        if settings.verify is False:
            self._problems.warn(ProblemCode.UNVERIFIED, f"[{label}]", UNVERIFIED)

    def _check_requests(self, label: str, settings: TaskSettings) -> None:
        """Report keys for the request and for when the task runs that contradict each other."""
        if settings.schedule and settings.frequency:
            self._conflict(label, "schedule", "set together with frequency; keep one of them")
        if "timezone" in settings.model_fields_set and not settings.schedule:
            self._conflict(label, "timezone", "only used together with schedule; remove the line")
        if settings.body and settings.method:
            self._conflict(label, "method", "set together with body, which is sent by POST; keep one of them")

    def _page(self, label: str, settings: TaskSettings, address: str) -> PageDefinition | None:
        """Return how the task's page is read, and report what does not fit it."""
        name, pages = settings.page, self._context.pages
        if name is None:
            return None
        page = pages.definition(name)
        if page is None:
            if name not in pages.names:
                text = f"there is no section [page {quotable(name)}]; {suggest(name, pages.names)}"
                self._problems.add(ProblemCode.NO_MATCH, f"[{label}] page", text)
            return None
        if page.has_items and item_of(address) is None:
            text = "the page lists several tasks; add #NAME to the URL, or #* for all of them"
            self._problems.add(ProblemCode.INCOMPLETE, f"[{label}] url", text)
        if is_for_all(address) and not page.has_items:
            text = f"[page {name}] lists no items that #* could stand for; set each and name there"
            self._problems.add(ProblemCode.CONFLICT, f"[{label}] url", text)
        elif item_of(address) and not page.has_items:
            text = f"names an item, but [page {name}] lists none, so that the whole page is read"
            self._problems.warn(ProblemCode.AMBIGUOUS, f"[{label}] url", text)
        if not (page.states_when or settings.frequency or settings.schedule):
            text = f"[page {name}] does not say how often the task runs; add frequency or schedule"
            self._problems.add(ProblemCode.INCOMPLETE, f"[{label}]", text)
        return page

    def _check_token(self, label: str, token: str | None) -> None:
        if not token or token == NO_TOKEN or token in self._context.tokens:
            return
        named = [name for name in self._context.tokens if name]
        remedy = suggest(token, named) if named else f"add it, or use {NO_TOKEN} for no token"
        # Without a similar name, it may be the token itself.
        shown = quotable(token) if nearest(token, named) else cut(quotable(token), _QUOTED_LENGTH)
        text = f"there is no section [token_auth {shown}]; {remedy}"
        self._problems.add(ProblemCode.NO_MATCH, f"[{label}] token_auth", text)

    def _profile(self, label: str, settings: TaskSettings) -> ConnectionProfile:
        ca = self._pem(label, "ca", settings.ca)
        certificate = self._pem(label, "certificate", settings.certificate)
        key = self._pem(label, "key", settings.key)
        if ca and (why := self._ca_problem(ca)):
            self._invalid(label, "ca", ca.path, why)
        # A key that is set but cannot be read is reported already.
        readable = certificate if bool(key) == bool(settings.key) else None
        if readable and (why := self._client_certificate_problem(readable, key)):
            self._invalid(label, "certificate", readable.path, why)
        profile = ConnectionProfile(settings.proxy, ca, certificate, key, settings.verify is not False)
        return profile if profile != DIRECT else DIRECT

    def _pem(self, label: str, key: str, name: Path | None) -> Pem | None:
        if name is None:
            return None
        path = self._context.folder / name
        self._problems.add_source(path)
        read = self._read_pem(path)
        if isinstance(read, Pem):
            return read
        self._invalid(label, key, str(path), read)
        return None

    def _invalid(self, label: str, key: str, path: str, why: str) -> None:
        self._problems.add(ProblemCode.INVALID_VALUE, f"[{label}] {key}", f"'{path}' {why}")

    def _conflict(self, label: str, key: str, text: str) -> None:
        self._problems.add(ProblemCode.CONFLICT, f"[{label}] {key}", text)
