"""Tests in real time, marked `real_time`: one that failed while the machine stood still is run again.

Whoever speaks to a server over a socket is late if the machine is, and what was said is not one word any more. So what
such a test tells then is nothing about us. A failure without a stall is one at once, as it is for every other test.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Final, cast

import attrs
import pytest
from _pytest.runner import runtestprotocol

TICK: Final = 0.05
STALL: Final = 0.3
"""Seconds by which a thread that only sleeps wakes too late."""
TRIES: Final = 3


@attrs.define
class Watch:
    """By how much a thread that only sleeps woke too late at most, while this is entered."""

    longest: float = 0.0
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._run, name="stalls")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        over, before = False, time.monotonic()
        while not over:
            over = self._over.wait(TICK)
            now = time.monotonic()
            self.longest, before = max(self.longest, now - before - TICK), now


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """As pytest does it, up to three times for what is in real time."""
    if "real_time" not in item.keywords:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    tries = TRIES
    while True:
        with Watch() as watch:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
        tries -= 1
        if not tries or watch.longest < STALL or not any(report.failed for report in reports):
            break
        _log(item, [_again(report, watch.longest) for report in reports if report.failed])
    _log(item, reports)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _again(report: pytest.TestReport, late: float) -> pytest.TestReport:
    """Neither passed nor failed: the summary counts it by itself."""
    report.outcome = cast(Any, "again")
    report.sections.append(("stall", f"the machine stood still for {late:.1f} s"))
    return report


def _log(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """How many were run again is in the last line of pytest."""
    return ("run again", "A", "AGAIN") if report.outcome == cast(Any, "again") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which they were, and how long the machine stood still."""
    for report in terminalreporter.stats.get("run again", []):
        terminalreporter.write_line(f"run again: {report.nodeid}: {dict(report.sections)['stall']}")
