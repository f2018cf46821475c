"""The trace: marks in order, to every reader, whatever one of them does."""

from __future__ import annotations

from voiceflow import Mark, Trace


def test_every_reader_reads_every_mark_in_order() -> None:
    """And a reader that was taken out reads no more; taking it out twice is no mistake."""
    first, second = list[Mark](), list[Mark]()
    trace = Trace([first.append])
    stop = trace.subscribe(second.append)
    trace.mark(1, None, "a", "one", {})
    stop()
    stop()
    trace.mark(2, 7, "b", "two", {"n": 1})
    assert first == [Mark(1, None, "a", "one"), Mark(2, 7, "b", "two", {"n": 1})]
    assert second == first[:1]


def test_nobody_listens_to_a_trace_without_readers() -> None:
    """A mark costs nothing then, and goes nowhere."""
    trace = Trace()
    trace.mark(1, None, "a", "one", {})
    assert (trace.readers, trace.error) == ([], None)


def test_a_reader_that_raises_disturbs_nobody() -> None:
    """The others read the mark and that a reader failed, without its words; the first error is kept."""
    read: list[Mark] = []
    calls: list[str] = []

    def broken(mark: Mark) -> None:
        calls.append(mark.name)
        raise ValueError(f"number {len(calls)}")

    trace = Trace([broken, read.append])
    trace.mark(1, None, "a", "one", {})
    trace.mark(2, None, "a", "two", {})
    assert [(mark.t, mark.name) for mark in read] == [
        (1, "reader.failed"),
        (1, "one"),
        (2, "reader.failed"),
        (2, "two"),
    ]
    assert read[0] == Mark(1, None, "trace", "reader.failed", {"error": "ValueError", "mark": "one"})
    assert calls == ["one", "reader.failed", "two", "reader.failed"]
    assert str(trace.error) == "number 1"


def test_a_reader_may_leave_while_it_reads() -> None:
    """Those behind it miss nothing."""
    read: list[str] = []
    trace = Trace()
    stop = trace.subscribe(lambda mark: stop())
    trace.subscribe(lambda mark: read.append(mark.name))
    trace.mark(1, None, "a", "one", {})
    trace.mark(2, None, "a", "two", {})
    assert read == ["one", "two"]
