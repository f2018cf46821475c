"""The trace as a file: every mark a line, whatever its values, and nothing of the caller when that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import GraphError, Mark, ProviderError, Trace
from voiceflow.observe.trace_file import TraceFile, read_trace, redacted

MARK = Mark(5, 1, "turns", "turn.committed", {"text": "my card is 1234", "speech_end": 4, "why": "words"})


def test_marks_come_back_as_they_were_written(tmp_path: Path) -> None:
    """In order; a last line that was cut short is left out."""
    path, trace = tmp_path / "trace.jsonl", Trace()
    with TraceFile(path).reading(trace) as file:
        trace.mark(1, None, "a", "one", {})
        trace.mark(2, 7, "b", "two", {"text": "Grüße \U0001f600", "n": 1.5, "yes": True, "none": None})
        assert list(read_trace(path))[1].values["n"] == 1.5  # written as it happens
    trace.mark(3, None, "a", "late", {})
    assert (file.lines, file.error, trace.readers) == (2, None, [])
    with path.open("a") as more:
        more.write('{"t": 4, "turn"')
    assert list(read_trace(path)) == [
        Mark(1, None, "a", "one", {}),
        Mark(2, 7, "b", "two", {"text": "Grüße \U0001f600", "n": 1.5, "yes": True, "none": None}),
    ]


@given(text=st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_can_be_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Half a surrogate pair too, which some models write; nothing is left out and no reader fails."""
    path, trace = tmp_path_factory.mktemp("trace") / "trace.jsonl", Trace()
    with TraceFile(path).reading(trace):
        trace.mark(1, None, "a", "one", {"text": text})
    assert trace.error is None
    assert [mark.values["text"] for mark in read_trace(path)] == [text]


def test_values_that_are_no_json_are_numbers_or_the_names_of_their_types(tmp_path: Path) -> None:
    """A node may mark what it computes with."""
    path, trace = tmp_path / "trace.jsonl", Trace()
    values = {"count": np.int64(3), "level": np.float32(0.5), "sound": np.zeros(3), "names": ("a", "b")}
    with TraceFile(path).reading(trace):
        trace.mark(1, None, "a", "one", values)
    assert trace.error is None
    (mark,) = read_trace(path)
    assert mark.values == {"count": 3, "level": 0.5, "sound": "ndarray", "names": ["a", "b"]}


def test_what_is_redacted_is_not_in_the_file(tmp_path: Path) -> None:
    """Words become their number; of all values only numbers and truths are kept."""
    assert redacted(MARK, "none")["text"] == "my card is 1234"
    assert json.dumps(redacted(MARK, "words")).count("card") == 0
    assert redacted(MARK, "words") == {
        "t": 5,
        "turn": 1,
        "node": "turns",
        "name": "turn.committed",
        "words": 4,
        "speech_end": 4,
        "why": "words",
    }
    assert "why" not in redacted(MARK, "all")
    assert redacted(MARK, "all")["words"] == 4
    with pytest.raises(GraphError, match=r"^redact must be one of none, words, all; got 'some'$"):
        TraceFile(tmp_path / "x", "some")  # type: ignore[arg-type]


def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    """Before the call begins, with the path and the reason."""
    file = TraceFile(tmp_path / "nowhere" / "trace.jsonl")
    wanted = pytest.raises(ProviderError, match="cannot be written: No such file or directory")
    with wanted, file.reading(Trace()):
        pytest.fail("it must not begin")


def test_a_disk_that_is_full_ends_the_file_and_not_the_call() -> None:
    """The reason is kept, and what is read later is not written."""
    trace = Trace()
    with TraceFile("/dev/full").reading(trace) as file:
        trace.mark(1, None, "a", "one", {})
        trace.mark(2, None, "a", "two", {})
        assert (file.lines, file.error, trace.error) == (0, "No space left on device", None)
