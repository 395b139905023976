"""The retired words do not occur in the source, the documents and the deployed files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = (
    "src",
    "client/src",
    "client/README.md",
    "docs",
    "deploy",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "pinger.ini.template",
)
TEXT = {".1", ".conf", ".css", ".html", ".js", ".json", ".md", ".py", ".service", ".template", ".yml"}

# Metaphors, literary words, and words with a plainer one in the glossary of CONTRIBUTING.md. Whole words, in
# any case; the parts of a name count as words.
RETIRED = re.compile(
    r"""
    (?<![A-Za-z])(?:
    amiss | anew | archives? | ask(?:s|ed|ing)? | beats? | beside | bond | canar(?:y|ies) | carriers?
    | clerks? | couriers? | crowds? | desk | doubt(?:s|ed)? | episodes? | errands? | gather(?:s|ed)?
    | guesses | guests? | hasten(?:s|ed)? | heed(?:s|ed)? | holder | house | judg(?:e|es|ed|ing|ement)
    | keeper | lanes? | ledger | lest | logbooks? | lookout | mend(?:s|ed|ing)? | mishaps? | nobody
    | occasions? | outfit | parcels? | refit | rehears(?:e|ed|es|al) | respite | retire[sd]? | roll
    | roster | seal | settling | storekeeper | tally | tells? | telling | told | turnstile | vigil
    | visits? | vitals | whoever | witness(?:es)?
    | at\ the\ (?:most|least|latest) | comes?\ to | for\ ever | of\ ours | so\ much\ as
    | (?<!there\ )(?:is|are|was)\ no\ (?!longer)[a-z]+ | looks?(?![ -]?(?:up|like)) | (?:own|last)\ words?
    | of\ (?:its|their|our|his|one's)\ own
    )(?![A-Za-z])
    """,
    re.IGNORECASE | re.VERBOSE,
)

# Interfaces that keep a retired word: JSON keys, columns and wire values, a library's function, the names of
# tests, and a command.
INTERFACES = re.compile(
    r"""
    ["'`](?:told|not_told|mended|tellings)["'`] | \btold(?==|:) | \.told\b | asyncio\.gather | [\w/]+\.py::\w+
    | (?:\bpinger|\.SS)\ look\b | (?<=["./`])look\b | \blook_\w+
    """,
    re.VERBOSE,
)

# What some pages quote: retired words in code spans and italics, output as it was measured, the user's page.
QUOTED = {
    "CONTRIBUTING.md": re.compile(r"`[^`]*`|\*[^*|]+\*"),
    "CHANGELOG.md": re.compile(r"`[^`]*`"),
    "performance.md": re.compile(r"(?ms)^```.*?^```$"),
    "acceptance.md": re.compile(r'"[^"]*"'),
}


def files() -> Iterator[Path]:
    """Yield the text files that are searched."""
    for place in PLACES:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and file.suffix in TEXT:
                yield file


def prose(file: Path) -> str:
    """Return the text of a file that has to do without the retired words, on the same lines."""
    text = file.read_text("utf-8")
    if quoted := QUOTED.get(file.name):
        text = quoted.sub(lambda quote: "\n" * quote[0].count("\n"), text)
    return INTERFACES.sub("", text)


def split_names(text: str) -> str:
    """Return a text with the parts of its names as words: `_heldBack` as ` held Back`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.replace("_", " "))


def found_in(file: Path) -> list[str]:
    """Return the retired words of a file, with their lines."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {match[0]}"
        for number, line in enumerate(prose(file).splitlines(), 1)
        for match in RETIRED.finditer(split_names(line))
    ]


def test_no_retired_word_is_left() -> None:
    """The texts use the words of the glossary, none that it replaced."""
    assert [found for file in files() for found in found_in(file)] == []


@pytest.mark.parametrize(
    "text", ["a clerk", "_heldDoubt", "the task is no URL", "it looks at the page", "told by whoever"]
)
def test_retired_words_are_recognised(text: str) -> None:
    """The words are found in prose and in names."""
    assert RETIRED.search(split_names(text))


@pytest.mark.parametrize("text", ["there is no file", "look up", "heartbeat", "rollback", "asyncio.gather()"])
def test_plain_words_are_not_taken_for_retired_ones(text: str) -> None:
    """Words that only contain a retired one are accepted."""
    assert not RETIRED.search(split_names(INTERFACES.sub("", text)))
