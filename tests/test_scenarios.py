"""The reference scenarios of turn-taking, on the real runtime, in virtual time, to the microsecond."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock
from world import Clip, Model, Planner, User, Voice

from voiceflow import Session, Speaker, TurnTaking
from voiceflow.graph import Graph
from voiceflow.items import Message, ToolCall, ToolOutput
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, SpeculationMode, TurnSettings
from voiceflow.text_stages import Chunker
from voiceflow.tools import Effect, Tool, tool
from voiceflow.trace import Mark, Trace

SECOND = 1_000_000_000
FIRST = Clip(0.5, 2.5, "what is the weather")


def settings(**interruption: object) -> TurnSettings:
    base: dict[str, object] = {"always": {}, "fade": 0.0, **interruption}
    return TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.5),
        interruption=Interruption(**base),  # type: ignore[arg-type]
        speculation=Speculation(mode="off"),
    )


@attrs.define
class Story:
    """What happened in a call: marks by name, with their seconds."""

    marks: list[Mark]
    session: Session

    def times(self, name: str, **values: object) -> list[float]:
        return [
            mark.t / 1e9
            for mark in self.marks
            if mark.name == name and all(mark.values.get(key) == value for key, value in values.items())
        ]

    def states(self) -> list[tuple[float, object]]:
        """When the agent became what."""
        found: list[tuple[float, object]] = []
        for mark in self.marks:
            if mark.name == "state" and (not found or found[-1][1] != mark.values["agent"]):
                found.append((mark.t / 1e9, mark.values["agent"]))
        return found

    def history(self) -> list[tuple[str, str, bool]]:
        return [(m.role, m.text, m.interrupted) for m in self.session.history]


async def play(
    user: User,
    *,
    model: Model | Planner | None = None,
    voice: Voice | None = None,
    taking: TurnSettings | None = None,
    during: Callable[[Session], Awaitable[None]] | None = None,
    tools: Sequence[Tool[..., Any]] = (),
) -> Story:
    marks: list[Mark] = []
    turns = TurnTaking(taking or settings())
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, model or Model(), Chunker(PhraseSettings(idle_after=SECOND)), voice or Voice(), Speaker())
    async with Session(graph, tools=tools, trace=Trace([marks.append])) as session:
        if during is not None:
            await during(session)
        await session.finished()
    return Story(marks, session)


async def test_1_a_plain_turn(autojump_clock: MockClock) -> None:
    """Transcript 2.7, committed 3.0, speaking 3.5, listening and stored 5.5."""
    story = await play(User([FIRST]))
    assert story.times("transcript") == [2.7]
    assert story.times("turn.committed") == [3.0]
    assert story.states() == [(0.5, "listening"), (3.0, "thinking"), (3.5, "speaking"), (5.5, "listening")]
    assert story.history() == [
        ("user", "what is the weather", False),
        ("assistant", "Once upon a time there was a dog.", False),
    ]
    assert story.times("history") == [3.0, 5.5]


async def test_2_an_interruption(autojump_clock: MockClock) -> None:
    """Ducked 5.0, interrupted 5.5 with 2.0 s played, the next turn committed 6.5, in the right order."""
    said = " ".join(["seven"] * 25) + "."  # 150 characters in 10 s: five letters and a space in 0.4 s
    story = await play(User([FIRST, Clip(5.0, 6.0, "Stop!")]), model=Model([said]), voice=Voice(10.0))
    assert story.times("duck") == [5.0]
    assert story.times("turn.interrupted") == [5.5]
    assert story.times("turn.committed") == [3.0, 6.5]
    assert [role for role, _, _ in story.history()] == ["user", "assistant", "user", "assistant"]
    assert story.history()[1] == ("assistant", "seven seven seven seven seven", True)


async def test_3_words_that_add_up(autojump_clock: MockClock) -> None:
    """With three words wanted, one utterance reaches them at 7.5, with 4.0 s played."""
    clips = [FIRST, Clip(5.0, 6.0, "Stop!", 0.0), Clip(6.4, 7.5, "ok, stop!", 0.0)]
    story = await play(User(clips), voice=Voice(10.0), taking=settings(min_words=3))
    assert story.times("turn.interrupted") == [7.5]
    assert story.times("turn.committed") == [3.0, 8.0]


async def test_4_interruption_off(autojump_clock: MockClock) -> None:
    """All is played; the words are kept, and answered when it has ended."""
    story = await play(User([FIRST, Clip(5.0, 6.0, "Stop!")]), voice=Voice(10.0), taking=settings(mode="off"))
    assert story.times("turn.interrupted") == []
    assert story.times("turn.committed") == [3.0, 13.5]
    assert story.history()[1][2] is False


async def test_5_speech_while_thinking(autojump_clock: MockClock) -> None:
    """A reply that the user talks over is never heard, and both of the user's items are kept."""
    clips = [FIRST, Clip(3.1, 4.1, "I mean tomorrow")]
    story = await play(User(clips), model=Model(first=1.0, last=2.0))
    assert story.times("turn.interrupted") == [3.6]
    assert story.times("turn.committed") == [3.0, 4.6]
    assert [role for role, _, _ in story.history()] == ["user", "user", "assistant"]


async def test_6_a_noise_while_thinking(autojump_clock: MockClock) -> None:
    """The first sample waits from 3.5 to 3.6; nothing is stored for the noise."""
    story = await play(User([FIRST, Clip(3.1, 3.4)]), voice=Voice(5.0))
    assert story.states()[2:] == [(3.6, "speaking"), (8.6, "listening")]
    assert [role for role, _, _ in story.history()] == ["user", "assistant"]


async def test_7_a_cough_while_speaking(autojump_clock: MockClock) -> None:
    """Ducked 4.0, full gain from 4.4, nothing cut."""
    story = await play(User([FIRST, Clip(4.0, 4.2)]), voice=Voice(10.0))
    assert story.times("duck") == [4.0]
    assert story.times("resume") == [4.4]
    assert story.states()[-1] == (13.5, "listening")


@pytest.mark.parametrize(("mode", "after"), [("off", 1.1), ("llm", 0.8), ("llm+tts", 0.7)])
async def test_8_a_reply_that_is_begun_early(autojump_clock: MockClock, mode: SpeculationMode, after: float) -> None:
    """The first audio comes 1.1 s after the end of speech; 0.8 with the model begun early, 0.7 with the voice."""
    taking = attrs.evolve(settings(), speculation=Speculation(mode=mode))
    story = await play(User([Clip(0.5, 2.0, "what is it", 0.1)]), voice=Voice(first=0.3), taking=taking)
    assert story.times("turn.audible") == [round(2.0 + after, 6)]
    assert story.times("turn.committed") == [2.5]
    assert story.times("guess.begun") == ([] if mode == "off" else [2.1])
    assert story.times("guess.abandoned") == []
    assert story.history() == [
        ("user", "what is it", False),
        ("assistant", "Once upon a time there was a dog.", False),
    ]
    assert story.times("history") == [2.5, round(4.0 + after, 6)]


async def test_9_speech_that_goes_on_after_the_commit(autojump_clock: MockClock) -> None:
    """The first sample is held back, the reply goes unheard, and one reply answers both items."""
    clips = [Clip(0.5, 2.0, "Tell me a story"), Clip(2.6, 3.2, "about a firefighter.")]
    story = await play(User(clips))
    assert story.times("turn.committed") == [2.5, 3.7]
    assert story.times("turn.interrupted") == [3.1]
    assert (4.2, "speaking") in story.states()
    assert [role for role, _, _ in story.history()] == ["user", "user", "assistant"]


@pytest.mark.parametrize("protected", [False, True])
async def test_10_two_things_to_say(autojump_clock: MockClock, protected: bool) -> None:
    """The first is cut with 1.3 s played; the second goes with it, unless it is protected: then 1.7 to 4.7."""

    async def say(session: Session) -> None:
        session.say("This is A.")
        session.say("This is B.", interruptible=not protected)

    story = await play(User([Clip(1.0, 2.0)]), voice=Voice(3.0), during=say)
    assert story.times("turn.interrupted") == [1.5]
    spoken = [t for t, state in story.states() if state == "speaking"]
    assert spoken == ([0.2, 1.7] if protected else [0.2])
    assert story.history()[1:] == ([("assistant", "This is B.", False)] if protected else [])


@pytest.mark.parametrize("effect", ["must_finish", "cancellable"])
async def test_11_a_tool_runs_when_the_turn_is_interrupted(autojump_clock: MockClock, effect: Effect) -> None:
    """Its result is recorded when it comes, one for the call: at 7.3 if it must finish, else at 5.5 that it did not."""

    @tool(effect=effect)
    async def book() -> str:
        await trio.sleep(4)
        return "Booked."

    model = Planner([("", [ToolCall("a", "book")])])
    story = await play(User([FIRST, Clip(5.0, 6.0, "Stop!")]), model=model, tools=[book])
    assert story.times("tool.started") == [3.3]
    assert story.times("turn.interrupted") == [5.5]
    assert story.times("turn.committed") == [3.0, 6.5]
    assert story.times("tool.ended") == ([7.3] if effect == "must_finish" else [5.5])
    stop = Message("user", "Stop!", 3)
    assert story.session.items == (
        Message("user", "what is the weather", 1),
        ToolCall("a", "book", sequence=2),
        *(
            (stop, ToolOutput("a", "Booked.", sequence=4))
            if effect == "must_finish"
            else (
                ToolOutput("a", "The call was cancelled: the user interrupted.", error=True, sequence=3),
                attrs.evolve(stop, sequence=4),
            )
        ),
        Message("assistant", "Fine.", 5),
    )


async def test_12_a_tool_raises(autojump_clock: MockClock, caplog: pytest.LogCaptureFixture) -> None:
    """The output is an error in neutral words; the model is asked again and heard from 3.8; the log knows why."""

    @tool
    async def look() -> str:
        raise RuntimeError("kaboom")

    model = Planner([("", [ToolCall("a", "look")]), ("I cannot tell.", [])])
    story = await play(User([FIRST]), model=model, tools=[look])
    assert story.states() == [(0.5, "listening"), (3.0, "thinking"), (3.8, "speaking"), (5.8, "listening")]
    assert story.session.items == (
        Message("user", "what is the weather", 1),
        ToolCall("a", "look", sequence=2),
        ToolOutput("a", "The tool failed with RuntimeError.", error=True, sequence=3),
        Message("assistant", "I cannot tell.", 4),
    )
    assert "kaboom" in caplog.text
    assert "kaboom" not in repr((story.marks, story.session.items, model.prompts))
