"""A session: whatever happens in a call, it ends, every handle is done, and what was heard is kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    GraphError,
    In,
    Mark,
    Message,
    Node,
    NodeFailed,
    Out,
    Overrun,
    Ports,
    Prediction,
    Prompt,
    ProviderError,
    Services,
    Session,
    Signal,
    Speaker,
    Spoken,
    Text,
    TextFilter,
    TextSink,
    Trace,
    Transcript,
    TurnTaking,
    Utterance,
    VoiceflowError,
    Watch,
)
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import Endpointing, Speculation, TurnSettings

SECOND = 1_000_000_000
REPLY = "Once upon a time there was a dog."
HELLO = Clip(0.5, 1.0, "hello")  # committed at 1.5, audible at 2.0, over at 4.0


def talking(*, model: Model | None = None, voice: Voice | None = None) -> Graph:
    """An agent that nobody talks to: it speaks when the program says so, 0.5 s after a reply was asked for."""
    return Graph().connect(model or Model(), chunker(), voice or Voice(), Speaker())


def chunker() -> Chunker:
    """One that waits for the end of a sentence, however slowly it is written."""
    return Chunker(PhraseSettings(idle_after=SECOND))


def conversing(user: User, model: Node | None = None, taking: TurnTaking | None = None) -> Graph:
    turns = taking or TurnTaking()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    return graph.connect(turns, model or Model(), chunker(), Voice(), Speaker())


def names(marks: Iterable[Mark]) -> list[str]:
    return [mark.name for mark in marks]


@attrs.define(eq=False)
class Listener(Node):
    """Hears the agent, and takes `pause` seconds over each block."""

    pause: float = 0.0
    samples: int = 0
    ended: bool = False

    audio = In(Audio, seconds=2)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            await trio.sleep(self.pause)
            self.samples += len(block.samples)
        self.ended = True


@attrs.define(eq=False)
class Line(Node):
    """A caller's silence, for ever or for so many blocks of 20 ms."""

    blocks: int | None = None

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        n = 0
        while self.blocks is None or n < self.blocks:
            await ports.sleep_until(n * 20_000_000)
            await ports[self.audio].send(Audio(np.zeros(320, np.int16), 16000, n * 320))
            n += 1


# How a session begins


@attrs.define(eq=False)
class Opens(Node):
    """Takes `seconds` to open, then raises `error` if there is one; counts what is open."""

    opened: list[str]
    seconds: float = 0.0
    error: Exception | None = None

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self.opened.append("open")
        try:
            await trio.sleep(self.seconds)
            if self.error is not None:
                raise self.error
            yield
        finally:
            self.opened.append("closed")

    async def run(self, ports: Ports) -> None:
        await trio.sleep_forever()


async def test_a_node_that_cannot_be_opened_is_named(autojump_clock: MockClock) -> None:
    """The others are closed again, and its own error is the cause."""
    opened: list[str] = []
    graph = (
        Graph().add(Opens(opened), "good").add(Opens(opened, 1.0, ProviderError("no model", retryable=False)), "bad")
    )
    with pytest.raises(NodeFailed, match=r"^node 'bad' could not be opened: no model$") as caught:
        async with Session(graph):
            pytest.fail("it must not begin")
    assert isinstance(caught.value.__cause__, ProviderError)
    assert opened == ["open", "open", "closed", "closed"]


async def test_a_node_that_hangs_while_it_opens_is_named(autojump_clock: MockClock) -> None:
    """After `open_within` seconds."""
    opened: list[str] = []
    graph = Graph().add(Opens(opened), "good").add(Opens(opened, 100.0), "slow")
    with pytest.raises(Overrun, match=r"^opening took longer than 3 s: slow not ready$"):
        async with Session(graph, open_within=3.0):
            pytest.fail("it must not begin")
    assert trio.current_time() == 3.0
    assert opened == ["open", "open", "closed", "closed"]


async def test_cancelled_while_it_opens_a_session_closes_what_was_opened(autojump_clock: MockClock) -> None:
    """And the cancellation goes on."""
    opened: list[str] = []
    with trio.move_on_after(1) as scope:
        async with Session(Graph().add(Opens(opened)).add(Opens(opened, 5.0))):
            pytest.fail("it must not begin")
    assert scope.cancelled_caught
    assert opened == ["open", "open", "closed", "closed"]


async def test_a_session_is_used_once_and_inside_its_block(autojump_clock: MockClock) -> None:
    """Anything else is an error that says so."""
    session = Session(talking())
    with pytest.raises(VoiceflowError, match="not running: use it inside"):
        session.say("too early")
    async with session:
        pass
    with pytest.raises(VoiceflowError, match="runs once"):
        async with session:
            pass


async def test_a_graph_says_what_it_cannot_say(autojump_clock: MockClock) -> None:
    """Without a sink nothing, without a model no reply, without a voice no text."""
    async with Session(Graph().add(Line(1))) as session:
        assert (session.user, session.agent) == ("listening", "idle")
        with pytest.raises(GraphError, match="nothing to answer with; connect a Speaker"):
            session.say("hello")
        await session.finished()
    async with Session(Graph().connect(Voice(), Speaker())) as session:
        with pytest.raises(GraphError, match="cannot answer anything: no turn node takes a Prompt"):
            session.reply()
        assert (await session.say("a phrase enters at the voice")).heard == "a phrase enters at the voice"
        with pytest.raises(ValueError, match="a turn has words"):
            await session.send_text(" \n")


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_graph_is_at_work_in_one_session_at_a_time(autojump_clock: MockClock, spoken: bool) -> None:
    """A second one is refused before anything is opened; when the first has ended, however, it is the next one's."""
    graph = talking() if spoken else Graph().connect(Model(), TextSink())
    async with Session(graph) as session:
        with pytest.raises(GraphError, match="is at work in another session; build a graph of its own for each call"):
            async with Session(graph):
                pytest.fail("it must not begin")
        assert (await session.reply()).heard == REPLY
    with pytest.raises(LookupError):
        async with Session(graph):
            raise LookupError
    async with Session(graph) as session:
        assert (await session.reply()).heard == REPLY


# How it ends


def done(utterance: Utterance) -> tuple[str, bool]:
    assert utterance.done
    return utterance.heard, utterance.interrupted


@settings(max_examples=30, deadline=None)
@given(at=st.floats(0.0, 7.0, allow_nan=False), how=st.sampled_from(["left", "cancelled", "failed", "crashed"]))
def test_whenever_and_however_a_session_ends_every_handle_is_done(at: float, how: str) -> None:
    """Left, cancelled, by the program's error, by a node's: at once, and with what was heard in its history."""

    @attrs.define(eq=False)
    class Bomb(Node):
        async def run(self, ports: Ports) -> None:
            await trio.sleep(at if how == "crashed" else 1000)
            raise ProviderError("the stub breaks here", retryable=False)

    async def main() -> None:
        handles: list[Utterance] = []
        raised: type[Exception] | None = None
        tasks = trio.lowlevel.current_statistics().tasks_living
        speaker = Speaker()
        graph = Graph().connect(Model(), chunker(), Voice(), speaker).add(Bomb())
        session = Session(graph, instructions="be kind")
        with trio.move_on_after(at if how == "cancelled" else 1000):
            try:
                async with session:
                    handles += [session.reply(), session.say("This is next."), session.say("Never.")]
                    await trio.sleep(at if how in ("left", "failed") else 1000)
                    if how == "failed":
                        raise LookupError
            except (LookupError, NodeFailed) as error:
                raised = type(error)
        assert raised is {"failed": LookupError, "crashed": NodeFailed}.get(how)
        assert trio.current_time() == pytest.approx(at, abs=1e-5)
        assert [handle.state for handle in handles] == ["done"] * len(handles)
        assert ["system", *("assistant" for h in handles if h.heard)] == [m.role for m in session.history]
        assert [h.heard for h in handles if h.heard] == [m.text for m in session.history[1:]]
        assert [h.interrupted for h in handles if h.heard] == [m.interrupted for m in session.history[1:]]
        assert trio.lowlevel.current_statistics().tasks_living == tasks

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_leaving_while_the_agent_speaks_stores_what_was_heard(autojump_clock: MockClock) -> None:
    """To the instant at which the session was left."""
    async with Session(talking()) as session:  # 33 characters in 2 s
        handle = session.reply()
        await trio.sleep(0.5 + 1.5)
    assert done(handle) == ("Once upon a time there", True)
    assert session.history == (Message("assistant", "Once upon a time there", 1, interrupted=True),)


async def test_a_handle_can_be_awaited_by_those_who_stay_outside(autojump_clock: MockClock) -> None:
    """Leaving a call ends what waits to be said, what is said after it, and what was typed."""
    failures: list[str] = []
    async with trio.open_nursery() as nursery:
        async with Session(conversing(User([], until=100))) as session:
            first, second = session.say("one two three"), session.say("four five six")

            async def type_in() -> None:
                try:
                    await session.send_text("what about this?")
                except VoiceflowError as error:
                    failures.append(str(error))

            nursery.start_soon(first.wait)
            nursery.start_soon(second.wait)
            nursery.start_soon(type_in)
            await trio.sleep(1)
        assert done(second) == ("", True)
        late = session.say("too late")
        assert done(await late) == ("", True)
        assert not late.interrupt()
        await session.finished()
    assert failures == ["the session was left before the text was answered"]
    assert session.history[-1] == Message("user", "what about this?", 2)


async def test_a_callback_of_the_last_turn_may_still_say_something(autojump_clock: MockClock) -> None:
    """It is not said any more, and its handle is done."""
    late: list[Utterance] = []
    async with Session(talking()) as session:
        session.on("turn.interrupted", lambda mark: late.append(session.say("sorry")))
        session.reply()
        await trio.sleep(1)
    assert [done(utterance) for utterance in late] == [("", True)]


async def test_a_session_that_is_left_at_once_ends_at_once(autojump_clock: MockClock) -> None:
    """Its sources are stopped before they have begun, and those who hear the agent end."""

    @attrs.define(eq=False)
    class Recorder(Node):
        caller = In(Audio)
        agent = In(Audio)

        async def run(self, ports: Ports) -> None:
            async for _ in ports.merged(self.caller, self.agent):
                pass

    speaker, line, recorder = Speaker(), Line(), Recorder()
    graph = Graph().connect(Voice(), speaker).connect(speaker.audio, recorder.agent).connect(line, recorder.caller)
    async with Session(graph):
        pass
    assert trio.current_time() == 0.0


async def test_who_listens_to_the_agent_hears_it_out(autojump_clock: MockClock) -> None:
    """Leaving waits for the last block to be dealt with."""
    speaker, listener = Speaker(), Listener(pause=0.03)
    async with Session(Graph().connect(Voice(1.0), speaker).connect(speaker.audio, listener)) as session:
        await session.say("hello")
        assert listener.samples < 24000
    assert (listener.samples, listener.ended) == (24000, True)


async def test_who_does_not_end_is_cancelled_and_named(autojump_clock: MockClock) -> None:
    """After `close_within` seconds."""
    speaker, listener = Speaker(), Listener(pause=100.0)
    graph = Graph().connect(Voice(0.5), speaker).connect(speaker.audio, listener)
    with pytest.raises(Overrun, match=r"^leaving took longer than 2 s: listener had not heard the agent out$"):  # noqa: PT012
        async with Session(graph, close_within=2.0) as session:
            session.say("hello")
            await trio.sleep(1.0)
    assert trio.current_time() == 3.0


async def test_a_node_that_fails_while_the_session_ends_is_told(autojump_clock: MockClock) -> None:
    """Its error is the session's."""

    @attrs.define(eq=False)
    class Disk(Node):
        audio = In(Audio)

        async def run(self, ports: Ports) -> None:
            async for _ in ports[self.audio]:
                pass
            raise ProviderError("the disk is full", retryable=False)

    speaker = Speaker()
    with pytest.raises(NodeFailed, match=r"node 'disk' failed once .* the disk is full"):
        async with Session(Graph().connect(Voice(), speaker).connect(speaker.audio, Disk())):
            pass


async def test_finished_does_not_wait_for_a_slow_listener(autojump_clock: MockClock) -> None:
    """What the listener has still to hear is its own affair until the session is left."""
    speaker, listener = Speaker(), Listener(pause=0.03)
    async with Session(Graph().connect(Voice(1.0), speaker).connect(speaker.audio, listener)) as session:
        session.say("hello")
        await session.finished()
        assert session.agent == "listening"


async def test_the_program_may_speak_when_the_user_has_gone(autojump_clock: MockClock) -> None:
    """A source that ended leaves the rest of the call as it is: what hears the agent still does."""
    user, speaker, listener, turns = User([HELLO], until=3.0), Speaker(), Listener(), TurnTaking()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Model(), chunker(), Voice(), speaker).connect(speaker.audio, listener)
    async with Session(graph) as session:
        await session.finished()  # the user went at 3.0, in the middle of the answer
        assert trio.current_time() == pytest.approx(4.0, abs=1e-5)
        assert listener.samples == 2 * 24000
        await session.say("goodbye")
    assert listener.samples == 4 * 24000
    assert [m.text for m in session.history] == ["hello", REPLY, "goodbye"]


async def test_a_user_who_stays_silent_for_ever_does_not_keep_a_call_from_ending(autojump_clock: MockClock) -> None:
    """The timer that tells how long nobody has spoken is nothing that is owed."""
    idle: list[int] = []
    taking = TurnTaking(TurnSettings(speculation=Speculation(mode="off"), idle=2.0, idle_repeats=True))
    async with Session(conversing(User([HELLO], until=7.5), taking=taking)) as session:
        session.on("idle", lambda mark: idle.append(mark.t))
        await session.finished()
        assert trio.current_time() == pytest.approx(7.5, abs=1e-5)
    assert idle == [6_000_000_000]


async def test_a_user_who_goes_in_the_middle_of_a_word_is_answered(autojump_clock: MockClock) -> None:
    """What was heard is committed once it is clear that no more will come."""
    user = User([Clip(0.5, 4.0, "hello")], until=1.0)
    user.clips = [Clip(0.5, 0.9, "hello")]
    async with Session(conversing(user)) as session:
        await session.finished()
    assert [m.role for m in session.history] == ["user", "assistant"]


async def test_settings_with_speculation_hold_a_conversation(autojump_clock: MockClock) -> None:
    """The default settings, guesses and all."""
    async with Session(conversing(User([HELLO], until=5.0), taking=TurnTaking(TurnSettings()))) as session:
        await session.finished()
    assert [m.text for m in session.history] == ["hello", REPLY]


async def test_a_noise_without_words_is_told_and_ends(autojump_clock: MockClock) -> None:
    """Speech of which the recogniser made nothing stalls; nothing is stored for it."""
    stalled: list[int] = []
    async with Session(conversing(User([Clip(0.5, 1.0)], until=10))) as session:
        session.on("stalled", lambda mark: stalled.append(mark.t))
        await session.finished()
        assert session.history == ()
    assert stalled == [3 * SECOND]


async def test_a_detector_that_is_unsure_makes_the_turn_wait(autojump_clock: MockClock) -> None:
    """Its prediction goes from its inlet to the machine: a quarter sure, 0.3 s more silence at most."""

    @attrs.define(eq=False)
    class Unsure(Node):
        transcripts = In(Transcript)
        predictions = Out(Prediction)

        async def run(self, ports: Ports) -> None:
            async for transcript in ports[self.transcripts]:
                assert transcript.end is not None
                await ports[self.predictions].send(Prediction(0.0, transcript.end, transcript.rate))

    user, turns, detector, marks = User([HELLO], until=5), TurnTaking(), Unsure(), list[Mark]()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(user.transcripts, detector).connect(detector, turns).connect(
        turns, Model(), chunker(), Voice(), Speaker()
    )
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.finished()
    assert [mark.t for mark in marks if mark.name == "prediction"] == [1_200_000_000]
    assert [mark.t for mark in marks if mark.name == "turn.committed"] == [1_800_000_000]


async def test_two_detectors_decide_together(autojump_clock: MockClock) -> None:
    """Connected to the same inlet, each is waited for: the sound is unsure until the words say that it is over."""

    @attrs.define(eq=False)
    class Detector(Node):
        kind: str
        probability: float
        after: float

        transcripts = In(Transcript)
        predictions = Out(Prediction)

        async def run(self, ports: Ports) -> None:
            async for heard in ports[self.transcripts]:
                assert heard.end is not None
                await trio.sleep(self.after)
                await ports[self.predictions].send(Prediction(self.probability, heard.end, heard.rate, self.kind))

    def graph(*detectors: Node) -> Graph:
        user = User([HELLO], until=5)
        settings = TurnSettings(
            endpointing=Endpointing(mode="threshold", min_wait=0.5, max_wait=1.5, deadline=1.0),
            speculation=Speculation(mode="off"),
        )
        turns = TurnTaking(settings)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        for detector in detectors:
            graph.connect(user.transcripts, detector).connect(detector, turns)
        return graph.connect(turns, Model(), chunker(), Voice(), Speaker())

    async def committed(*detectors: Node) -> float:
        marks: list[Mark] = []
        async with Session(graph(*detectors), trace=Trace([marks.append])) as session:
            wires = [name for name in session.wires() if "predictions" in name]
            assert len(wires) == 1
            await session.finished()
        return next(mark.t / 1e9 for mark in marks if mark.name == "turn.committed")

    assert await committed(Detector("sound", 0.6, 0.1)) == 2.5
    assert await committed(Detector("sound", 0.6, 0.1), Detector("words", 0.7, 0.6)) == 1.8
    assert await committed(Detector("sound", 0.9, 0.1), Detector("words", 0.1, 0.2)) == 2.5


# What is said


async def test_what_is_said_waits_for_its_turn(autojump_clock: MockClock) -> None:
    """One after the other, each told when it is done."""
    order: list[str] = []
    async with Session(talking()) as session:
        session.on("turn.ended", lambda mark: order.append(str(mark.values["text"])))
        handles = [session.say("One."), session.reply("answer briefly"), session.say("Two.")]
        assert [handle.state for handle in handles] == ["queued"] * 3
        await trio.sleep(0.1)
        assert (handles[0].state, session.agent) == ("thinking", "thinking")
        await trio.sleep(0.2)
        assert (handles[0].state, session.agent) == ("speaking", "speaking")
        await session.finished()
    assert order == ["One.", REPLY, "Two."]
    assert [done(handle) for handle in handles] == [(text, False) for text in order]


async def test_instructions_are_for_one_reply(autojump_clock: MockClock) -> None:
    """The model is told, the history is not."""
    model = Model()
    async with Session(talking(model=model), instructions="You are a clerk.") as session:
        await session.reply("Greet the caller.")
        await session.reply()
    assert [[m.text for m in prompt.messages] for prompt in model.prompts] == [
        ["You are a clerk.", "Greet the caller."],
        ["You are a clerk.", REPLY],
    ]
    assert [m.text for m in session.history] == ["You are a clerk.", REPLY, REPLY]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\U0001f600", "```\n```"])
async def test_a_text_of_which_nothing_is_left_ends(autojump_clock: MockClock, text: str) -> None:
    """It takes no time, is not stored, and the next one is said."""
    graph = Graph().connect(Model([text + "."]), TextFilter(), chunker(), Voice(), Speaker())
    async with Session(graph) as session:
        assert done(await session.say(text)) == ("", False)
        assert session.history == ()
        assert done(await session.say("Still here.")) == ("Still here.", False)


async def test_interrupting_stops_what_plays_and_what_waits(autojump_clock: MockClock) -> None:
    """At once, and once: the second time there is nothing to stop."""
    async with Session(talking()) as session:
        playing, waiting = session.reply(), session.say("Next.")
        await trio.sleep(1.0)
        assert session.interrupt()
        assert not session.interrupt()
        assert (playing.interrupted, done(waiting)) == (True, ("", True))
        assert (await playing).heard == "Once"
        assert trio.current_time() == 1.0
        assert not session.interrupt()


async def test_what_waits_can_be_taken_back(autojump_clock: MockClock) -> None:
    """Alone: what plays goes on."""
    async with Session(talking()) as session:
        playing, waiting = session.reply(), session.say("Next.")
        await trio.sleep(1.0)
        assert waiting.interrupt()
        assert not waiting.interrupt()
        assert done(waiting) == ("", True)
        assert done(await playing) == (REPLY, False)


async def test_what_is_protected_is_said_to_its_end(autojump_clock: MockClock) -> None:
    """Unless the program insists."""
    async with Session(talking()) as session:
        first = session.say("This call is recorded.", interruptible=False)
        second = session.say("And this too.", interruptible=False)
        await trio.sleep(1.0)
        assert not session.interrupt()
        assert not first.interrupt()
        assert not second.interrupt()
        assert second.interrupt(force=True)
        assert done(await first) == ("This call is recorded.", False)
        third = session.say("Forced.", interruptible=False)
        await trio.sleep(1.0)
        assert session.interrupt(force=True)
        assert (await third).interrupted


async def test_saying_something_while_the_agent_thinks_comes_after_it(autojump_clock: MockClock) -> None:
    """An announcement does not cut into the answer."""
    async with Session(conversing(User([HELLO]))) as session:
        await trio.sleep(1.6)
        assert session.agent == "thinking"
        handle = session.say("One more thing.")
        await handle
    assert [m.text for m in session.history] == ["hello", REPLY, "One more thing."]


async def test_a_typed_text_is_answered(autojump_clock: MockClock) -> None:
    """At once when the agent is free; behind what it says when it is not."""
    async with Session(conversing(User([]))) as session:
        answer = await session.send_text("hello")
        assert (done(answer), round(trio.current_time(), 6)) == ((REPLY, False), 2.5)
        session.say("Wait.")
        await trio.sleep(1)
        await session.send_text("and now?")
    texts = [(m.role, m.text) for m in session.history]
    assert texts[:2] == [("user", "hello"), ("assistant", REPLY)]
    assert texts[2:] == [("assistant", "Wait."), ("user", "and now?"), ("assistant", REPLY)]


async def test_a_graph_without_a_model_leaves_the_answer_to_the_program(autojump_clock: MockClock) -> None:
    """The user is heard out, and what the program says is said."""
    user, turns = User([HELLO]), TurnTaking()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns).connect(chunker(), Voice(), Speaker())
    async with Session(graph) as session:
        session.on("turn.committed", lambda mark: session.say("I heard you."))
        await trio.sleep(10)
        assert session.agent == "listening"
    assert [(m.role, m.text) for m in session.history] == [("user", "hello"), ("assistant", "I heard you.")]


# What goes wrong in a turn


@attrs.define(eq=False)
class BrokenVoice(Voice):
    """Says the first `good` phrases of a turn, then raises."""

    good: int = 1
    error: Exception = attrs.Factory(lambda: ProviderError("the voice is gone", retryable=False))

    async def run(self, ports: Ports) -> None:
        said = 0
        async for phrase in ports[self.phrases]:
            if said == self.good:
                raise self.error
            said += 1
            samples = np.full(24000, 1000, np.int16)
            await ports[self.spoken].send(Spoken(samples, 24000, phrase, last=True))


async def test_a_voice_that_fails_ends_its_turn_and_no_more(autojump_clock: MockClock) -> None:
    """What it had said stays said, the handle has the error, and the agent listens again."""
    failed: list[object] = []
    model, voice = Model(["The first sentence. The second sentence."]), BrokenVoice()
    async with Session(talking(model=model, voice=voice)) as session:
        session.on("turn.failed", lambda mark: failed.append(mark.values["error"]))
        handle = await session.reply()
        assert handle.heard == "The first sentence."
        assert isinstance(handle.error, NodeFailed)
        assert not handle.interrupted
        assert session.agent == "listening"
        assert [str(error) for error in failed] == [f"NodeFailed: {handle.error}"]
        voice.good = 9
        assert done(await session.reply()) == ("The first sentence. The second sentence.", False)
    assert session.history[0] == Message("assistant", "The first sentence.", 1, interrupted=True)


async def test_a_sink_that_fails_ends_its_turn(autojump_clock: MockClock) -> None:
    """The stages before it are stopped, and the next turn is tried again."""
    calls: list[str] = []

    def write(text: str) -> None:
        calls.append(text)
        if len(calls) <= 2:
            raise ConnectionError

    model = Model(["a b c d."])
    async with Session(Graph().connect(model, TextSink(write))) as session:
        first = await session.reply()
        assert isinstance(first.error, NodeFailed)
        assert first.error.node == "textsink"
        assert done(await session.reply()) == ("a b c d.", False)


# What users hang on


async def test_a_callback_that_raises_is_told_when_the_session_is_left(autojump_clock: MockClock) -> None:
    """It cuts nothing short: the turn is heard to its end, and the next callback is called."""
    heard: list[object] = []

    def broken(mark: Mark) -> None:
        raise LookupError("a mistake of the program")

    session = Session(talking())
    replies: list[tuple[str, bool]] = []
    with pytest.raises(LookupError, match="a mistake of the program"):  # noqa: PT012  what it does not cut short
        async with session:
            for name in ("turn.started", "turn.audible", "turn.ended", "history", "state", "first"):
                session.on(name, broken)
            session.on("turn.ended", lambda mark: heard.append(mark.values["text"]))
            replies.append(done(await session.reply()))
            assert session.agent == "listening"
    assert replies == [(REPLY, False)]
    assert heard == [REPLY]


async def test_a_callback_may_interrupt_what_it_is_told_of(autojump_clock: MockClock) -> None:
    """At the first audible sample nothing was heard, no node has failed, and the next turn plays."""
    marks: list[Mark] = []
    async with Session(talking(), trace=Trace([marks.append])) as session:
        stop = session.on("turn.audible", lambda mark: session.interrupt())
        assert done(await session.reply()) == ("", True)
        stop()
        assert done(await session.reply()) == (REPLY, False)
    assert "node.failed" not in names(marks)


async def test_a_tap_may_interrupt_and_say(autojump_clock: MockClock) -> None:
    """On any outlet of a turn: what it says is said next."""
    model, said = Model(), list[Utterance]()
    graph = Graph().connect(model, chunker(), Voice(), Speaker())

    def look(text: Text) -> None:
        if not said:
            session.interrupt()
            said.append(session.say("Instead."))

    graph.tap(model.text, look)
    async with Session(graph) as session:
        assert done(await session.reply()) == ("", True)
        assert done(await said[0]) == ("Instead.", False)


async def test_a_tap_that_raises_counts_as_a_crash_of_its_node(autojump_clock: MockClock) -> None:
    """The node is restarted and the frame goes by again; when that does not help, the turn ends with the error."""
    model = Model()
    graph = Graph().connect(model, chunker(), Voice(), Speaker())
    seen: list[str] = []

    def look(text: Text) -> None:
        seen.append(text.text)
        if seen.count("time ") == 1:
            raise LookupError

    graph.tap(model.text, look)
    async with Session(graph) as session:
        assert done(await session.reply()) == (REPLY, False)
        graph.tap(model.text, lambda text: seen[-1000])
        handle = await session.reply()
        assert isinstance(handle.error, NodeFailed)
        assert handle.error.node == "model"
        assert session.agent == "listening"


async def test_what_hangs_on_the_prompt_is_asked_for_every_answer(autojump_clock: MockClock) -> None:
    """To the user's turns and the program's alike: here, only the last message is told."""
    model, turns = Model(), TurnTaking()
    graph = conversing(User([HELLO], until=6.0), model, turns)
    graph.transform(turns.prompt, lambda prompt: [Prompt(prompt.messages[-1:])])
    async with Session(graph, instructions="You are a clerk.") as session:
        await session.finished()
        await session.reply("Say goodbye.")
        await session.say("By itself.")
    assert [[m.text for m in prompt.messages] for prompt in model.prompts] == [["hello"], ["Say goodbye."]]


async def test_a_prompt_that_is_taken_away_is_an_empty_turn(autojump_clock: MockClock) -> None:
    """It ends, and the agent listens."""
    model, turns = Model(), TurnTaking()
    graph = conversing(User([]), model, turns)
    graph.transform(turns.prompt, lambda prompt: [])
    async with Session(graph) as session:
        assert done(await session.reply()) == ("", False)
    assert model.prompts == []


async def test_a_hook_on_the_prompt_that_raises_fails_the_turn(autojump_clock: MockClock) -> None:
    """The agent listens again, and the error names the turn-taking."""
    model, turns = Model(), TurnTaking()
    graph = conversing(User([]), model, turns)
    graph.tap(turns.prompt, lambda prompt: model.prompts[7])
    async with Session(graph) as session:
        handle = await session.reply()
        assert isinstance(handle.error, NodeFailed)
        assert handle.error.node == "turns"
        assert session.agent == "listening"
    assert model.prompts == []


async def test_a_signal_reaches_its_watch_across_turns(autojump_clock: MockClock) -> None:
    """The latest value, whenever it is looked at, and whoever waits is woken; a loop is none."""

    @attrs.define(eq=False)
    class Meter(Node):
        seen: list[tuple[float, object]]

        audio = In(Audio, seconds=10)
        level = Signal(int)
        echo = Watch(int)

        async def run(self, ports: Ports) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch, ports)
                async for block in ports[self.audio]:
                    if ports[self.level].value is None:
                        ports[self.level].set(int(block.samples.max()))
                nursery.cancel_scope.cancel(reason="the test is over")

        async def _watch(self, ports: Ports) -> None:
            while True:
                self.seen.append((round(trio.current_time(), 6), await ports[self.echo].changed()))

    speaker, meter = Speaker(), Meter([])
    graph = Graph().connect(Voice(), speaker).connect(speaker.audio, meter).connect(meter.level, meter.echo)
    async with Session(graph) as session:
        await session.say("hello")
    assert meter.seen == [(0.0, 1000)]


async def test_a_live_source_is_never_kept_waiting(autojump_clock: MockClock) -> None:
    """Its wires drop their oldest, say so, and every sample is accounted for."""

    @attrs.define(eq=False)
    class Microphone(Line):
        audio = Out(Audio, live=True)

    @attrs.define(eq=False)
    class Slow(Node):
        got: list[Audio]

        audio = In(Audio, seconds=0.1)

        async def run(self, ports: Ports) -> None:
            async for block in ports[self.audio]:
                self.got.append(block)
                await trio.sleep(0.07)

    slow = Slow([])
    async with Session(Graph().connect(Microphone(100), slow)) as session:
        await trio.sleep(1.9999)
        (stats,) = session.wires().values()
        assert list(session.wires()) == ["microphone.audio -> slow.audio"]
        assert stats.dropped > 50
        assert stats.peak <= 0.1
        await session.finished()
    at = 0
    for block in slow.got:
        assert block.pts == at + block.gap
        at = block.end
    assert at == 100 * 320


# Many of them


async def test_a_hundred_sessions_leave_nothing(autojump_clock: MockClock) -> None:
    """No task, and no state that the next one would see."""
    before = trio.lowlevel.current_statistics().tasks_living
    for _ in range(100):
        async with Session(talking(voice=Voice(0.04)), instructions="Be brief.") as session:
            assert (await session.reply()).id == 1
        assert [m.sequence for m in session.history] == [1, 2]
    assert trio.lowlevel.current_statistics().tasks_living == before


async def test_two_sessions_share_nothing(autojump_clock: MockClock) -> None:
    """Side by side, each has its own clock, turns, history and trace."""
    marks: tuple[list[Mark], list[Mark]] = ([], [])

    async def call(n: int) -> None:
        await trio.sleep(n * 0.7)
        async with Session(conversing(User([HELLO])), trace=Trace([marks[n].append])) as session:
            if n:
                await trio.sleep(3)
                session.interrupt()
            await session.finished()
            assert [m.text for m in session.history] == ["hello", "Once upon a" if n else REPLY]

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, 0)
        nursery.start_soon(call, 1)
    shared = [[(m.t, m.name) for m in each if m.name in ("speech", "turn.committed", "turn.audible")] for each in marks]
    assert shared[0] == shared[1]
    assert "turn.interrupted" not in names(marks[0])


@pytest.mark.parametrize("within", [0.0, 5.0])
@pytest.mark.parametrize("after", [-1e-6, 0.0, 1e-6, 0.1])
async def test_words_that_come_as_the_call_is_closed_are_kept(
    autojump_clock: MockClock, after: float, within: float
) -> None:
    """The final of an utterance that comes in that instant, or until the session is left, is in the history once."""
    user = User([Clip(0.5, 1.0, "hello", final=0.2 + after)], until=100.0)
    async with Session(conversing(user)) as session:
        await trio.sleep_until(1.2)
        session.close(within=within)
        await session.finished()
        await trio.sleep_until(max(trio.current_time(), 1.2 + after + 1e-6))
    said = [item.text for item in session.history if item.role == "user"]
    assert said == ["hello"]
