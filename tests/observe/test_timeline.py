import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.observe._timeline_rows import Row, columns, labels, rows, wrap
from voiceflow.observe.timeline import Stage, Timeline, TurnPicture, Utterance, timeline_svg

SVG = "{http://www.w3.org/2000/svg}"
CALL = Timeline(
    (
        TurnPicture(
            1,
            (Utterance(0.6, 2.4, "what is the moon"),),
            (Utterance(3.2, 5.0, "The Moon is", "a large rock far away"),),
            (Stage("vad wait", 0.3), Stage("end of turn", 0.2), Stage("first token", 0.3)),
            interrupted=5.0,
        ),
        TurnPicture(
            2, (Utterance(4.5, 6.0, "stop & <go>"),), (Utterance(7.2, 9.0, "All right."),), (Stage("vad wait", 1.2),)
        ),
    ),
    "A call",
)


def elements(document: str, kind: str) -> list[ET.Element]:
    return [element for element in ET.fromstring(document).iter() if kind in element.get("class", "").split()]


def words(document: str, kind: str) -> str:
    return " ".join(element.text or "" for element in elements(document, kind))


def bars(document: str, kind: str) -> list[tuple[float, float]]:
    found = [rect for rect in elements(document, kind) if rect.get("width") != "22"]  # those are the legend's
    return [(float(rect.attrib["x"]), float(rect.attrib["width"])) for rect in found]


def test_the_words_stand_as_they_were_said_heard_and_lost() -> None:
    drawn = timeline_svg(CALL)
    assert words(drawn, "said") == "what is the moon stop & <go>"
    assert words(drawn, "reply") == "The Moon is All right."
    assert words(drawn, "lost") == "words a large rock far away"  # the first is the legend's


def test_words_that_begin_at_the_end_of_a_row_stand_where_most_of_their_speech_is() -> None:
    long = "a reply of many words, for which there is no room at the end of a row"
    turn = TurnPicture(1, (Utterance(0.5, 12.0, "well"),), (Utterance(12.5, 20.0, long),))
    (reply,) = elements(timeline_svg(Timeline((turn,))), "reply")
    assert (reply.text, reply.get("x")) == (long, "74.0")


def test_bars_are_as_long_as_the_speech() -> None:
    (first, second), (third, fourth) = (bars(timeline_svg(CALL), kind) for kind in ("caller", "agent"))
    second_wide = (1120 - 74 - 24) / 14
    for (_, width), seconds in ((first, 1.8), (second, 1.5), (third, 1.8), (fourth, 1.8)):
        assert abs(width - seconds * second_wide) < 0.2


def test_the_wait_lies_between_the_callers_last_word_and_the_agents_first() -> None:
    drawn = timeline_svg(CALL)
    waits, callers, agents = (bars(drawn, kind) for kind in ("wait", "caller", "agent"))
    for (x, width), caller, agent in zip(waits, callers, agents, strict=True):
        assert abs(x - sum(caller)) < 0.2
        assert abs(x + width - agent[0]) < 0.2
    assert words(drawn, "waited") == "800 ms 1.20 s 800 ms 1.20 s"  # by the hatching, and by the bars


def test_an_interruption_is_one_red_line() -> None:
    drawn = timeline_svg(CALL)
    assert len([path for path in elements(drawn, "cut") if path.tag == f"{SVG}path"]) == 2  # with the legend's
    assert "interrupted" in words(drawn, "cutword")


def test_a_turns_number_stands_clear_of_the_line_of_an_interruption() -> None:
    """Turn 2 begins half a second before its caller has cut turn 1 off."""
    drawn = timeline_svg(CALL)
    line = 74 + 5.0 * (1120 - 74 - 24) / 14
    numbers = [(element.text, float(element.attrib["x"])) for element in elements(drawn, "number")]
    assert [text for text, _ in numbers] == ["turn 1", "turn 2"]
    assert abs(numbers[1][1] - (line + 5)) < 0.2


def test_each_stage_says_its_milliseconds() -> None:
    assert words(timeline_svg(CALL), "ms") == "300 ms 200 ms 300 ms 1.20 s"


def test_a_conversation_without_words_or_stages_still_has_its_bars() -> None:
    silent = Timeline((TurnPicture(1, (Utterance(0.5, 1.5),), (Utterance(2.0, 3.0),)),))
    drawn = timeline_svg(silent)
    assert len(bars(drawn, "caller")) == len(bars(drawn, "agent")) == 1
    assert words(drawn, "said") == words(drawn, "ms") == ""


def test_nothing_said_is_an_empty_picture() -> None:
    assert bars(timeline_svg(Timeline(())), "caller") == []
    assert bars(timeline_svg(Timeline((TurnPicture(1),))), "caller") == []


def test_a_turn_that_fits_stands_in_one_row_and_one_that_interrupts_stays_with_it() -> None:
    assert rows([(0.5, 8.0), (9.0, 13.0), (12.5, 20.0)], [False, True, False], 14.0) == [Row(0.0, 8.6), Row(8.6, 20.4)]


def test_a_long_silence_is_left_out() -> None:
    assert rows([(0.5, 2.0), (100.0, 101.0)], [False, False], 14.0) == [Row(0.0, 14.0), Row(99.6, 101.4)]


def test_a_turn_longer_than_a_row_goes_on_in_the_next() -> None:
    assert rows([(0.5, 30.0)], [False], 14.0) == [Row(0.0, 14.0), Row(14.0, 28.0), Row(28.0, 30.4)]


@example([(1.0, 5.0, True), (1.0, 11.5, False), (14.0, 0.0, False)])
@example([(0.25, 0.0, False), (1.0, 69.0, False), (14.0, 0.0, False)])
@given(st.lists(st.tuples(st.floats(0.01, 40), st.floats(0, 90), st.booleans()), max_size=12))
def test_rows_show_every_moment_of_every_turn_once(steps: list[tuple[float, float, bool]]) -> None:
    turns: list[tuple[float, float]] = []
    for length, pause, _ in steps:
        begin = (turns[-1][1] if turns else 0.0) + pause
        turns.append((begin, begin + length))
    found = rows(turns, [joined for *_, joined in steps], 14.0)
    for before, after in pairwise(found):
        assert before.end <= after.begin
        assert before.end - before.begin <= 14.0 + 1e-6
    for begin, end in turns:
        shown = sum(max(0.0, min(end, row.end) - max(begin, row.begin)) for row in found)
        assert abs(shown - (end - begin)) < 1e-6


@given(st.text(max_size=200), st.integers(2, 40))
def test_wrapped_words_are_all_there_in_lines_that_fit(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(columns(line) <= width for line in lines)


def test_words_of_one_lane_do_not_run_into_the_next() -> None:
    blocks = labels(
        [(80.0, "a rather long sentence that has to wrap", ""), (200.0, "next", "")], 74.0, 1096.0, 7.3
    ).blocks
    assert all(80 + 7.3 * columns(line) < 200 for line in blocks[0].said)


times = st.floats(0, 100)


def _utterance(at: float, seconds: float, text: str, unheard: str) -> Utterance:
    return Utterance(at, at + seconds, text, unheard)


utterances = st.builds(_utterance, times, st.floats(0, 60), st.text(), st.text())
stages = st.builds(Stage, st.sampled_from(["vad wait", "<&>"]) | st.text(), st.floats(0, 100))
turns = st.builds(
    TurnPicture,
    st.integers(),
    st.lists(utterances, max_size=3).map(tuple),
    st.lists(utterances, max_size=3).map(tuple),
    st.lists(stages, max_size=8).map(tuple),
    st.none() | times,
)


@given(st.lists(turns, max_size=4), st.text())
@example([TurnPicture(0, (), (), (Stage("vad wait", 5e-324),), None)], "")
def test_any_values_in_any_order_are_an_image_without_bad_numbers(of: list[TurnPicture], title: str) -> None:
    drawn = timeline_svg(Timeline(tuple(of), title))
    ET.fromstring(drawn)
    assert not re.search(r'="(nan|inf|-inf)"', drawn)
