"""What a [task …] section says besides which task it is about, read once for all that say the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import nearest, quotable, suggest
from py_pinger.config.parsing.raw_section import build, build_lenient, read_raw_section
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.settings import TaskSettings
from py_pinger.config.sections.pages import PageSections
from py_pinger.config.sections.profiles import ProfileReader
from py_pinger.config.sections.push_tasks import PushRules
from py_pinger.config.sections.tokens import NO_TOKEN
from py_pinger.config.values.basic import read_line
from py_pinger.config.values.push_values import read_push_token, read_slug
from py_pinger.config.values.secrets import read_url
from py_pinger.core.evaluation.scheduled_times import read_schedule
from py_pinger.core.model.check import ReportWarning, ReportWarningKind
from py_pinger.core.model.page import PageDefinition, PageKind, is_for_all, item_of
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import DIRECT, UNSTATED, ConnectionProfile, Expectations
from py_pinger.core.text.formatting import cut

# Enough to find a line by, too little to use a secret by.
_QUOTED_LENGTH = 4

UNVERIFIED = (
    "its certificate is not verified (verify=false); anyone on the network path can impersonate the server"
)

UNVERIFIED_WARNING = ReportWarning(ReportWarningKind.UNVERIFIED_CERTIFICATE, UNVERIFIED)


@dataclass(frozen=True, slots=True, eq=False)
class TaskOptions:
    """The settings of one section, or of several that differ only in the keys of `OwnKeys`.

    Those keys of `settings` are of the first of them; the others have the same ones.
    """

    settings: TaskSettings = field(default_factory=TaskSettings)
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
    def method(self) -> str:
        """The method of its requests without a body: HEAD where the page itself is not read."""
        headers_only = self.page is not None and self.page.kind is PageKind.HEADERS
        return self.settings.method or ("HEAD" if headers_only else "GET")


class OwnKeys(NamedTuple):
    """The keys that distinguish tasks, as `TaskSettings` has them."""

    url: str | None = None
    name: str | None = None
    push: str | None = None
    token: str | None = None


# How the texts of these keys are read.
OWN_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "url": read_url,
    "name": read_line,
    "push": read_slug,
    "token": read_push_token,
}


@dataclass(frozen=True, slots=True)
class References:
    """What options refer to: names of tokens, pages, the rules of pushes, the folder of files, variables."""

    tokens: Collection[str]
    pages: PageSections
    push: PushRules
    folder: Path
    environment: Environment


class OptionsReader:
    """Reads sections, and reports what is wrong with them.

    What was without problems and warnings is shared: most sections of a long file say the same as another.
    """

    def __init__(self, references: References, problems: Problems) -> None:
        self._references = references
        self._problems = problems
        self._shared: dict[Hashable, TaskOptions] = {}
        self._profiles = ProfileReader(references.folder, problems)

    def read(self, label: str, raw: Mapping[str, str], listed: str) -> tuple[OwnKeys, TaskOptions]:
        """Return a section's values; `listed` is the address of its task in [urls], empty if it has none."""
        alike = _what_is_alike(raw)
        options = self._shared.get(alike)
        own = self._own_keys(raw) if options else None
        if options and own:
            self._check_credentials(label, options.settings, own.url or listed)
            self._page(label, options.settings, own.url or listed)
            return own, options
        before = self._found
        own, options = self._read_whole(label, raw, listed)
        if self._found == before:
            self._shared[alike] = options
        return own, options

    @property
    def _found(self) -> int:
        return len(self._problems.problems) + len(self._problems.warnings)

    def _own_keys(self, raw: Mapping[str, str]) -> OwnKeys | None:
        """Return the keys that distinguish tasks; None if one of them is empty or invalid."""
        environment, values = self._references.environment, dict[str, str]()
        for key, written in raw.items():
            read = OWN_READERS.get(key)
            if read is None or not written:
                continue
            text = environment.expanded(written)
            if not text:
                return None
            try:
                values[key] = read(text)
            except ValueError:
                return None
        return OwnKeys(*map(values.get, OWN_READERS))

    def _read_whole(self, label: str, raw: Mapping[str, str], listed: str) -> tuple[OwnKeys, TaskOptions]:
        environment = self._references.environment
        source = read_raw_section(TaskSettings, label, raw, environment, self._problems).without_empty()
        settings = build(TaskSettings, source, self._problems) or build_lenient(TaskSettings, source)
        token = settings.token.get_secret_value() if settings.token else None
        own = OwnKeys(settings.url, settings.name, settings.push, token)
        self._check(label, settings, own.url or listed)
        page = self._page(label, settings, own.url or listed)
        return own, TaskOptions(settings, self._profiles.profile(label, settings), page)

    def _check(self, label: str, settings: TaskSettings, address: str) -> None:
        """Report keys that contradict each other, or refer to what does not exist."""
        if settings.urls and not (settings.url or settings.push):
            self._conflict(label, "urls", "only used together with url or push; remove the line")
        self._check_credentials(label, settings, address)
        self._check_token(label, settings.token_auth)
        self._references.push.check(label, settings)
        self._check_requests(label, settings)
        if settings.key and not settings.certificate:
            self._conflict(label, "key", "set without certificate; set certificate, or remove the line")
        if settings.verify is False:
            self._problems.warn(ProblemCode.UNVERIFIED, f"[{label}]", UNVERIFIED)

    def _check_credentials(self, label: str, settings: TaskSettings, address: str) -> None:
        if "@" not in address:
            return
        has_header = any(name.lower() == "authorization" for name, _ in settings.headers)
        if has_header and "@" in urlsplit(address).netloc:
            text = "the value has an Authorization header, and the URL has credentials; keep one of them"
            self._conflict(label, "headers", text)

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
        name, pages = settings.page, self._references.pages
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
        if not token or token == NO_TOKEN or token in self._references.tokens:
            return
        named = [name for name in self._references.tokens if name]
        remedy = suggest(token, named) if named else f"add it, or use {NO_TOKEN} for no token"
        # Without a similar name, it may be the token itself.
        shown = quotable(token) if nearest(token, named) else cut(quotable(token), _QUOTED_LENGTH)
        text = f"there is no section [token_auth {shown}]; {remedy}"
        self._problems.add(ProblemCode.NO_MATCH, f"[{label}] token_auth", text)

    def _conflict(self, label: str, key: str, text: str) -> None:
        self._problems.add(ProblemCode.CONFLICT, f"[{label}] {key}", text)


def _what_is_alike(raw: Mapping[str, str]) -> Hashable:
    """Return what sections have to have in common to share their options.

    Which of the keys that distinguish tasks they have, and all other keys with their texts.
    """
    return tuple([(key, bool(text) if key in OWN_READERS else text) for key, text in raw.items()])
