"""What holds for every test: nothing is left behind, nothing is left out unsaid, and who measures is alone."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, cast

import hypothesis
import pytest
import stalls

MOST_WORKERS: Final = 8
# Only their locks are used: two files that are there anyway.
GATE: Final = Path(__file__).resolve()
ROOM: Final = GATE.with_name("parts.py")
SETTINGS: Final = "_hypothesis_internal_use_settings"

# What an example costs is no property of the code: the machine may be busy.
hypothesis.settings.register_profile("patient", deadline=None)
# At most so many, also where a test asks for more: for a run beside a full one, see .ci/run.
BRIEF: Final = hypothesis.settings(deadline=None, max_examples=10)
hypothesis.settings.register_profile("brief", BRIEF)
hypothesis.settings.load_profile("patient")


# Who is started in the background ignores Ctrl-C, and so would all that the tests start, and send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """What is in real time may be run again, see stalls.py."""
    config.pluginmanager.register(stalls)


def _files() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        found.add((fd, target))
    return found


def _threads() -> set[threading.Thread]:
    # Idle workers of Trio's thread cache end by themselves.
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Trio ")}


def _children() -> set[str]:
    listing = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return set(listing.read_text().split()) if listing.exists() else set()


def _left(before: tuple[set[tuple[str, str]], set[threading.Thread], set[str]]) -> list[str]:
    files, threads, children = before
    return [
        *(f"file {fd} -> {target}" for fd, target in sorted(_files() - files) if not target.startswith("/proc/")),
        *(f"thread {thread.name}" for thread in _threads() - threads),
        *(f"process {pid}" for pid in _children() - children),
    ]


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a file, socket, thread or process behind; `shares_model` excuses what a model keeps."""
    before = _files(), _threads(), _children()
    yield
    if "shares_model" in request.keywords:
        return
    for wait in (0.0, 0.0, 0.05, 0.2, 0.5, 1.0, 3.0, 5.0):  # what is about to end does so late where much is going on
        if not _left(before):
            return
        gc.collect()
        time.sleep(wait)
    if left := _left(before):
        pytest.fail("left behind: " + "; ".join(left))


# Left out: with CI=true a test that would be skipped fails, except for parts that TESTS_WITHOUT says are not there.


def _unsaid(reason: str) -> str | None:
    """What to say of a test that was left out, if it should not have been."""
    if os.environ.get("CI") != "true":
        return None
    allowed = [part.strip() for part in os.environ.get("TESTS_WITHOUT", "").split(",") if part.strip()]
    if any(f"{part} missing: " in reason for part in allowed):
        return None
    return f"left out, where CI=true leaves nothing out but what TESTS_WITHOUT names: {reason}"


def _reason(longrepr: object) -> str:
    """Of a skip, which is told as a file, a line and a reason."""
    if isinstance(longrepr, tuple):
        return str(cast(tuple[object, ...], longrepr)[-1]).removeprefix("Skipped: ")
    return str(longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped, by a mark or as it runs."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (unsaid := _unsaid(_reason(report.longrepr))):
        report.outcome, report.longrepr = "failed", unsaid
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that is skipped whole."""
    report = yield
    if report.skipped and (unsaid := _unsaid(_reason(report.longrepr))):
        report.outcome, report.longrepr = "failed", unsaid
    return report


# Side by side: `-n auto`. A test marked `alone` runs while no other does.


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each core. None, so that this very process runs them, where starting them takes longer than they save."""
    cores = len(os.sched_getaffinity(0))
    files = all(Path(arg.partition("::")[0]).is_file() for arg in config.args)
    return 0 if files or cores == 1 else min(cores, MOST_WORKERS)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: the garbage collector need not look through it, not now and not later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that run alone come last, so that the others need not wait for them."""
    items.sort(key=lambda item: "alone" in item.keywords)
    if hypothesis.settings.get_current_profile_name() == "brief":
        for item in items:
            _shorten(getattr(item, "obj", None))


def _shorten(test: object) -> None:
    """Fewer examples for a test with settings of its own. Hypothesis has no public way; test_conftest.py tries it."""
    own = getattr(test, SETTINGS, None)
    if isinstance(own, hypothesis.settings) and own.max_examples > BRIEF.max_examples:
        setattr(getattr(test, "__func__", test), SETTINGS, hypothesis.settings(own, max_examples=BRIEF.max_examples))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """With its fixtures, under a lock that workers share and a test that is alone has for itself."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with ExitStack() as stack:
        gate, room = (stack.enter_context(open(path)) for path in (GATE, ROOM))
        fcntl.flock(gate, fcntl.LOCK_EX)  # who waits to be alone holds it, and nobody enters before him
        fcntl.flock(room, fcntl.LOCK_EX if "alone" in item.keywords else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)
