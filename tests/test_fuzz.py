"""The fuzzer for a short while: what it once found stays fixed, and new inputs find nothing."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FUZZ = ROOT / "fuzz"

# Runs of each target, its corpus among them: as many as take two seconds or so.
RUNS = {"page": 1200, "date": 900, "config": 450, "route": 450, "foreign": 450, "push": 450}

# Each input that ever failed; what was wrong is in its name.
FOUND = [
    ("date", "found-year-made-2018", b"Thu, 28 Jun 0018 11:37:48 -0000"),
    ("date", "found-nul-left-out", b"2\x00180628T113748/"),
    ("date", "found-zone-before-offset", b"2018-06-28T0808s07s-10s07T-1030"),
    ("date", "found-gmt-offset-west-for-east", b"Thu Jun 28 2018 13:37:48 GMT+0200 (CEST)"),
    ("route", "found-credentials-no-ascii", b"Authorization: Basic OnNlY3Jl\xb2"),
    ("config", "found-url-with-a-slash-too-few", b",http:/:${TOKEN}@"),
    ("config", "found-url-within-a-path", b"http://a.example/xtps://u:${TOKEN}@"),
    ("config", "found-line-of-an-ini-among-urls", b"prod=@pinger.ini"),
    ("config", "found-control-character-beside-a-variable", b"@\x02 ${LIST}"),
    ("route", "found-host-too-long-for-a-page", b"Accept: text/html"),
    ("route", "found-target-no-url", b"GET http://x[task/"),
    ("route", "found-query-no-utf-8", b"GET //?\xfb=q&status=o"),
    ("foreign", "found-slice-without-bounds", b"custom][:]"),
]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a separate process: targets are instrumented, and change the time zone."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=quiet | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("target", "name", "part"), FOUND)
def test_what_was_found_stays_in_the_corpus(target: str, name: str, part: bytes) -> None:
    """Each input that once failed is still there, so that every run tries it again."""
    assert part in (FUZZ / "corpus" / target / name).read_bytes()


def test_every_finding_is_in_the_table() -> None:
    """An input that is kept because it failed has its row above."""
    kept = {(file.parent.name, file.name) for file in FUZZ.glob("corpus/*/found-*")}
    assert kept == {(target, name) for target, name, _ in FOUND}


def test_the_corpus_is_small() -> None:
    """The corpus has a few hundred inputs at most, none larger than the longest configuration."""
    sizes = [file.stat().st_size for file in FUZZ.glob("corpus/*/*")]
    assert len(sizes) < 600
    assert max(sizes) < 8 * 1024


@pytest.mark.parametrize("target", RUNS)
def test_the_corpus_holds(target: str) -> None:
    """Whatever the fuzzer came across so far keeps the target's promises, with no fuzzer needed to see it."""
    done = python("fuzz.replay", target)
    assert done.returncode == 0, done.stdout


@pytest.mark.thorough
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is there for Linux on x86-64 only")
@pytest.mark.parametrize("target", RUNS)
def test_a_short_run_finds_nothing(target: str, tmp_path: Path) -> None:
    """A fixed number of inputs made from the corpus keeps the target's promises too."""
    grown = tmp_path / "grown"
    grown.mkdir()
    done = python(
        "fuzz",
        target,
        f"-runs={RUNS[target]}",
        "-seed=1",
        "-timeout=60",
        f"-dict={FUZZ / 'words' / f'{target}.dict'}",
        f"-artifact_prefix={tmp_path}/",
        str(grown),
        str(FUZZ / "corpus" / target),
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"Done {RUNS[target]} runs" in done.stdout


def test_an_unknown_target_is_named() -> None:
    """A target that is none gets one sentence, and so does none at all."""
    if find_spec("atheris") is None:
        pytest.skip("atheris is there for Linux on x86-64 only")
    done = python("fuzz", "pages")
    assert (done.returncode, done.stdout) == (
        1,
        "There is no target 'pages': name one of page, date, config, route, foreign, push.\n",
    )
