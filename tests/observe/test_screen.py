"""A call on the terminal: what is final scrolls, what is open is shown live."""

from __future__ import annotations

import io

from rich.console import Console
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import Chunker, Graph, Mark, Session, Speaker, Trace, TurnTaking
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.observe.screen import Screen, bar, where_the_time_went
from voiceflow.observe.waterfall import TurnTimes

SECOND = 1_000_000_000


def test_a_bar_is_as_long_as_its_time() -> None:
    """One cell for 50 ms, to an eighth."""
    assert [bar(seconds) for seconds in (0.0, 0.05, 0.1, 0.125)] == ["", "█", "██", "██▌"]
    assert bar(1.0, scale=0.5) == "██"


def test_a_turn_that_was_not_heard_says_so() -> None:
    """Else its response time and what made it."""
    turn = TurnTimes(1)
    assert where_the_time_went(turn) == "not heard"
    turn = TurnTimes(1, speech_end=SECOND, marks={"vad wait": 1_500_000_000, "sink": 2 * SECOND})
    assert where_the_time_went(turn) == "1000 ms = vad wait 500 + sink 500"


async def test_a_call_is_told_line_by_line(autojump_clock: MockClock) -> None:
    """Who said what, what was cut, and where the time went; no line for what is still open."""
    out = io.StringIO()
    with Screen(Console(file=out, width=100)) as screen:
        user = User([Clip(0.5, 1.0, "hello"), Clip(4.0, 5.0, "stop there")], until=10)
        turns, model = TurnTaking(), Model(["One two three four five six seven."])
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        graph.connect(turns, model, Chunker(PhraseSettings(idle_after=SECOND)), Voice(4.0), Speaker())
        async with Session(graph, trace=Trace([screen])) as session:
            await session.finished()
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines == [
        "00:01.5  caller hello",
        "00:04.5  agent  One two three four five six  ⟂ interrupted",
        "1000 ms = vad wait 500 + first token 100 + first phrase 200 + first audio 200",
        "00:05.5  caller stop there",
        "00:10.0  agent  One two three four five six seven.",
        "1000 ms = vad wait 500 + first token 100 + first phrase 200 + first audio 200",
    ]


def test_the_last_line_of_a_terminal_is_live() -> None:
    """The words so far, the state, the reply; errors scroll."""
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    with Screen(console) as screen:
        assert str(screen.now()) == "  …"
        screen(Mark(1, None, "turns", "state", {"user": "speaking", "agent": "listening"}))
        assert str(screen.now()) == "● caller …"
        screen(Mark(2, None, "turns", "transcript", {"stage": "interim", "text": "hello"}))
        screen(Mark(3, 1, "turns", "state", {"user": "listening", "agent": "thinking"}))
        screen.phrase("One.")
        screen.phrase("Two.")
        assert str(screen.now()) == "● caller hello\n● agent thinking One. Two."
        screen(Mark(4, 1, "tts", "node.failed", {"error": "ProviderError: gone"}))
        screen(Mark(5, 1, "turns", "turn.interrupted", {"text": "", "why": "speech"}))
        screen(Mark(6, 1, "turns", "turn.ended", {"text": "", "interrupted": True}))
        assert str(screen.now()).endswith("● agent thinking ")
    assert "tts: ProviderError: gone" in out.getvalue()
    assert "(not heard)" in out.getvalue()
