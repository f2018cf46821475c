"""A report as a page: it says what the figures say, needs nothing else, and holds together whatever they are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow._draw import Box, Drawing, Line
from voiceflow.bench import plots
from voiceflow.bench.figures import CallFigures, Distribution, Lag, Report, TurnFigures, WireFigures
from voiceflow.bench.page import page, tables_page
from voiceflow.bench.tables import Section

PLAIN = TurnFigures(
    1, "answer", 0.95, {"vad wait": 0.5, "first token": 0.4, "sink": 0.05}, speech=((0.5, 2.5),), speech_end=2.5,
    audible=3.45, ended=6.0,
)  # fmt: skip
CUT = TurnFigures(
    2, "answer", 1.5, {"vad wait": 0.5, "first token": 1.0}, True, 0.5, 0.001, 2.4, 0.4, 0.0, 30, 12,
    ((7.0, 8.0),), 8.0, 9.5, 11.0, 11.0,
)  # fmt: skip
DRAWING = Drawing(
    (Box("ear", "Ear"), Box("voice", "Voice", "turn"), Box("speaker", "Speaker")),
    (
        Line("voice", "spoken", "speaker", "spoken", "Spoken"),
        Line("speaker", "activity", "ear", "agent", "Activity", signal=True),
    ),
)
WIRES = {"voice.spoken -> speaker.spoken": WireFigures(0.27, 0.3, 0.012, 99, 0)}


def _report(*turns: TurnFigures) -> Report:
    call = CallFigures(12.0, 1.0, turns, WIRES, 0.6, 0.3, 90e6)
    lag = Lag(0.001, 0.002, 0.004, Distribution.of([0.003]), 0.001, 0.001, 0.001)
    return Report("a <graph> & more", 1, {"date": "today", "cores": "2"}, (call,), lag, 80e6, DRAWING)


def _plots(text: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]


def _words(element: ET.Element) -> str:
    return " ".join(text.strip() for text in element.itertext() if text.strip())


def test_a_page_says_where_the_wait_went_and_what_it_varied_by() -> None:
    """Every stage with its time, the turn in the middle named, the interruption, the calls, the graph, all tables."""
    text = page(_report(PLAIN, CUT))
    plots = [_words(plot) for plot in _plots(text)]
    (waterfall,) = (plot for plot in plots if plot.startswith("The stages of turn 1"))
    for words in ("vad wait 500 ms", "first token 400 ms", "response 950 ms"):
        assert words in waterfall
    (every,) = (plot for plot in plots if plot.startswith("The stages of every turn"))
    assert "call 1, turn 2" in every
    assert "1.50 s, interrupted" in every
    assert any(plot.startswith("onset to silence: p50 500 ms") for plot in plots)
    assert any("Call 1" in plot and "interrupted" in plot for plot in plots)
    assert any("90%, 12 ms" in plot for plot in plots)
    assert "Most of it is vad wait: 500 ms of 950 ms." in text
    assert "<b>12</b><span>tokens written in vain per cut, median</span>" in text
    assert "<h3>Interruptions, ms</h3>" in text


def test_a_page_can_be_read_on_a_small_screen() -> None:
    """Each plot stands in a box of its own that is moved sideways, and says so."""
    text = page(_report(PLAIN, CUT))
    drawn = [part.partition("</div>")[0] for part in text.split('<div class="plot">')[1:]]
    assert [part.count("<svg") for part in drawn] == [1, 1, 4, 3]
    assert "@media (max-width:947px){.plot:before{" in text


def test_a_page_needs_nothing_else() -> None:
    """No script, nothing that is loaded, and what users named is text."""
    text = page(_report(PLAIN, CUT))
    assert not re.findall(r"<script|<link|<img|src=|href=|@import|url\((?!#)", text)
    assert "a &lt;graph&gt; &amp; more" in text
    assert text.count("<style>.graph{") == text.count("<style>.timeline{") == 1


def test_a_page_of_calls_without_an_answer_has_the_rest() -> None:
    """What did not happen is not drawn."""
    text = page(_report(TurnFigures(1, "say")))
    assert "Where a caller's wait goes" not in text
    assert "Where frames wait" in text


def test_tables_alone_are_a_page_too() -> None:
    """Those without rows are left out."""
    text = tables_page("two", [Section("one", ("what", "value"), [("a", "<1>")]), Section("none", ("what",), [])])
    assert "<h3>one</h3>" in text
    assert '<td class="text">&lt;1&gt;</td>' in text
    assert "<h3>none" not in text


@given(st.floats(0, 1e5))
@example(5e-324)
def test_an_axis_has_round_steps_that_reach_the_end(top: float) -> None:
    """From 0 on, a few."""
    found = plots.steps(top)
    assert found[0] == 0
    assert found[-1] >= top * (1 - 1e-6)
    assert 2 <= len(found) <= 10


@given(st.lists(st.floats(0, 30), min_size=1, max_size=9))
def test_every_value_stands_within_its_plot(values: list[float]) -> None:
    """As a dot each."""
    (plot,) = _plots(plots.strip("response", values))
    dots = [float(dot.attrib["cx"]) for dot in plot.iter("circle")]
    assert len(dots) == len(values)
    assert all(0 < x < 1120 for x in dots)
