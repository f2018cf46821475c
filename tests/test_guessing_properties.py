"""Whatever a user says and however often the words change: guesses change when an answer comes, never what it is."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from test_field_cases import Event, Script, begins, ends, heard, pauses
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Chunker,
    Endpointing,
    Graph,
    Mark,
    Ports,
    Session,
    Speaker,
    Speculation,
    Speech,
    Text,
    Trace,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import SpeculationMode

WORDS = st.sampled_from(("yes", "Yes!", "no", "tell me", "Tell me.", "tell me more"))
WINDOW = 12.0
"""Seconds for each of the user's turns and its answer, so that none comes upon another."""


@attrs.define(eq=False)
class Echo(Model):
    """Answers with what it was told, a word each 50 ms."""

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await trio.sleep(0.1)
            for word in f"You said {prompt.messages[-1].text.strip('.!')} .".split(" "):
                await trio.sleep(0.05)
                await ports[self.text].send(Text(f"{word} "))


@st.composite
def spoken(draw: st.DrawFn) -> list[Event]:
    """One turn of the user, from 0 on: speech with a pause or not, words that come and change, a final at the end."""
    first = draw(st.sampled_from((0.5, 1.0)))
    events = [begins(0.1), pauses(first)]
    end = first
    if draw(st.booleans()):
        end = first + draw(st.sampled_from((0.25, 0.5, 0.75))) + 0.5
        events += [begins(end - 0.5), pauses(end)]
    events.append(ends(end, end + 0.3))
    for _ in range(draw(st.integers(0, 4))):
        when = draw(st.integers(2, round(end * 20) + 8)) / 20
        events.append(heard(when, draw(WORDS), draw(st.sampled_from(("interim", "preflight")))))
    for _ in range(draw(st.integers(1, 2))):
        events.append(heard(end + draw(st.sampled_from((0.05, 0.2, 0.45, 0.6))), draw(WORDS), "final"))
    return events


@attrs.frozen
class Outcome:
    said: list[tuple[str, str, bool]]
    audible: list[float]
    guesses: int
    settled: int


async def converse(turns: Sequence[Sequence[Event]], mode: SpeculationMode) -> Outcome:
    events = [(when + n * WINDOW, _moved(frame, n * WINDOW)) for n, turn in enumerate(turns) for when, frame in turn]
    user, marks = Script(events, until=len(turns) * WINDOW), list[Mark]()
    waits = Endpointing(mode="fixed", min_wait=0.5)
    taking = TurnTaking(TurnSettings(endpointing=waits, speculation=Speculation(mode=mode)))
    graph = Graph().connect(user.speech, taking).connect(user.transcripts, taking)
    graph.connect(taking, Echo(), Chunker(PhraseSettings(idle_after=1_000_000_000)), Voice(0.5), Speaker())
    before = trio.lowlevel.current_statistics().tasks_living
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.finished()
    assert trio.lowlevel.current_statistics().tasks_living == before
    return Outcome(
        [(m.role, m.text.lower().strip(".! "), m.interrupted) for m in session.history],
        [mark.t / 1e9 for mark in marks if mark.name == "turn.audible"],
        sum(mark.name == "guess.begun" for mark in marks),
        sum(mark.name in ("guess.abandoned", "guess.committed") for mark in marks),
    )


def _moved(frame: Speech | Transcript, seconds: float) -> Speech | Transcript:
    samples = round(seconds * 16000)
    if isinstance(frame, Speech):
        return attrs.evolve(frame, pts=frame.pts + samples, known=frame.known + samples)
    return frame


@settings(max_examples=25, deadline=None)
@given(st.lists(spoken(), min_size=1, max_size=3))
def test_guesses_change_the_time_of_an_answer_and_nothing_else(turns: list[list[Event]]) -> None:
    """The same words are said and stored, no answer comes later, and every guess is settled."""

    def outcome(mode: SpeculationMode) -> Outcome:
        return trio.run(converse, turns, mode, clock=MockClock(autojump_threshold=0))

    off, llm, both = outcome("off"), outcome("llm"), outcome("llm+tts")
    assert off.guesses == 0
    assert off.said == llm.said == both.said
    assert len(off.audible) == len(llm.audible) == len(both.audible)
    for without, with_model, with_voice in zip(off.audible, llm.audible, both.audible, strict=True):
        assert with_voice <= with_model + 1e-6
        assert with_model <= without + 1e-6
    assert (llm.guesses, both.guesses) == (llm.settled, both.settled)
