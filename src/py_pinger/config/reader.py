"""Reads pinger.ini into Settings, or reports all its problems at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from py_pinger.config.parsing.ini import Environment, read_text
from py_pinger.config.parsing.ini_sections import parse
from py_pinger.config.parsing.named_sections import is_named
from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import printable, suggest
from py_pinger.config.parsing.raw_section import RawSection, build, build_lenient, read_raw_section
from py_pinger.config.parsing.sources import Sources
from py_pinger.config.route_check import unrouted_tasks, unused_patterns
from py_pinger.config.schema.channel import ChannelKinds, ConfiguredChannel
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode
from py_pinger.config.schema.settings import SECTIONS, MainSettings, PushSection, Settings, TokenAuth
from py_pinger.config.sections.api import read_api
from py_pinger.config.sections.channels import kind_of, read_channels
from py_pinger.config.sections.dependencies import with_parents
from py_pinger.config.sections.maintenance import read_maintenance
from py_pinger.config.sections.pages import PageSections, read_pages
from py_pinger.config.sections.push_tasks import PUSH_KEY, PushRules, read_push
from py_pinger.config.sections.sleep_windows import read_sleep, with_sleep
from py_pinger.config.sections.status_pages import read_status_pages, unnamed_tasks
from py_pinger.config.sections.task_list import (
    TASK_HEADING,
    monitored_list,
    read_addresses,
    task_names,
    tasks_at,
)
from py_pinger.config.sections.task_options import References
from py_pinger.config.sections.tasks import read_task_sections
from py_pinger.config.sections.tokens import is_token_auth, read_tokens
from py_pinger.config.values.secrets import web_password_problem
from py_pinger.config.values.start import zone_info
from py_pinger.core.evaluation.operator_sleep import is_past
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.maintenance import occurrence
from py_pinger.core.wall_clock import is_endless


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The settings, or all their problems, and the files that were read for them."""

    sources: Sources
    settings: Settings | None = None
    problems: tuple[ConfigProblem, ...] = ()


# Texts by key, by the heading of their section.
_Texts: TypeAlias = Mapping[str, Mapping[str, str]]

# How suggestions show the headings that need a name.
_NAMED = {
    "task": "task URL",
    "maintenance": "maintenance NAME",
    "sleep": "sleep NAME",
    "page": "page NAME",
    "status": "status NAME",
}
_UNNAMED = frozenset({"main", "urls", "push", "api"})
_KINDS_WITH_NAMES = ("maintenance", "sleep", "page", "status")

# SQLite's names for databases that are not a file in this folder.
_NO_FILE = (":memory:", "file:")


def load(path: Path, environ: Mapping[str, str], kinds: ChannelKinds) -> Settings:
    """Return the settings in an ini file, given environment variables and channel kinds.

    Raises ConfigError with all problems at once, or with the first one that keeps the file from being read.
    """
    loaded = try_load(path, environ, kinds)
    if loaded.settings is None:
        raise ConfigError(loaded.problems)
    return loaded.settings


def try_load(path: Path, environ: Mapping[str, str], kinds: ChannelKinds) -> LoadResult:
    """Read an ini file as `load` does, and return either the settings or the problems."""
    problems = Problems(KnownNames(kinds))
    try:
        settings = _settings(path, Environment(environ), problems)
    except ConfigError as error:
        return LoadResult(problems.sources, problems=error.problems)
    if problems.problems:
        return LoadResult(problems.sources, problems=tuple(problems.problems))
    return LoadResult(problems.sources, settings)


def _settings(path: Path, environment: Environment, problems: Problems) -> Settings:
    remedy = "copy pinger.ini.template to it and adjust it, or name another file"
    problems.add_source(path)
    sections = parse(read_text(path, printable(str(path)), remedy), str(path), problems.known_names)
    return _SettingsReader(sections, path.absolute().parent, environment, problems).settings()


class _SettingsReader:
    """One pass over the sections of a file that collects settings and problems."""

    def __init__(
        self,
        sections: _Texts,
        folder: Path,
        environment: Environment,
        problems: Problems,
    ) -> None:
        self.problems = problems
        self._kinds = problems.known_names.kinds
        # There may be many of these: nothing else goes through them.
        self._task_sections, self._sections = _divided(sections)
        self._folder = folder
        self._environment = environment
        self._listed: Mapping[str, str] = {}
        self._unmonitored: Sequence[str] = ()
        self._depends_on: Mapping[str, Sequence[str]] = {}

    def settings(self) -> Settings:
        """Return the settings, which are valid only if there are no problems."""
        self._report_unknown_sections()
        main = self._main()
        channels, tokens = self._channels(main), self._tokens(main)
        push = read_push(self._sections, self._environment, self.problems)
        pages = read_pages(self._sections, self._environment, self.problems)
        sleep = read_sleep(self._sections, self._environment, self.problems)
        tasks = self._tasks(main, tokens, pages, push)
        settings = Settings(
            main=_with_absolute_paths(main, self._folder),
            channels=channels,
            token_auth=tokens.get(""),
            token_auths={name: token for name, token in tokens.items() if name and token},
            tasks=with_sleep(tasks, sleep),
            push=push,
            api=read_api(self._sections, self._environment, self.problems),
            unmonitored=tuple(self._unmonitored),
            depends_on=self._depends_on,
            maintenance=read_maintenance(self._sections, self._environment, self.problems),
            sleep=sleep,
            pages=pages.settings,
            status=read_status_pages(self._sections, self._environment, self.problems),
        )
        self._check_patterns(settings)
        self._check_windows(settings)
        return replace(settings, warnings=tuple(self.problems.warnings))

    def _report_unknown_sections(self) -> None:
        known = [*(_NAMED.get(name, name) for name in SECTIONS), *self._kinds]
        names = self.problems.known_names
        for name in (name for name in self._sections if not self._is_known(name)):
            text = f"unknown section; {suggest(names.first_word(name), known)}"
            self.problems.add(ProblemCode.UNKNOWN_SECTION, f"[{names.safe_quote(name)}]", text)

    def _is_known(self, heading: str) -> bool:
        return bool(
            heading in _UNNAMED
            or is_token_auth(heading)
            or any(is_named(kind, heading) for kind in _KINDS_WITH_NAMES)
            or kind_of(heading, self._kinds)
        )

    def _main(self) -> MainSettings:
        source = self._raw_section("main") or RawSection("main", {}, {})
        main = build(MainSettings, source, self.problems) or build_lenient(MainSettings, source)
        if main.debug_now and not main.debug:
            self.problems.warn(ProblemCode.NO_EFFECT, "[main] debug_now", "no effect without debug=true")
        self._check_web_password(main, source)
        self._check_node(main)
        return main

    def _check_node(self, main: MainSettings) -> None:
        shared = main.database.startswith("postgresql") or self.problems.is_wrong("[main] database")
        if main.node and not shared:
            text = "needs a PostgreSQL database, which all nodes share; set [main] database, or remove node"
            self.problems.add(ProblemCode.CONFLICT, "[main] node", text)

    def _check_web_password(self, main: MainSettings, source: RawSection) -> None:
        why = web_password_problem(main.web_password, source.written.get("web_password", ""))
        if why:
            self.problems.add(ProblemCode.INVALID_VALUE, "[main] web_password", f"the value {why}")
        if main.web_public and not main.web_password:
            self.problems.warn(ProblemCode.NO_EFFECT, "[main] web_public", "no effect without web_password")

    def _channels(self, main: MainSettings) -> tuple[ConfiguredChannel, ...]:
        return tuple(
            read_channels(
                self._sections,
                self._kinds,
                self._environment,
                self.problems,
                only_log=main.only_log,
                pages=main.link,
            )
        )

    def _check_patterns(self, settings: Settings) -> None:
        if settings.tasks:
            patterns = [
                *((channel.name, channel.route().tasks) for channel in settings.channels),
                *((f"maintenance {window.name}", window.tasks) for window in settings.windows()),
                *((f"status {page.name}", page.tasks) for page in settings.status_pages()),
            ]
            if any(wanted for _, wanted in patterns):
                names = [name for task in settings.tasks for name in (task.url, task.name) if name]
                self.problems.warnings.extend(unused_patterns(patterns, [*names, *self._listed]))
            self.problems.warnings.extend(unrouted_tasks(settings.channels, settings.tasks))
            self.problems.warnings.extend(unnamed_tasks(settings.status_pages(), settings.tasks))

    def _check_windows(self, settings: Settings) -> None:
        now = datetime.now(UTC)
        for window in settings.windows():
            where = f"[maintenance {window.name}]"
            if occurrence(window, now) is None:
                self._warn_of_past(where)
            elif is_endless(window.start, window.zone, window.duration, now):
                text = "always open, so its tasks never cause notifications; use a shorter duration"
                self.problems.warn(ProblemCode.ALWAYS_OPEN, where, text)
        for sleep in (each.window(name) for name, each in settings.sleep.items()):
            where = f"[sleep {sleep.name}]"
            if is_past(sleep, now):
                self._warn_of_past(where)
            elif is_endless(sleep.start, zone_info(sleep.zone), sleep.duration, now):
                text = "never ends, so its tasks would never be late; use a shorter duration"
                self.problems.add(ProblemCode.INVALID_VALUE, f"{where} duration", text)

    def _warn_of_past(self, where: str) -> None:
        text = "no effect, as the window is in the past; remove the section"
        self.problems.warn(ProblemCode.NO_EFFECT, where, text)

    def _tokens(self, main: MainSettings) -> Mapping[str, TokenAuth | None]:
        return read_tokens(self._sections, self._environment, self.problems, only_log=main.only_log)

    def _raw_section(self, name: str) -> RawSection | None:
        raw = self._sections.get(name)
        if raw is None:
            return None
        return read_raw_section(SECTIONS[name], name, raw, self._environment, self.problems)

    def _tasks(
        self, main: MainSettings, tokens: Collection[str], pages: PageSections, push: PushSection | None
    ) -> tuple[Task, ...]:
        addresses = read_addresses(
            self._sections.get("urls", {}), self._folder, self._environment, self.problems
        )
        references = References(
            tokens,
            pages,
            PushRules(self.problems, has_key=bool(push and push.key) or self.problems.is_wrong(PUSH_KEY)),
            self._folder,
            self._environment,
        )
        self._listed = addresses.all()
        sections = read_task_sections(self._task_sections, self._listed, references, self.problems)
        tasks = tuple(tasks_at(addresses.monitored(main, sections), main, sections))
        if not tasks:
            where = f"[urls] {monitored_list(main)}"
            self.problems.warn(ProblemCode.NO_TASKS, where, "no tasks to monitor; add their URLs")
        urls, watched = {**self._listed, **sections}, {task.url for task in tasks}
        self._unmonitored = [url for url in urls if url not in watched]
        self._depends_on = {
            url: patterns for url, each in sections.items() if (patterns := each.options.settings.depends_on)
        }
        if not self._depends_on:
            return tasks
        return with_parents(tasks, self._depends_on, tuple(task_names(urls, sections)), self.problems)


def _divided(sections: _Texts) -> tuple[_Texts, _Texts]:
    """Return the sections of single tasks, by the rest of their headings, and the other sections."""
    of_tasks: dict[str, Mapping[str, str]] = {}
    others: dict[str, Mapping[str, str]] = {}
    for name, raw in sections.items():
        if found := TASK_HEADING.fullmatch(name):
            of_tasks[found[1]] = raw
        else:
            others[name] = raw
    return of_tasks, others


def _with_absolute_paths(main: MainSettings, folder: Path) -> MainSettings:
    return main.model_copy(
        update={"database": _absolute_database(main.database, folder), "log": folder / main.log}
    )


def _absolute_database(text: str, folder: Path) -> str:
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - slow to import, and only needed here

    url = make_url(text)
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith(_NO_FILE):
        return text
    return url.set(database=str(folder / url.database)).render_as_string(hide_password=False)
