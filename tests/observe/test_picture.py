"""From the turns of a trace to what is drawn of them."""

from __future__ import annotations

from voiceflow.observe.picture import timeline
from voiceflow.observe.timeline import Stage, TurnPicture, Utterance
from voiceflow.observe.waterfall import TurnTimes, Waterfall

SECOND = 1_000_000_000
CUT = TurnTimes(
    2,
    speech_end=3 * SECOND,
    marks={"vad wait": 4 * SECOND, "sink": 5 * SECOND},
    ended=8 * SECOND,
    interrupted=7 * SECOND,
    user="hello there",
    written="Once upon a time.",
    heard="Once upon",
    speech=((0, SECOND), (SECOND, 3 * SECOND)),
)


def test_a_turn_is_drawn_with_what_was_said_heard_and_cut_off() -> None:
    """The caller's words stand with the longest stretch of the speech; turns are in their order."""
    first, second = timeline(Waterfall({2: CUT, 1: TurnTimes(1)})).turns
    assert first == TurnPicture(1)
    assert second == TurnPicture(
        2,
        (Utterance(0.0, 1.0), Utterance(1.0, 3.0, "hello there")),
        (Utterance(5.0, 7.0, "Once upon", "a time."),),
        (Stage("vad wait", 1.0), Stage("sink", 1.0)),
        7.0,
    )


def test_a_picture_without_words_has_all_but_them() -> None:
    """For calls whose words are nobody's business."""
    (turn,) = timeline(Waterfall({2: CUT}), words=False).turns
    assert turn.caller == (Utterance(0.0, 1.0), Utterance(1.0, 3.0))
    assert turn.agent == (Utterance(5.0, 7.0),)
    assert CUT.user == "hello there"
