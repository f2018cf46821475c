"""A call on the terminal: what is final scrolls, what is open is shown live."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import Chunker, Graph, Mark, Session, Speaker, Trace, TurnTaking
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.observe.screen import Screen, bar, stacked, where_the_time_went
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


def test_the_parts_of_a_wait_stand_in_a_bar_side_by_side() -> None:
    """A cell for 50 ms, or less where it would be too long; neighbours differ in more than colour."""
    turn = TurnTimes(1, speech_end=0, marks={"vad wait": 300_000_000, "transcript": 400_000_000, "sink": SECOND})
    assert stacked(turn, 40).plain == "██████▓▓████████████"
    assert stacked(turn, 10).plain == "███▓██████"
    assert [str(span.style) for span in stacked(turn, 40).spans] == ["blue", "magenta", "white"]
    assert stacked(TurnTimes(1), 40).plain == ""


async def call(screen: Screen) -> None:
    """A user, answered, who cuts the first answer off."""
    user = User([Clip(0.5, 1.0, "hello"), Clip(4.0, 5.0, "stop there")], until=10)
    turns, model = TurnTaking(), Model(["One two three four five six seven."])
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, model, Chunker(PhraseSettings(idle_after=SECOND)), Voice(4.0), Speaker())
    screen.listen_to(graph)
    async with Session(graph, trace=Trace([screen])) as session:
        await session.finished()


async def test_a_call_is_told_line_by_line(autojump_clock: MockClock) -> None:
    """Who began when to say what, what was cut, and where the time went; no line for what is still open."""
    out = io.StringIO()
    with Screen(Console(file=out, width=40)) as screen:
        await call(screen)
    assert out.getvalue().splitlines() == [
        "00:00.5  caller hello",
        "00:02.0  agent  One two three four five six  ⟂ interrupted; not heard: seven.",
        "                1000 ms = vad wait 500 + first token 100 + first phrase 200 + first audio 200",
        "00:04.0  caller stop there",
        "00:06.0  agent  One two three four five six seven.",
        "                1000 ms = vad wait 500 + first token 100 + first phrase 200 + first audio 200",
    ]


async def test_on_a_terminal_words_hang_from_who_says_them(autojump_clock: MockClock) -> None:
    """However narrow it is; and a bar shows where the time went."""
    out = io.StringIO()
    await call(Screen(Console(file=out, width=44, force_terminal=True, color_system=None)))
    assert [line.rstrip() for line in out.getvalue().splitlines()][:9] == [
        "00:00.5  caller hello",
        "00:02.0  agent  One two three four five six",
        "                ⟂ interrupted; not heard:",
        "                seven.",
        "                ██████████▓▓████▓▓▓▓",
        "                1000 ms = vad wait 500 +",
        "                first token 100 + first",
        "                phrase 200 + first audio 200",
        "00:04.0  caller stop there",
    ]


def test_what_is_open_is_live() -> None:
    """The words so far, what the agent does, its reply as it is written; errors scroll."""
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    with Screen(console) as screen:
        assert str(screen.now()).strip() == "…"
        screen(Mark(1, None, "turns", "state", {"user": "speaking", "agent": "listening"}))
        assert str(screen.now()) == "      ●  caller …"
        screen(Mark(2, None, "turns", "transcript", {"stage": "interim", "text": "hello"}))
        screen(Mark(3, 1, "turns", "state", {"user": "listening", "agent": "thinking"}))
        assert str(screen.now()) == "      ●  caller hello\n      ●  agent  … thinks"
        screen(Mark(4, 1, "llm", "first", {"kind": "Text", "outlet": "text"}))
        screen.times.turns[1].written = " One.  Two."
        assert str(screen.now()) == "      ●  caller hello\n      ●  agent  One. Two."
        screen(Mark(4, 1, "tts", "node.failed", {"error": "ProviderError: gone"}))
        screen(Mark(5, 1, "turns", "turn.interrupted", {"text": "", "why": "speech"}))
        screen(Mark(6, 1, "turns", "turn.ended", {"text": "", "interrupted": True}))
        assert str(screen.now()).endswith("… thinks")
    assert "tts: ProviderError: gone" in out.getvalue()
    assert out.getvalue().count("not heard") == 1
    assert "agent  ⟂ interrupted; not heard: One. Two." in out.getvalue()


@pytest.mark.parametrize(
    ("interrupted", "told"),
    [(True, "agent  ⟂ interrupted; not heard"), (False, "agent  (not heard)")],
)
def test_that_nothing_was_heard_is_told_once(interrupted: bool, told: str) -> None:
    """Of an answer that was cut off before a word was written, and of one that failed."""
    out = io.StringIO()
    with Screen(Console(file=out, width=80)) as screen:
        screen(Mark(1, 1, "turns", "turn.started", {"kind": "answer"}))
        if interrupted:
            screen(Mark(2, 1, "turns", "turn.interrupted", {"text": "", "why": "speech"}))
        screen(Mark(3, 1, "turns", "turn.ended", {"text": "", "interrupted": interrupted}))
    assert out.getvalue().splitlines() == [f"00:00.0  {told}"]
