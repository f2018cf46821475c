"""The suite's own rules: what is left out is told, and who measures is alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
SKIPS = """
import pytest
from parts import program
NOWHERE = program("no-such-program", "nothing")

def test_that_runs(): pass
@NOWHERE.mark
def test_by_its_mark(): pass
def test_as_it_runs(): NOWHERE.need()
def test_an_import(): pytest.importorskip("no_such_module")
@pytest.mark.xfail(strict=True)
def test_that_is_known_to_fail(): assert False
"""
FILE = """
from parts import program
program("no-such-program", "nothing").need()
def test_that_never_runs(): pass
"""
TIMES = """
import time
import pytest

def note(word):
    with open("{notes}", "a") as notes:
        notes.write(word)

@pytest.mark.parametrize("number", range(12))
def test_among_others(number):
    note("(")
    time.sleep(0.02)
    note(")")

@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_alone(number):
    note("[")
    time.sleep(0.02)
    note("]")
"""
EXAMPLES = """
from hypothesis import given, settings, strategies

TRIED = []

@settings(max_examples=200)
@given(strategies.integers())
def test_with_settings_of_its_own(number): TRIED.append(number)
@given(strategies.integers())
def test_without(number): TRIED.append(number)
def test_how_many(): assert len(TRIED) == {wanted}
"""
STALLS = """
import sys
import time
import pytest

TRIED = []

{mark}
def test_something():
    TRIED.append(1)
    sys.setswitchinterval(60.0)  # no other thread gets its turn
    until = time.monotonic() + {still}
    while time.monotonic() < until:
        pass
    sys.setswitchinterval(0.005)
    assert len(TRIED) > {failures}
"""


@pytest.fixture(autouse=True)
def ours(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder that has our rules, on a developer's machine; Hypothesis keeps its profile for the tests behind."""
    for name in ("conftest.py", "parts.py", "stalls.py"):
        (pytester.path / name).write_text((TESTS / name).read_text())
    pytester.makeini("[pytest]\npythonpath = .\nmarkers =\n    alone\n    real_time\n")
    for name in ("CI", "TESTS_WITHOUT"):
        monkeypatch.delenv(name, raising=False)
    profile = settings.get_current_profile_name()
    settings.load_profile("default")
    yield
    settings.load_profile(profile)


def run(pytester: pytest.Pytester, text: str, *words: str) -> tuple[int, str]:
    """The status and the output of a pytest with one file."""
    (pytester.path / "test_it.py").write_text(text)
    done = pytester.runpytest_inprocess("-rs", "-p", "no:cacheprovider", *words)
    return int(done.ret), done.stdout.str()


def test_a_developer_may_lack_a_part(pytester: pytest.Pytester) -> None:
    """What wants it is skipped, with the way to get it."""
    status, printed = run(pytester, SKIPS)
    assert status == 0
    assert "1 passed, 3 skipped, 1 xfailed" in printed
    assert "no-such-program missing: apt-get install nothing" in printed


@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)])
def test_nothing_is_left_out_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    """What would be skipped fails, and names the part and how to get it; so it is in a worker."""
    monkeypatch.setenv("CI", "true")
    status, printed = run(pytester, SKIPS, *workers)
    assert status == 1
    assert "2 failed, 1 passed, 1 xfailed, 1 error" in printed
    assert printed.count("CI=true leaves nothing out but what TESTS_WITHOUT names: no-such-program missing: apt") == 2


def test_what_is_said_to_be_missing_may_be_left_out_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of the part, and that one alone."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("TESTS_WITHOUT", "recordings, no-such-program")
    status, printed = run(pytester, SKIPS)
    assert status == 1
    assert "1 failed, 1 passed, 2 skipped, 1 xfailed" in printed


def test_a_file_that_is_left_out_whole_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its tests is run, and that is an error."""
    assert run(pytester, FILE)[0] == pytest.ExitCode.NO_TESTS_COLLECTED
    monkeypatch.setenv("CI", "true")
    status, printed = run(pytester, FILE)
    assert status == pytest.ExitCode.INTERRUPTED
    assert "no-such-program missing: apt-get install nothing" in printed


@pytest.mark.parametrize(("options", "wanted"), [((), 300), (("--hypothesis-profile=brief",), 20)])
def test_a_brief_run_tries_few_examples(pytester: pytest.Pytester, options: tuple[str, ...], wanted: int) -> None:
    """Also of a test that asks for many."""
    assert run(pytester, EXAMPLES.format(wanted=wanted), *options)[0] == 0


@pytest.mark.slow
def test_a_test_that_measures_is_alone(pytester: pytest.Pytester) -> None:
    """No other begins, runs or ends while it does."""
    notes = pytester.path / "notes"
    assert run(pytester, TIMES.format(notes=notes), "-n", "3")[0] == 0
    before, *after = notes.read_text().split("[")
    assert len(after) == 3
    assert all(part[0] == "]" for part in after)
    assert all(part.count("(") == part.count(")") for part in (before, *after))


@pytest.mark.slow
def test_files_that_are_named_start_no_workers(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a few tests they would take longer than they save; and so they would on one core."""
    _cores(monkeypatch, 2)
    assert "2 workers [" in run(pytester, SKIPS, "-n", "auto")[1]
    assert "workers [" not in run(pytester, SKIPS, "-n", "auto", "test_it.py")[1]
    _cores(monkeypatch, 1)
    assert "workers [" not in run(pytester, SKIPS, "-n", "auto")[1]


def _cores(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    def affinity(process: int) -> set[int]:
        return set(range(count))

    monkeypatch.setattr(os, "sched_getaffinity", affinity)


@pytest.mark.parametrize(
    ("mark", "still", "failures", "told"),
    [
        ("@pytest.mark.real_time", 0.5, 1, "1 passed, 1 run again in"),
        ("@pytest.mark.real_time", 0.5, 9, "1 failed, 2 run again in"),
        ("@pytest.mark.real_time", 0.0, 1, "1 failed in"),
        ("", 0.5, 1, "1 failed in"),
    ],
    ids=["once", "always", "without a stall", "not in real time"],
)
def test_what_failed_while_the_machine_stood_still_is_run_again(
    pytester: pytest.Pytester, mark: str, still: float, failures: int, told: str
) -> None:
    """If it is in real time, and twice at most; a failure without a stall is one at once."""
    assert told in run(pytester, STALLS.format(mark=mark, still=still, failures=failures))[1]
