"""A benchmark's calls in virtual time: every figure is what the script of the call says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import Chunker, Graph, ProviderError, Speaker, TextFilter, TextSink, TurnTaking
from voiceflow.bench import Bench
from voiceflow.bench.figures import TurnFigures
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings
from voiceflow.trace import Mark

SETTINGS = TurnSettings(
    endpointing=Endpointing(mode="fixed", min_wait=0.5),
    interruption=Interruption(always={}, fade=0.0),
    speculation=Speculation(mode="off"),
)
QUESTION, STOP = Clip(0.5, 2.5, "Tell me a story."), Clip(5.0, 6.0, "Stop!")


def _graph(clips: Sequence[Clip], seconds: float = 10.0) -> Graph:
    user, turns = User(clips, until=12.0), TurnTaking(SETTINGS)
    graph = Graph().connect(user.speech, turns.speech).connect(user.transcripts, turns.transcripts)
    return graph.connect(turns, Model(), TextFilter(), Chunker(), Voice(seconds=seconds), Speaker())


def _rounded(turn: TurnFigures) -> dict[str, float]:
    return {stage: round(seconds, 6) for stage, seconds in turn.stages.items()}


async def test_every_stage_of_a_response_is_told(autojump_clock: MockClock) -> None:
    """They add up to the response, and a plain turn has no interruption."""
    bench = Bench(lambda: _graph([QUESTION], 2.0), "a plain turn", calls=2)
    await bench.run()
    report = bench.report()
    assert [len(call.turns) for call in report.calls] == [1, 1]
    for turn in report.turns:
        assert turn.response == 0.95
        assert _rounded(turn) == {
            "vad wait": 0.5,
            "transcript": 0.0,
            "end of turn": 0.0,
            "first token": 0.1,
            "first phrase": 0.15,  # the model pauses before its full stop, and the chunker does not wait for it
            "first audio": 0.2,
            "sink": 0.0,
        }
        assert not turn.interrupted
    assert report.cuts()["audio wasted"].n == 0


async def test_an_interruption_is_timed_from_its_first_sample(autojump_clock: MockClock) -> None:
    """To silence; what was synthesised and never played is what the wires hold, and nothing is made after the cut."""
    bench = Bench(lambda: _graph([QUESTION, STOP]), "stop", calls=1)
    await bench.run()
    first, second = bench.report().turns
    assert first.interrupted
    assert first.onset_to_silence == 0.5
    assert first.cancel_to_ended == 0.0
    assert first.wasted is not None
    assert 0.3 <= round(first.wasted, 6) <= 0.42
    assert first.made_after_cut == 0.0
    assert (first.tokens, first.tokens_wasted) == (9, 3)
    assert not second.interrupted
    assert second.response is not None


async def test_wires_are_seen_at_their_fullest(autojump_clock: MockClock) -> None:
    """Every wire of the session and of its turns, by its name, with all that went over it."""
    bench = Bench(lambda: _graph([QUESTION], 2.0), "a plain turn", calls=1)
    await bench.run()
    wires = bench.report().wires()
    assert wires["voice.spoken -> speaker.spoken"].peak == 0.28
    assert {name: (wire.sent, wire.dropped) for name, wire in wires.items()} == {
        "user.speech -> turns.speech": (3, 0),
        "user.transcripts -> turns.transcripts": (1, 0),
        "session -> model.prompt": (1, 0),
        "model.text -> textfilter.text": (9, 0),
        "textfilter.filtered -> chunker.text": (9, 0),
        "chunker.phrases -> voice.phrases": (2, 0),
        "voice.spoken -> speaker.spoken": (100, 0),
    }


async def test_a_call_that_is_hung_up_counts_as_far_as_it_went(autojump_clock: MockClock) -> None:
    """`seconds` ends it in mid-reply."""
    bench = Bench(lambda: _graph([QUESTION]), "hung up", calls=1, seconds=4.0)
    await bench.run()
    (call,) = bench.report().calls
    assert call.seconds == 4.0
    assert [turn.response for turn in call.turns] == [0.95]


async def test_what_was_cut_short_is_reported(autojump_clock: MockClock) -> None:
    """The calls that were done, and the turns of the one that was not."""
    heard: list[tuple[int, str]] = []

    def watch(call: int, mark: Mark) -> None:
        heard.append((call, mark.name))

    bench = Bench(lambda: _graph([QUESTION], 2.0), "stopped", calls=5, watch=watch)
    with trio.move_on_after(17.0):
        await bench.run()
    report = bench.report()
    assert [round(call.seconds, 3) for call in report.calls] == [12.0, 5.0]
    assert [len(call.turns) for call in report.calls] == [1, 1]
    assert {call for call, _ in heard} == {1, 2}


async def test_a_call_that_fails_says_why(autojump_clock: MockClock) -> None:
    """Its error comes out, and stays with the figures."""

    class Broken(User):
        async def run(self, ports: object) -> None:
            raise ProviderError("the line is dead", retryable=False)

    def build() -> Graph:
        user, turns = Broken([]), TurnTaking(SETTINGS)
        graph = Graph().connect(user.speech, turns.speech).connect(user.transcripts, turns.transcripts)
        return graph.connect(turns, Model(), TextFilter(), Chunker(), Voice(), Speaker())

    bench = Bench(build, "broken")
    with pytest.raises(Exception, match="the line is dead"):
        await bench.run()
    (call,) = bench.report().calls
    assert "the line is dead" in call.failed


async def test_a_graph_that_writes_instead_of_speaking_wastes_no_sound(autojump_clock: MockClock) -> None:
    """What cannot be known of it is left open."""

    def build() -> Graph:
        user, turns = User([QUESTION], until=6.0), TurnTaking(SETTINGS)
        graph = Graph().connect(user.speech, turns.speech).connect(user.transcripts, turns.transcripts)
        return graph.connect(turns, Model(), TextSink())

    bench = Bench(build, "text", calls=1)
    await bench.run()
    (turn,) = bench.report().turns
    assert (turn.response, turn.synthesised, turn.wasted) == (0.6, 0.0, None)
