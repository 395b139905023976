"""The sections of pinger.ini that `pinger look` prints, to be pasted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote, unquote

from py_pinger.cli.look.look_once import FoundPlaces, is_last_modified
from py_pinger.config import Settings
from py_pinger.config.parsing.ini import escape
from py_pinger.config.values.url import url_problem
from py_pinger.core.model.page import PageDefinition, PageKind, Unit, is_for_all, item_of
from py_pinger.core.model.task import DIRECT, Task
from py_pinger.core.places.item_names import some_names
from py_pinger.core.places.item_status import ItemStatus
from py_pinger.core.places.moment_values import has_no_zone
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.suggestion import Suggestion
from py_pinger.core.text.formatting import clean, count, cut
from py_pinger.core.text.urls import MASK, mask

# Items that get a section each, and those that a comment names.
ITEMS_SHOWN: Final = 3
_ITEMS_NAMED: Final = 5

# Characters of a section's heading, and of a list in a comment.
_HEADING_LENGTH: Final = 60
_COMMENT_LENGTH: Final = 160


def sections_of(settings: Settings, result: FoundPlaces) -> str:
    """Return the sections that monitor a page: that of a known page, or else those for the chosen place."""
    return "\n\n".join("\n".join(lines) for lines in _sections(_TaskSections(settings, result.task), result))


def _sections(tasks: _TaskSections, result: FoundPlaces) -> Iterator[list[str]]:
    if result.is_contract and result.chosen is None:
        yield from tasks.of_contract()
    elif result.known:
        yield from tasks.of_items(result.known[0].page, result.known[0].items)
    elif result.chosen and is_last_modified(result.chosen):
        yield tasks.of_page("last-modified", needs_frequency=True)
    elif result.chosen and result.section:
        yield list(_page_lines(result.section.page, result.section, result.chosen))
        yield from tasks.of_items(result.section.page, result.section.items)


def _page_lines(page: PageDefinition, suggestion: Suggestion, place: MomentPlace) -> Iterator[str]:
    yield f"[page {page.name}]"
    if page.kind is not PageKind.JSON:
        yield f"as={page.kind}"
    if suggestion.whole:
        yield "# for all as one task, with the newest last run, leave out each and name, and write"
        yield f"# lastrun={escape(suggestion.whole)}"
    yield from _key_lines(page, ("each", "name"))
    yield from _comments(place)
    yield f"lastrun={escape(page.lastrun)}"
    if page.unit is not Unit.SECONDS:
        yield f"unit={page.unit}"
    if page.format:
        yield f"format={escape(page.format)}"
    yield from _status_lines(page, suggestion.status)
    yield from _key_lines(page, ("reason",))
    if page.schedule:
        yield "# the page states when its tasks run; if a run takes long, add grace to them"
        yield from _key_lines(page, ("schedule", "schedule_timezone"))


def _key_lines(page: PageDefinition, keys: Sequence[str]) -> Iterator[str]:
    yield from (f"{key}={escape(page.expressions[key])}" for key in keys if key in page.expressions)


def _comments(place: MomentPlace) -> Iterator[str]:
    """Yield what to check about a place before its section is used."""
    if place.other_format:
        yield f"# if day and month stand the other way round: format={place.other_format}"
    if has_no_zone(place.newest_value):
        yield "# the page states no time zone: UTC, unless you add timezone=Europe/Berlin or another"
    if place.kind is PageKind.TEXT and any(sign.isdigit() for sign in place.expression):
        yield "# only the * may change; the rest of the line has to stay the same"


def _status_lines(page: PageDefinition, status: ItemStatus | None) -> Iterator[str]:
    if status is None:
        return
    words = ", ".join(f"{clean(word)} ({number})" for word, number in status.words)
    yield f"# status on this page: {cut(words, _COMMENT_LENGTH)}"
    if page.status:
        yield f"status={escape(page.status)}"
        lists = {"ok": page.ok, "warn": page.warn, "error": page.error}
        # Without ok, every word that is not an error is ok.
        yield from (f"{key}={escape(', '.join(words))}" for key, words in lists.items() if words)
    else:
        yield "# to use it, name the words that mean ok"
        yield f"# status={escape(status.expression)}"
        yield f"# ok={escape(status.words[0][0])}"


class _TaskSections:
    """Writes [task …] sections for a page that was requested."""

    def __init__(self, settings: Settings, task: Task) -> None:
        self._task = task
        self._url, _, fragment = task.url.partition("#")
        self._is_for_all = is_for_all(task.url)
        self._item = None if self._is_for_all else unquote(fragment) or None
        self._is_configured = any(each.url == task.url for each in settings.tasks)
        self._is_explained = False
        # The items of this page that have a task already.
        known = [each for each in settings.tasks if each.url.partition("#")[0] == self._url]
        self._known_items = {item_of(each.url) for each in known if not is_for_all(each.url)}
        self._task_for_all = next((each for each in known if is_for_all(each.url)), None)
        self._taken = {each.name for each in settings.tasks if each.name}

    def of_contract(self) -> Iterator[list[str]]:
        """Yield the section of a page that needs no [page NAME]."""
        if not self._is_configured:
            yield list(self._lines(self._new_name(self._default_name()), "", ()))

    def of_items(self, page: PageDefinition, items: Sequence[str]) -> Iterator[list[str]]:
        """Yield a section for each of the first items, or for the item that the URL names, or for all."""
        needed = not page.states_when
        if not page.has_items:
            yield self.of_page(page.name, needs_frequency=needed)
            return
        if self._item and self._item not in items:
            yield [f"# the page lists no item {clean(self._item)}"]
        known = [item for item in items if item in self._known_items]
        if known:
            yield [f"# pinger.ini has tasks for {clean(some_names(known, _ITEMS_NAMED))}"]
        items = [item for item in items if item not in known]
        chosen = self._chosen_items(items)
        for item in chosen if self._item not in known else ():
            lines = (f"page={page.name}", *self._frequency(needed=needed))
            yield list(self._lines(self._new_name(_name(item)), f"#{_fragment(item)}", lines))
        rest = items[len(chosen) :] if self._item is None else ()
        yield list(self._all_items(page, rest, self._frequency(needed=needed)))

    def _chosen_items(self, items: Sequence[str]) -> Sequence[str]:
        """Return the items that get a section each, of those without a task."""
        if self._item in items:
            return [item for item in items if item == self._item]
        return () if self._is_for_all or self._task_for_all else items[:ITEMS_SHOWN]

    def _all_items(self, page: PageDefinition, rest: Sequence[str], more: Iterable[str]) -> Iterator[str]:
        """Yield the section for the other items, or how to monitor all of them by one, or what does."""
        if self._task_for_all:
            task = clean(self._task_for_all.name or self._task_for_all.url)
            yield f"# pinger.ini has {task} for all items, also those that the page lists later"
            return
        if not rest:
            yield f"# all items, also those that the page lists later: url={escape(self._url)}#*"
            return
        named = cut(some_names(map(clean, rest), _ITEMS_NAMED), _COMMENT_LENGTH)
        number = count(len(rest), "item" if self._is_for_all else "more item")
        yield f"# {number} and those that the page lists later: {named}"
        yield from self._lines(self._new_name(f"all of {page.name}"), "#*", (f"page={page.name}", *more))

    def of_page(self, name: str, *, needs_frequency: bool) -> list[str]:
        """Return the section of a task whose page has no items; of a configured one what to add to it."""
        lines = (f"page={name}", *self._frequency(needed=needs_frequency))
        if self._is_configured:
            heading = self._task.name or self._url
            return [f"[task {escape(heading)}]", "# pinger.ini has this task: add these lines to it", *lines]
        return list(self._lines(self._new_name(self._default_name()), "", lines))

    def _lines(self, name: str, fragment: str, lines: Sequence[str]) -> Iterator[str]:
        yield f"[task {escape(name)}]"
        if MASK in self._url:
            yield f"# write ${{VARIABLE}} for {MASK}, and set that environment variable to the secret"
        yield f"url={escape(self._url + fragment)}"
        yield from lines
        if own := ", ".join(self._own_keys()):
            yield f"# and as in the section of {clean(self._task.name or self._url)}: {own}"

    def _frequency(self, *, needed: bool) -> Iterator[str]:
        expected = self._task.expectations
        if needed and not (self._is_configured and (expected.frequency or expected.schedule)):
            if not self._is_explained:
                yield "# how often it runs, in minutes; or for example schedule=0 3 * * *"
            self._is_explained = True
            yield "frequency=1440"

    def _own_keys(self) -> Iterator[str]:
        """Yield the keys without which a new section would not get the page."""
        task = self._task
        if task.headers:
            yield "headers"
        if task.body:
            yield "body"
        if task.token_auth != "":
            yield "token_auth"
        profile = task.profile
        given = {"proxy": profile.proxy, "ca": profile.ca, "certificate": profile.certificate}
        yield from (key for key, value in (given | {"key": profile.key}).items() if value)
        if profile.verify != DIRECT.verify:
            yield "verify"

    def _default_name(self) -> str:
        parts = [part for part in self._url.partition("://")[2].split("?")[0].split("/") if part]
        return _name(unquote(" ".join(parts[-1:] or ["page"])))

    def _new_name(self, wanted: str) -> str:
        """Return a name that no other section has."""
        name = wanted if url_problem(wanted) else f"page {wanted}"
        others = (f"{name} {number}" for number in range(2, len(self._taken) + 3))
        found = next(each for each in (name, *others) if each not in self._taken)
        self._taken.add(found)
        return found


def _name(text: str) -> str:
    """Return a text as the name in a heading."""
    plain = "".join(sign if sign.isalnum() or sign in " ._-/:+@()" else "-" for sign in clean(text))
    return cut(mask(plain), _HEADING_LENGTH).strip() or "item"


def _fragment(item: str) -> str:
    return quote(item, safe="/:")
