"""Where the time of a turn went: the stages add up to the response, and what came early adds nothing."""

from __future__ import annotations

from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import Chunker, Graph, Mark, Session, Speaker, Trace, TurnTaking
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.observe.waterfall import TurnTimes, Waterfall, rest

SECOND = 1_000_000_000


async def test_the_stages_of_a_turn_add_up_to_its_response(autojump_clock: MockClock) -> None:
    """Speech ended at 2.5; its verdict was there at 3.0, the final at 2.7; the first sample left at 3.5."""
    user, turns, times = User([Clip(0.5, 2.5, "hello")]), TurnTaking(), Waterfall()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Model(), Chunker(PhraseSettings(idle_after=SECOND)), Voice(), Speaker())
    async with Session(graph, trace=Trace([times])) as session:
        await session.finished()
        await session.say("Goodbye.")
    turn = times.turns[1]
    assert turn.stages() == [
        ("vad wait", 0.5),
        ("transcript", 0.0),
        ("end of turn", 0.0),
        ("first token", 0.1),
        ("first phrase", 0.2),
        ("first audio", 0.2),
        ("sink", 0.0),
    ]
    assert turn.response == sum(seconds for _, seconds in turn.stages()) == 1.0
    assert (turn.kind, turn.user, turn.heard) == ("answer", "hello", "Once upon a time there was a dog.")
    assert (turn.audible, turn.ended, turn.interrupted) == (3_500_000_000, 5_500_000_000, None)
    said = times.turns[2]
    assert (said.kind, said.response, said.stages(), said.heard) == ("say", None, [], "Goodbye.")


def test_what_is_not_of_a_turn_is_passed_over() -> None:
    """Marks of any name, of any node; verdicts of an older turn do not count for a new one."""
    times = Waterfall()
    for mark in (
        Mark(1, None, "vad", "first", {"outlet": "speech", "kind": "Speech"}),
        Mark(2, 1, "x", "first", {"outlet": "x", "kind": "Other"}),
        Mark(3, None, "x", "whatever", {}),
        Mark(4, None, "turns", "speech", {"active": True, "voiced": True, "at": 4}),
        Mark(5, None, "turns", "transcript", {"stage": "interim"}),
        Mark(6, None, "turns", "transcript", {"stage": "final"}),
        Mark(9, 1, "turns", "turn.committed", {"speech_end": 8, "text": "hi"}),
        Mark(12, 1, "turns", "turn.interrupted", {"text": ""}),
    ):
        times(mark)
    assert times.turns == {1: TurnTimes(1, speech_end=8, marks={"end of turn": 9}, interrupted=12, user="hi")}
    assert times.turns[1].response is None


async def test_what_was_cut_off_is_what_was_written_behind_what_was_heard(autojump_clock: MockClock) -> None:
    """Of a turn that was said to its end nothing is."""
    user, turns, times = User([Clip(0.5, 1.0, "hello"), Clip(4.0, 5.0, "stop")], until=10), TurnTaking(), Waterfall()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Model(), Chunker(PhraseSettings(idle_after=SECOND)), Voice(4.0), Speaker())
    times.listen_to(graph)
    async with Session(graph, trace=Trace([times])) as session:
        await session.finished()
    first, second = times.turns.values()
    assert first.heard
    assert f"{first.heard} {first.unheard}" == "Once upon a time there was a dog."
    assert (second.heard, second.unheard) == ("Once upon a time there was a dog.", "")
    assert times.being_written == ""


def test_the_rest_of_a_text_is_told_by_its_words() -> None:
    """Whatever stands between them; nothing, when it does not begin as what was heard."""
    assert rest(" One,\ntwo  three", "One, two") == "three"
    assert rest("One two", "") == "One two"
    assert rest("1 two", "one") == ""
    assert rest("One", "One two") == ""
