"""From pinger.ini to Settings, or to all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from py_pinger.config.parsing.ini import Environment, parse, read_text
from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.problems import ConfigError, Problems, Sources, printable, suggestion
from py_pinger.config.parsing.section import RawSection, build, build_lenient, entries
from py_pinger.config.route_check import unrouted_tasks, unused_patterns
from py_pinger.config.schema.channel import ChannelKinds, ConfiguredChannel
from py_pinger.config.schema.settings import SECTIONS, MainSettings, Settings, TokenAuth
from py_pinger.config.sections.channels import kind_of, read_channels
from py_pinger.config.sections.dependencies import with_parents
from py_pinger.config.sections.maintenance import is_maintenance, read_maintenance
from py_pinger.config.sections.task_list import TASK_HEADING, called, read_addresses, task, watched_list
from py_pinger.config.sections.tasks import ParseContext, TaskSection, read_task_sections
from py_pinger.config.sections.tokens import is_token_auth, read_tokens
from py_pinger.config.values.secrets import web_password_fault
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import mask


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The settings, or all that is wrong with them, and the `sources` that were read for it."""

    sources: Sources
    settings: Settings | None = None
    problems: tuple[str, ...] = ()


# How the headings of sections are told that have a name beside.
_PLACED = {"task": "task URL", "maintenance": "maintenance NAME"}

# SQLite's own names for databases that are no file of this folder.
_NO_FILE = (":memory:", "file:")


def load(path: Path, environ: Mapping[str, str], kinds: ChannelKinds) -> Settings:
    """Read an ini file; `environ` holds the variables that its values may take, `kinds` what can be told.

    Raises ConfigError with all that is wrong at once, or with the first thing that keeps the file from
    being read at all.
    """
    loading = attempt(path, environ, kinds)
    if loading.settings is None:
        raise ConfigError(loading.problems)
    return loading.settings


def attempt(path: Path, environ: Mapping[str, str], kinds: ChannelKinds) -> LoadResult:
    """Read an ini file as `load` does, and return what came of it."""
    findings = Problems(KnownNames(kinds))
    try:
        settings = _settings(path, Environment(environ), findings)
    except ConfigError as error:
        return LoadResult(findings.sources, problems=error.problems)
    if findings.problems:
        return LoadResult(findings.sources, problems=tuple(findings.problems))
    return LoadResult(findings.sources, settings)


def _settings(path: Path, environment: Environment, findings: Problems) -> Settings:
    remedy = "copy pinger.ini.template to it and adjust it, or name another file"
    findings.look_at(path)
    sections = parse(read_text(path, printable(str(path)), remedy), str(path), findings.vocabulary)
    return _Reading(sections, path.absolute().parent, environment, findings).settings()


class _Reading:
    """One pass over the sections of a file that gathers what it finds."""

    def __init__(
        self,
        sections: Mapping[str, Mapping[str, str]],
        folder: Path,
        environment: Environment,
        findings: Problems,
    ) -> None:
        self.findings = findings
        self._kinds = findings.vocabulary.kinds
        self._sections = sections
        self._folder = folder
        self._environment = environment
        self._listed: Sequence[str] = ()

    def settings(self) -> Settings:
        """Return the settings, which hold only if there are no problems among the findings."""
        self._tell_unknown_sections()
        main = self._main()
        channels, tokens = self._channels(main), self._tokens(main)
        settings = Settings(
            main=_anchored(main, self._folder),
            channels=channels,
            token_auth=tokens.get(""),
            token_auths={name: token for name, token in tokens.items() if name and token},
            tasks=self._tasks(main, tokens),
            maintenance=read_maintenance(self._sections, self._environment, self.findings),
        )
        self._check_routes(settings)
        return settings.model_copy(update={"warnings": tuple(self.findings.warnings)})

    def _tell_unknown_sections(self) -> None:
        known = [*(_PLACED.get(name, name) for name in SECTIONS), *self._kinds]
        vocabulary = self.findings.vocabulary
        for name in self._sections:
            if not self._is_known(name):
                hint = suggestion(vocabulary.word_of(name), known)
                self.findings.problems.append(f"There is no section [{vocabulary.quoted(name)}]: {hint}")

    def _is_known(self, heading: str) -> bool:
        known = heading in {"main", "urls"} or TASK_HEADING.fullmatch(heading) or is_token_auth(heading)
        return bool(known or is_maintenance(heading) or kind_of(heading, self._kinds))

    def _main(self) -> MainSettings:
        source = self._entries("main") or RawSection("main", {}, {})
        main = build(MainSettings, source, self.findings) or build_lenient(MainSettings, source)
        if main.debug_now and not main.debug:
            self.findings.warnings.append("[main] debug_now has no effect without debug=true")
        self._check_web_password(main, source)
        return main

    def _check_web_password(self, main: MainSettings, source: RawSection) -> None:
        why = web_password_fault(main.web_password, source.written.get("web_password", ""))
        if why:
            self.findings.problems.append(f"[main] web_password {why}.")
        if main.web_public and not main.web_password:
            self.findings.warnings.append("[main] web_public has no effect without web_password")

    def _channels(self, main: MainSettings) -> tuple[ConfiguredChannel, ...]:
        return tuple(
            read_channels(
                self._sections, self._kinds, self._environment, self.findings, only_log=main.only_log
            )
        )

    def _check_routes(self, settings: Settings) -> None:
        if settings.tasks:
            names = [name for task in settings.tasks for name in (task.url, task.name) if name]
            self.findings.warnings.extend(unused_patterns(settings.channels, [*names, *self._listed]))
            self.findings.warnings.extend(unrouted_tasks(settings.channels, settings.tasks))

    def _tokens(self, main: MainSettings) -> Mapping[str, TokenAuth | None]:
        return read_tokens(self._sections, self._environment, self.findings, only_log=main.only_log)

    def _entries(self, name: str) -> RawSection | None:
        raw = self._sections.get(name)
        if raw is None:
            return None
        return entries(SECTIONS[name], name, raw, self._environment, self.findings)

    def _tasks(self, main: MainSettings, tokens: Collection[str]) -> tuple[Task, ...]:
        addresses = read_addresses(
            self._sections.get("urls", {}), self._folder, self._environment, self.findings
        )
        headed = {
            found[1]: raw for name, raw in self._sections.items() if (found := TASK_HEADING.fullmatch(name))
        }
        around = ParseContext((*addresses.prod, *addresses.dev), tokens, self._folder, self._environment)
        self._listed = [mask(address) for address in around.addresses]
        own = read_task_sections(headed, around, self.findings)
        watched = addresses.watched(main, own)
        tasks = tuple(task(address, main, own.get(mask(address), TaskSection())) for address in watched)
        if not tasks:
            self.findings.warnings.append(f"no tasks to watch: add URLs to [urls] {watched_list(main)}")
        wanted = {url: each.settings.depends_on for url, each in own.items() if each.settings.depends_on}
        return with_parents(tasks, wanted, called(addresses, own), self.findings)


def _anchored(main: MainSettings, folder: Path) -> MainSettings:
    return main.model_copy(
        update={"database": _anchored_database(main.database, folder), "log": folder / main.log}
    )


def _anchored_database(text: str, folder: Path) -> str:
    url = make_url(text)
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith(_NO_FILE):
        return text
    return url.set(database=str(folder / url.database)).render_as_string(hide_password=False)
