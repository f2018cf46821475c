"""A guess runs behind a gate: before its commit nothing is heard or stored, and a wrong one is gone."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
import trio
from trio.testing import MockClock
from world import RATE, Clip, Model, User, Voice

from voiceflow import Chunker, Graph, Mark, Node, Out, Ports, Session, Speaker, Speech, Trace, Transcript, TurnTaking
from voiceflow.frames import Prompt, Text
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import Endpointing, Speculation, SpeculationMode, TurnSettings

SECOND = 1_000_000_000
REPLY = "Once upon a time there was a dog."


@attrs.define(eq=False)
class Talker(Node):
    """Speaks from 0.5 to 2.0 and is known to be silent at 2.3; `words` come as (second, stage, text)."""

    words: Sequence[tuple[float, str, str]]
    until: float = 12.0

    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        spoken = [
            (0.5, Speech(True, round(0.5 * RATE), round(0.5 * RATE), RATE)),
            (2.0, Speech(True, 2 * RATE, 2 * RATE, RATE, voiced=False)),
            (2.3, Speech(False, 2 * RATE, round(2.3 * RATE), RATE)),
        ]
        heard = [(at, Transcript(text, stage, RATE)) for at, stage, text in self.words]  # type: ignore[arg-type]
        events: list[tuple[float, Speech | Transcript]] = sorted([*spoken, *heard], key=lambda event: event[0])
        for at, frame in events:
            await ports.sleep_until(round(at * 1e9))
            if isinstance(frame, Speech):
                await ports[self.speech].send(frame)
            else:
                await ports[self.transcripts].send(frame)
        await ports.sleep_until(round(self.until * 1e9))


def conversing(
    user: Talker | User,
    mode: SpeculationMode = "llm",
    *,
    model: Node | None = None,
    voice: Voice | None = None,
    tries: int = 3,
) -> Graph:
    """Commits 0.5 s after the last voiced sample."""
    endpointing = Endpointing(mode="fixed", min_wait=0.5)
    turns = TurnTaking(TurnSettings(endpointing=endpointing, speculation=Speculation(mode=mode, tries=tries)))
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    chunker = Chunker(PhraseSettings(idle_after=SECOND))
    return graph.connect(turns, model or Model(), chunker, voice or Voice(), Speaker())


def told(marks: list[Mark], prefix: str) -> list[tuple[float, str, int | None]]:
    return [(mark.t / 1e9, mark.name, mark.turn) for mark in marks if mark.name.startswith(prefix)]


async def run(graph: Graph) -> tuple[Session, list[Mark]]:
    marks: list[Mark] = []
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.finished()
    return session, marks


async def test_a_guess_at_words_that_change_is_dropped_and_its_cost_is_told(autojump_clock: MockClock) -> None:
    """The tokens that were written, the seconds that were made; the answer is to what was really said."""
    model, voice = Model(), Voice()
    user = Talker([(1.0, "preflight", "tell me"), (1.6, "final", "tell me more")])
    session, marks = await run(conversing(user, "llm+tts", model=model, voice=voice))
    # The first is whole at 1.3, its first sound is made at 1.5, and by 1.6 the wire to the speaker holds what it may.
    assert told(marks, "guess.") == [
        (1.0, "guess.begun", 1),
        (1.6, "guess.begun", 2),
        (1.6, "guess.abandoned", 1),
        (2.5, "guess.committed", 2),
    ]
    (cost,) = (mark.values for mark in marks if mark.name == "guess.abandoned")
    assert cost == {"tokens": 9, "seconds": 0.28}
    assert [[m.text for m in prompt.messages] for prompt in model.prompts] == [["tell me"], ["tell me more"]]
    assert [(m.role, m.text, m.sequence) for m in session.history] == [
        ("user", "tell me more", 1),
        ("assistant", REPLY, 2),
    ]
    # What was ready is heard at the commit.
    assert told(marks, "turn.")[:4] == [
        (2.5, "turn.committed", 2),
        (2.5, "turn.started", 2),
        (2.5, "turn.audible", 2),
        (4.5, "turn.ended", 2),
    ]


async def test_the_same_words_are_the_same_guess(autojump_clock: MockClock) -> None:
    """Whatever their case and punctuation; the history has them as they were final, and the sequence goes on."""
    model = Model()
    user = Talker([(1.0, "preflight", "tell me more"), (2.2, "final", "Tell me more!")])
    session, marks = await run(conversing(user, model=model))
    assert told(marks, "guess.") == [(1.0, "guess.begun", 1), (2.5, "guess.committed", 1)]
    (prompt,) = model.prompts
    assert [(m.text, m.sequence) for m in prompt.messages] == [("tell me more", 1)]
    assert [(m.text, m.sequence) for m in session.history] == [("Tell me more!", 1), (REPLY, 2)]


async def test_an_interim_is_worth_a_guess_when_it_comes_twice(autojump_clock: MockClock) -> None:
    """And only so many are made in a turn."""
    heard = [(0.6 + n / 10, "interim", text) for n, text in enumerate(["a", "b", "b", "c", "c", "d", "d"])]
    user = Talker([*heard, (2.2, "final", "d")])
    _, marks = await run(conversing(user, tries=2))
    assert [event for event in told(marks, "guess.") if event[1] != "guess.abandoned"] == [
        (0.8, "guess.begun", 1),
        (1.0, "guess.begun", 2),
    ]
    assert told(marks, "turn.")[0] == (2.5, "turn.committed", 3)


@attrs.define(eq=False)
class Reader(Model):
    """One that takes `takes` seconds to read what it is told of words that are not all said."""

    takes: float = 0.0
    told: list[tuple[float, str, str]] = attrs.field(factory=list[tuple[float, str, str]], init=False)

    async def expect(self, prompt: Prompt) -> None:
        text = prompt.messages[-1].text
        self._tell(text, "begun")
        try:
            await trio.sleep(self.takes)
        except trio.Cancelled:
            self._tell(text, "cancelled")
            raise
        self._tell(text, "read")

    def _tell(self, text: str, what: str) -> None:
        self.told.append((round(trio.current_time(), 2), text, what))


async def read(model: Reader, heard: Sequence[tuple[float, str, str]], mode: SpeculationMode = "llm") -> list[Mark]:
    """The marks of a call in which it is told what is heard, on a clock that begins with the call."""
    began = trio.current_time()
    _, marks = await run(conversing(Talker(heard), mode, model=model))
    model.told[:] = [(round(at - began, 2), text, what) for at, text, what in model.told]
    return marks


async def test_a_model_is_told_the_words_as_they_come(autojump_clock: MockClock) -> None:
    """And nothing of that is written down."""
    model = Reader()
    heard = [(0.8, "interim", "tell"), (1.2, "interim", "tell me"), (2.2, "final", "tell me more")]
    await read(model, heard)
    assert [event for event in model.told if event[2] == "begun"] == [(0.8, "tell", "begun"), (1.2, "tell me", "begun")]
    assert [[m.text for m in prompt.messages] for prompt in model.prompts] == [["tell me more"]]


async def test_of_words_that_come_while_it_reads_it_is_told_the_newest(autojump_clock: MockClock) -> None:
    """One beginning after the other, each read to its end."""
    model = Reader(takes=0.25)
    await read(model, [(0.8, "interim", "a"), (0.9, "interim", "a b"), (1.0, "interim", "a b c"), (2.2, "final", "d")])
    assert model.told == [(0.8, "a", "begun"), (1.05, "a", "read"), (1.05, "a b c", "begun"), (1.3, "a b c", "read")]


async def test_a_guess_does_not_wait_for_what_is_read_ahead(autojump_clock: MockClock) -> None:
    """That is given up, and while the model answers it is told nothing."""
    model = Reader(takes=5.0)
    heard = [(1.0, "interim", "a"), (1.2, "preflight", "a b"), (1.25, "interim", "a b c"), (2.2, "final", "a b")]
    marks = await read(model, heard)
    assert model.told == [(1.0, "a", "begun"), (1.2, "a", "cancelled")]
    assert told(marks, "guess.") == [(1.2, "guess.begun", 1), (2.5, "guess.committed", 1)]


async def test_without_guesses_nothing_is_read_ahead(autojump_clock: MockClock) -> None:
    """Who does not want what may be in vain does not want this."""
    model = Reader()
    await read(model, [(0.8, "interim", "tell"), (2.2, "final", "tell me")], "off")
    assert model.told == []


@pytest.mark.parametrize("mode", ["llm", "llm+tts"])
async def test_before_the_commit_nothing_is_heard_or_stored(autojump_clock: MockClock, mode: SpeculationMode) -> None:
    """However long the guess has been ready."""
    user = Talker([(0.6, "preflight", "tell me"), (2.2, "final", "tell me")])
    voice, states = Voice(), list[object]()
    async with Session(conversing(user, mode, voice=voice)) as session:
        session.on("state", lambda mark: states.append(mark.values["agent"]))
        await trio.sleep(2.49)
        assert not len(session.history)
        assert set(states) == {"listening"}
        # Behind the gate the voice makes what the wires hold, and no more: 0.3 s and the chunk in its hand.
        assert round(voice.made, 6) == (0.0 if mode == "llm" else 0.32)
        await session.finished()
        assert [m.text for m in session.history] == ["tell me", REPLY]


async def test_a_model_that_fails_while_it_guesses_is_asked_again(autojump_clock: MockClock) -> None:
    """At the commit, and the answer has no error."""

    @attrs.define(eq=False)
    class Shaky(Model):
        async def run(self, ports: Ports) -> None:
            if trio.current_time() < 2.4:
                raise ConnectionError("the stub breaks here")
            await super().run(ports)

    user = Talker([(1.0, "preflight", "tell me"), (2.2, "final", "tell me")])
    session, marks = await run(conversing(user, model=Shaky()))
    assert told(marks, "guess.")[0] == (1.0, "guess.begun", 1)
    assert (2.5, "guess.abandoned", 1) in told(marks, "guess.")
    assert "turn.failed" not in {mark.name for mark in marks}
    assert [m.text for m in session.history] == ["tell me", REPLY]


async def test_what_the_program_says_comes_first_and_spoils_the_guess(autojump_clock: MockClock) -> None:
    """The answer is begun anew, to a conversation that has what was said in it."""
    model = Model()
    user = Talker([(1.0, "preflight", "tell me"), (2.2, "final", "tell me")])
    marks: list[Mark] = []
    async with Session(conversing(user, model=model, voice=Voice(0.4)), trace=Trace([marks.append])) as session:
        await trio.sleep(1.2)
        session.say("One moment.", interruptible=False)
        await session.finished()
    assert (1.2, "guess.abandoned", 1) in told(marks, "guess.")
    assert [m.text for m in session.history] == ["One moment.", "tell me", REPLY]
    assert [m.text for m in model.prompts[-1].messages] == ["One moment.", "tell me"]


@pytest.mark.parametrize("at", [0.9, 1.05, 1.25, 1.55, 2.5])
async def test_a_session_that_is_left_leaves_no_guess(autojump_clock: MockClock, at: float) -> None:
    """Its tasks have ended, its cost is told, and the history has the user's words alone."""
    user = Talker([(1.0, "preflight", "tell me"), (2.2, "final", "tell me")])
    marks: list[Mark] = []
    before = trio.lowlevel.current_statistics().tasks_living
    async with Session(conversing(user, "llm+tts"), trace=Trace([marks.append])) as session:
        await trio.sleep(at)
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert [m.role for m in session.history] == (["user"] if at > 1.0 else [])
    begun = sum(mark.name == "guess.begun" for mark in marks)
    ended = sum(mark.name in ("guess.abandoned", "guess.committed") for mark in marks)
    assert begun == ended == (at > 1.0)


async def test_a_guess_begins_when_the_one_before_has_ended(autojump_clock: MockClock) -> None:
    """A model is at work in one turn at a time, however long it takes to stop."""
    at_work: list[float] = []

    @attrs.define(eq=False)
    class Slow(Model):
        async def run(self, ports: Ports) -> None:
            assert not at_work
            at_work.append(trio.current_time())
            try:
                await super().run(ports)
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(0.25)
                at_work.clear()

    user = Talker([(1.0, "preflight", "a"), (1.1, "preflight", "b"), (1.2, "final", "c")])
    session, marks = await run(conversing(user, model=Slow()))
    assert told(marks, "guess.")[-1] == (2.5, "guess.committed", 3)
    assert [m.text for m in session.history] == ["c", REPLY]


async def test_a_node_can_wait_for_the_commit(autojump_clock: MockClock) -> None:
    """What has effects outside waits for it: at once in a turn that is no guess, for ever in one that is wrong."""
    done: list[tuple[float, int | None]] = []

    @attrs.define(eq=False)
    class Buyer(Model):
        async def run(self, ports: Ports) -> None:
            await ports.committed()
            done.append((ports.now() / 1e9, ports.turn))
            async for _ in ports[self.prompt]:
                await ports[self.text].send(Text("Bought."))

    user = Talker([(1.0, "preflight", "buy"), (1.6, "final", "buy two")])
    async with Session(conversing(user, model=Buyer())) as session:
        await session.finished()
        assert done == [(2.5, 2)]
        await session.reply()
        assert [turn for _, turn in done] == [2, 3]


async def test_a_user_who_goes_on_before_the_commit_hears_nothing_of_the_guess(autojump_clock: MockClock) -> None:
    """All of the words are one item, and one guess at them is what is heard."""
    clips = [Clip(0.5, 2.0, "Tell me a story", 0.1), Clip(2.4, 3.2, "about a firefighter.", 0.1)]
    session, marks = await run(conversing(User(clips, until=12.0), "llm+tts"))
    assert told(marks, "guess.") == [
        (2.1, "guess.begun", 1),
        (3.3, "guess.begun", 2),
        (3.3, "guess.abandoned", 1),
        (3.7, "guess.committed", 2),
    ]
    assert [m.text for m in session.history] == ["Tell me a story about a firefighter.", REPLY]
    assert (3.8, "turn.audible", 2) in told(marks, "turn.")
