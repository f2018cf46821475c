"""Figures, and how they are kept and compared."""

from __future__ import annotations

import io
import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from voiceflow import VoiceflowError
from voiceflow.bench.figures import CallFigures, Distribution, Lag, Report, TurnFigures, WireFigures, read_summary
from voiceflow.bench.tables import Section, compared, sections, to_markdown, to_terminal

NOTHING = Distribution(0, None, None, None, None)


def _report(response: float) -> Report:
    heard = TurnFigures(1, "answer", response, {"vad wait": 0.3, "first token": 0.1}, synthesised=2.0)
    cut = TurnFigures(2, "answer", 0.5, {"vad wait": 0.5}, True, 0.25, 0.0004, 6.0, 0.4)
    wires = {"a -> b": WireFigures(0.04, 0.4, 0.002, 50, 0)}
    call = CallFigures(10.0, 1.0, (heard, cut), wires, 0.5, 0.2, 90e6)
    return Report("a graph", 1, {"python": "3"}, (call,), Lag(0.001, 0.002, 0.003, NOTHING), 50e6)


def test_a_quantile_is_a_value_that_was_measured() -> None:
    """By nearest rank; what did not happen does not count."""
    assert Distribution.of([float(n) for n in range(1, 201)]) == Distribution(200, 100.0, 190.0, 198.0, 200.0)
    assert Distribution.of([None, 3.0, 1.0, None]) == Distribution(2, 1.0, 3.0, 3.0, 3.0)
    assert Distribution.of([None]) == NOTHING


@given(st.lists(st.floats(0, 100), min_size=1))
def test_quantiles_rise(values: list[float]) -> None:
    """And are taken from the values, whatever these are."""
    each = Distribution.of(values)
    found = [each.p50, each.p95, each.p99, each.max]
    assert found == sorted(found)  # type: ignore[type-var]
    assert set(found) <= set(values)
    assert each.max == max(values)


def test_a_report_keeps_what_it_says(tmp_path: Path) -> None:
    """Written as JSON and read again, the summary is the same."""
    report, path = _report(0.75), tmp_path / "report.json"
    path.write_text(report.to_json())
    summary = read_summary(path)
    assert summary["latencies"]["response"] == {"n": 2, "p50": 0.5, "p95": 0.75, "p99": 0.75, "max": 0.75}
    assert summary["latencies"]["first token"]["n"] == 1
    assert summary["interruptions"]["audio wasted"]["max"] == 0.4
    assert summary["load"]["CPU per call-second, this process"] == 0.05
    assert summary["of"] == "a graph, real clock"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "is no JSON"),
        ("[]", "no report"),
        (json.dumps({"a": 1}), "no report"),
        ('{"voiceflow bench calls": 1, "calls": []}', "no report"),
        ('{"voiceflow bench": 1}', "a damaged report"),
        (
            '{"voiceflow bench": 1, "graph": "", "summary": {"latencies": {"a": 1}, "interruptions": {}, "load": {}}}',
            "a damaged report",
        ),
    ],
)
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    """With its name and what to do."""
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(VoiceflowError, match=said):
        read_summary(path)


def test_a_comparison_is_the_second_to_the_first() -> None:
    """A ratio under 1 is faster; what was not measured has none."""
    one, other = (json.loads(_report(response).to_json())["summary"] for response in (0.5, 1.0))
    response, cuts, load = compared(("before", "after"), one, other)
    rows = {row[0]: tuple(row[1:]) for section in (response, cuts, load) for row in section.rows}
    assert rows["response max"] == ("500", "1000", "2.00")
    assert rows["sink p50"] == ("-", "-", "-")
    assert rows["cancel to all ended p50"] == ("0.40", "0.40", "1.00")
    assert rows["memory before (MB)"] == ("50.0", "50.0", "1.00")
    assert response.note == ""
    response, *_ = compared(("before", "after"), one | {"of": "a, real clock"}, other | {"of": "b"})
    assert response.note == "NOT of the same: a, real clock; and b"


def test_what_was_not_measured_has_no_figure() -> None:
    """A loop is never late in virtual time, nothing is wasted without interruptions: neither is 0."""
    report = _report(0.75)
    whole = report.load()
    assert (whole["loop lag p99 (ms)"], whole["loop lag worst (ms)"]) == (1.0, 3.0)
    still = attrs.evolve(report, lag=Lag(0.0, 0.0, 0.0, Distribution.of([0.002])), calls=())
    assert not [name for name in still.load() if "lag" in name or "bystander" in name or "tokens" in name]
    assert still.load()["GC pause p95 (ms)"] == 2.0


def test_the_tables_say_every_turn_wire_and_cost() -> None:
    """In Markdown as on the terminal; a bar that would break a table is escaped."""
    text = to_markdown(sections(_report(0.75)))
    assert "| 1.2 | 500 | 500 | - | - | - | - | - | - | yes |" in text
    assert "| a -> b | 0.04 | 0.4 | 2.00 | 50 | 0 |" in text
    assert "| audio wasted | 1 | 400 | 400 | 400 | 400 |" in text
    assert text.count("###") == 6


@pytest.mark.parametrize("width", [150, 80, 60, 34])
def test_no_column_is_lost_where_lines_are_short(width: int) -> None:
    """What has no room on a line stands below, behind the same names; brackets are text."""
    names = ("what", "ours", *(f"framework {n}" for n in range(6)))
    rows = [("time, ms [x]", "3.5", *(f"{n}9.{n} (0.5{n})" for n in range(6)))]
    file = io.StringIO()
    to_terminal(
        Console(file=file, width=width), [Section("A [title]", names, rows, "a [note]"), Section("none", names, ())]
    )
    shown = file.getvalue()
    assert all(len(line) <= width for line in shown.splitlines())
    assert [cell for cell in (*rows[0], "A [title]", "a [note]") if cell not in shown] == []
    assert "none" not in shown
    assert shown.count("time, ms [x]") == shown.count("what") == {150: 1, 80: 2, 60: 3, 34: 6}[width]
