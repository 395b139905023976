"""The [task …] sections: what each says of one task, by its URL, or by a name beside a url of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems, shown, shown_address, suggestion
from py_pinger.config.parsing.section import build, build_lenient, entries
from py_pinger.config.schema.settings import TaskSettings
from py_pinger.config.sections.tokens import NONE
from py_pinger.config.values.pem import fault_of_authorities, fault_of_identity, read_pem
from py_pinger.config.values.url import fault
from py_pinger.core.model.check import ReportWarning, ReportWarningKind
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Expectations, Pem
from py_pinger.core.text.formatting import cut
from py_pinger.core.text.urls import mask

# Enough to find a line by, too little to use a secret by.
_SHOWN_LENGTH = 4

UNVERIFIED = "its certificate is not verified (verify=false): anybody on the way can answer for it"
UNVERIFIED_WARNING = ReportWarning(ReportWarningKind.UNVERIFIED_CERTIFICATE, UNVERIFIED)


@dataclass(frozen=True, slots=True)
class TaskSection:
    """What the section of one task says; its `address` only if that is in no list of [urls]."""

    settings: TaskSettings = field(default_factory=TaskSettings)
    name: str | None = None
    address: str | None = None
    profile: ConnectionProfile = DIRECT

    @property
    def list_name(self) -> str:
        """The list of [urls] that the task counts to."""
        return self.settings.urls or "prod"

    @property
    def token_auth(self) -> str | None:
        """The name of the section that its token is from, None for no token."""
        return None if self.settings.token_auth == NONE else self.settings.token_auth or ""

    @property
    def expectations(self) -> Expectations:
        """What its page is read by."""
        return Expectations(self.settings.frequency, () if self.profile.verify else (UNVERIFIED_WARNING,))


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What the sections are read against: the URLs of [urls], names of tokens, a folder for files."""

    addresses: Collection[str]
    tokens: Collection[str]
    folder: Path
    environment: Environment


def read_task_sections(
    sections: Mapping[str, Mapping[str, str]], around: ParseContext, findings: Problems
) -> dict[str, TaskSection]:
    """Read the sections by their headings; the answer's keys are masked URLs."""
    reading = _Reading(around, findings)
    for heading, raw in sections.items():
        reading.add(heading, raw)
    used = {own.token_auth for own in reading.own.values()}
    idle = (name for name in around.tokens if name and name not in used)
    findings.warnings.extend(f"[token_auth {name}] is used by no task" for name in idle)
    return reading.own


class _Reading:
    """One pass over the sections that gathers what they say."""

    def __init__(self, around: ParseContext, findings: Problems) -> None:
        self.own: dict[str, TaskSection] = {}
        self._around = around
        self._findings = findings
        self._listed = {mask(address): address for address in around.addresses}
        # A thousand tasks may name the same file, and to try one out takes a millisecond.
        self._read_pem = cache(read_pem)
        self._fault_of_authorities = cache(fault_of_authorities)
        self._fault_of_identity = cache(fault_of_identity)

    def add(self, heading: str, raw: Mapping[str, str]) -> None:
        """Read one section."""
        named = bool(raw.get("url"))
        label = f"task {shown(heading) if named else (shown_address if fault(heading) else mask)(heading)}"
        url, why = self._named(heading, raw["url"]) if named else self._of_list(heading)
        if url in self.own:
            why = "names the same task as another section; put their keys under one heading."
        if why:
            self._tell(label, why)
        source = entries(TaskSettings, label, raw, self._around.environment, self._findings).filled()
        settings = build(TaskSettings, source, self._findings) or build_lenient(TaskSettings, source)
        self._check(label, settings, settings.url or self._listed.get(url, ""))
        name = self._around.environment.expand(heading) if settings.url and not why else None
        self.own[url] = TaskSection(settings, name, settings.url, self._way(label, settings))

    def _named(self, heading: str, address: str) -> tuple[str, str | None]:
        """Return the URL that a section has of its own, and what is wrong with the two of them."""
        environment = self._around.environment
        url = heading if environment.fault(address) else mask(environment.expand(address))
        if not fault(heading):
            return url, "has a URL in its heading and another as url; keep one, or make the heading a name."
        if url in self._listed:
            return url, "has a url that [urls] has too; remove one of the two."
        why = environment.fault(heading)
        return url, f"{why}." if why else None

    def _of_list(self, heading: str) -> tuple[str, str | None]:
        """Return the URL that a heading names, and what is wrong with that."""
        why = self._around.environment.fault(heading)
        if why:
            return heading, f"{why}."
        url = mask(self._around.environment.expand(heading))
        if url in self._listed:
            return url, None
        known = self._listed if "/" in heading else ()
        remedy = suggestion(url, known) if known else "add it there, or give the section a url."
        return url, f"is in neither list of [urls]: {remedy}"

    def _check(self, label: str, settings: TaskSettings, address: str) -> None:
        """Tell of what is wrong with the keys taken together."""
        if settings.urls and not settings.url:
            self._tell(label, "has urls, which is for a task with a url of its own; remove the line.")
        own_header = any(name.lower() == "authorization" for name, _ in settings.headers)
        if own_header and "@" in urlsplit(address).netloc:
            self._tell(label, "has an Authorization header and credentials in its URL; keep one of the two.")
        token = settings.token_auth
        if token and token != NONE and token not in self._around.tokens:
            named = [name for name in self._around.tokens if name]
            hint = suggestion(token, named) if named else f"add it, or write {NONE} for no token."
            # Without a like name it may be the token itself.
            said = shown(token) if hint.startswith("did you mean") else cut(shown(token), _SHOWN_LENGTH)
            self._tell(label, f"token_auth = {said} names no section [token_auth NAME]: {hint}")
        if settings.key and not settings.certificate:
            self._tell(label, "key is there without certificate; name the certificate, or remove the line.")
        if settings.verify is False:
            self._findings.warnings.append(f"[{label}] {UNVERIFIED}")

    def _way(self, label: str, settings: TaskSettings) -> ConnectionProfile:
        ca = self._pem(label, "ca", settings.ca)
        certificate = self._pem(label, "certificate", settings.certificate)
        key = self._pem(label, "key", settings.key)
        if ca and (why := self._fault_of_authorities(ca)):
            self._tell(label, f"ca = {ca.path} {why}.")
        # Of a key that is named but cannot be read enough has been said.
        if (
            certificate
            and bool(key) == bool(settings.key)
            and (why := self._fault_of_identity(certificate, key))
        ):
            self._tell(label, f"certificate = {certificate.path} {why}.")
        way = ConnectionProfile(settings.proxy, ca, certificate, key, settings.verify is not False)
        return way if way != DIRECT else DIRECT

    def _pem(self, label: str, key: str, name: Path | None) -> Pem | None:
        if name is None:
            return None
        self._findings.look_at(self._around.folder / name)
        read = self._read_pem(self._around.folder / name)
        if isinstance(read, Pem):
            return read
        self._tell(label, f"{key} = {self._around.folder / name} {read}.")
        return None

    def _tell(self, label: str, what: str) -> None:
        self._findings.problems.append(f"[{label}] {what}")
