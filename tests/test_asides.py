"""What is said from inside a reply is part of it, in its place; and no node waits for the end of its own turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from test_field_cases import Script, speaks
from test_guessing import Talker
from test_guessing import conversing as guessing
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import (
    Activity,
    Chunker,
    Graph,
    Interruption,
    Mark,
    Node,
    Ports,
    Session,
    Speaker,
    Speculation,
    Text,
    TextFilter,
    TextSink,
    Trace,
    TurnSettings,
    TurnTaking,
    Utterance,
    VoiceflowError,
    Watch,
)
from voiceflow.machines.phrases import PhraseSettings

SECOND = 1_000_000_000
Tool = Callable[[], Awaitable[None]]


@attrs.define(eq=False)
class Assistant(Model):
    """Writes "Let me see.", calls its tool, and then writes "It is sunny."."""

    tool: Tool | None = None

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            for token in ("Let ", "me ", "see."):
                await ports[self.text].send(Text(token))
            if self.tool is not None:
                await self.tool()
            for token in (" It ", "is ", "sunny."):
                await ports[self.text].send(Text(token))


def speaking(model: Node, voice: Voice | None = None, speaker: Speaker | None = None) -> Graph:
    """A second of speech for each phrase, 0.2 s after it came."""
    chunker = Chunker(PhraseSettings(idle_after=SECOND))
    return Graph().connect(model, TextFilter(), chunker, voice or Voice(1.0), speaker or Speaker())


@attrs.define
class Call:
    """A session whose model calls `tool(session, said)`, and what came of it."""

    tool: Callable[[Session, list[Utterance]], Awaitable[None]]
    said: list[Utterance] = attrs.Factory(list[Utterance])
    marks: list[Mark] = attrs.Factory(list[Mark])

    async def run(
        self, during: Callable[[Session], Awaitable[None]] | None = None, graph: Graph | None = None
    ) -> Session:
        model = Assistant()
        async with Session(graph or speaking(model), trace=Trace([self.marks.append])) as session:

            async def tool() -> None:
                await self.tool(session, self.said)

            model.tool = tool
            self.reply = session.reply()
            await (self.reply.wait() if during is None else during(session))
            await session.finished()
        return session

    reply: Utterance = attrs.field(init=False)

    def times(self, name: str) -> list[float]:
        return [mark.t / 1e9 for mark in self.marks if mark.name == name]


async def test_a_filler_is_spoken_in_its_place(autojump_clock: MockClock) -> None:
    """Behind what was written, before what follows; the tool that waits for it goes on when it was heard."""
    went_on: list[float] = []

    async def tool(session: Session, said: list[Utterance]) -> None:
        said.append(await session.say("One moment, please."))
        went_on.append(round(trio.current_time(), 6))

    call = Call(tool)
    session = await call.run()
    # "Let me see." sounds from 0.2 to 1.2, the filler from 1.4 to 2.4, the rest from 2.6 to 3.6.
    assert went_on == [2.4]
    assert round(trio.current_time(), 6) == 3.6
    (said,) = call.said
    assert (said.id, said.heard, said.interrupted, said.done) == (1, "One moment, please.", False, True)
    assert [(m.role, m.text) for m in session.history] == [
        ("assistant", "Let me see. One moment, please. It is sunny.")
    ]
    assert call.times("turn.audible") == [0.2]
    assert call.times("turn.ended") == [3.6]
    assert call.times("speaker.underrun") == []


async def test_a_tool_need_not_wait(autojump_clock: MockClock) -> None:
    """What the model writes meanwhile stands ready behind the filler, and is spoken after it."""

    async def tool(session: Session, said: list[Utterance]) -> None:
        said += [session.say("One moment."), session.say("Or two.")]
        await trio.sleep(0.1)

    call = Call(tool)
    session = await call.run()
    assert [m.text for m in session.history] == ["Let me see. One moment. Or two. It is sunny."]
    assert [each.heard for each in call.said] == ["One moment.", "Or two."]
    assert round(trio.current_time(), 6) == 4.8


async def test_a_filler_is_spoken_while_the_tool_works(autojump_clock: MockClock) -> None:
    """The user waits in silence only from its end to the tool's."""

    async def tool(session: Session, said: list[Utterance]) -> None:
        said.append(session.say("One moment."))
        await trio.sleep(5.0)

    call = Call(tool)
    await call.run()
    assert call.said[0].heard == "One moment."
    # Five seconds of the tool, 0.2 s of the voice, and a second of speech.
    assert round(trio.current_time(), 6) == 6.2


@pytest.mark.parametrize(
    ("at", "heard", "filler"),
    [
        (0.5, "", ""),
        (2.1, "Let me see. One", "One"),
        (2.5, "Let me see. One moment, please.", "One moment, please."),
    ],
)
async def test_an_interruption_ends_the_reply_and_its_filler(
    autojump_clock: MockClock, at: float, heard: str, filler: str
) -> None:
    """What was heard of each is kept, and the tool that waits is cancelled with the turn."""
    cancelled: list[float] = []

    async def tool(session: Session, said: list[Utterance]) -> None:
        said.append(session.say("One moment, please."))
        try:
            await trio.sleep(100)
        finally:
            cancelled.append(round(trio.current_time(), 6))

    async def during(session: Session) -> None:
        await trio.sleep(at)
        assert session.interrupt()

    call = Call(tool)
    session = await call.run(during)
    assert cancelled == [at]
    assert [m.text for m in session.history] == [heard or "Let"]
    assert (call.said[0].heard, call.said[0].interrupted, call.said[0].done) == (filler, at < 2.4, True)


async def test_interrupting_a_filler_interrupts_its_reply(autojump_clock: MockClock) -> None:
    """It is part of it."""

    async def tool(session: Session, said: list[Utterance]) -> None:
        said.append(session.say("One moment, please."))
        await trio.sleep(100)

    async def during(session: Session) -> None:
        await trio.sleep(2.1)
        assert call.said[0].interrupt()
        assert not call.said[0].interrupt()

    call = Call(tool)
    await call.run(during)
    assert call.reply.interrupted
    assert call.reply.heard == "Let me see. One"


async def test_what_would_wait_for_itself_is_refused(autojump_clock: MockClock) -> None:
    """For the reply that it is part of, for one that comes after it, for an answer: with an error, not for ever."""
    refused: list[str] = []

    async def tool(session: Session, said: list[Utterance]) -> None:
        waits: list[Callable[[], Awaitable[object]]] = [
            call.reply.wait,
            session.reply("Again.").wait,
            lambda: session.send_text("hello"),
        ]
        for wait in waits:
            with pytest.raises(VoiceflowError, match="waits for what is said when that turn is over") as caught:
                await wait()
            refused.append(str(caught.value))

    call = Call(tool)

    async def during(session: Session) -> None:
        await call.reply
        session.interrupt()

    session = await call.run(during)
    assert len(refused) == 3
    assert session.history[0].text == "Let me see. It is sunny."


async def test_a_node_that_speaks_is_no_writer(autojump_clock: MockClock) -> None:
    """What a filter or a voice says comes after the reply, and it may not wait for that."""
    said: list[Utterance] = []
    sessions: list[Session] = []

    @attrs.define(eq=False)
    class Chatty(Voice):
        async def say(self, ports: Ports, phrase: object, share: float) -> None:
            if not said:
                said.append(sessions[0].say("I am the voice."))
                with pytest.raises(VoiceflowError, match="would wait for ever"):
                    await said[0]
            await super().say(ports, phrase, share)  # type: ignore[arg-type]

    async with Session(speaking(Model(), Chatty(1.0))) as session:
        sessions.append(session)
        await session.reply()
        await session.finished()
        assert [m.text for m in session.history] == ["Once upon a time there was a dog.", "I am the voice."]


async def test_a_task_of_its_own_may_wait_for_anything(autojump_clock: MockClock) -> None:
    """One that is not of the turn's nursery is no part of it, whoever started it."""
    heard: list[str] = []

    async with trio.open_nursery() as nursery:

        async def tool(session: Session, said: list[Utterance]) -> None:
            async def later() -> None:
                heard.append((await session.say("By the way.")).heard)

            nursery.start_soon(later)
            await trio.sleep(0.5)

        session = await Call(tool).run()
    assert heard == ["By the way."]
    assert [m.text for m in session.history] == ["Let me see. It is sunny.", "By the way."]


async def test_a_filler_in_a_guess_is_heard_after_the_commit(autojump_clock: MockClock) -> None:
    """And never, when the guess was wrong."""
    said: list[Utterance] = []
    model = Assistant()
    user = Talker([(1.0, "preflight", "the weather"), (1.6, "final", "the weather today")])
    async with Session(guessing(user, "llm+tts", model=model, voice=Voice(1.0))) as session:

        async def tool() -> None:
            said.append(session.say("One moment."))

        model.tool = tool
        await session.finished()
    assert [(each.id, each.heard, each.interrupted, each.done) for each in said] == [
        (1, "", True, True),
        (2, "One moment.", False, True),
    ]
    assert [m.text for m in session.history] == ["the weather today", "Let me see. One moment. It is sunny."]


async def test_a_model_that_fails_after_its_filler_has_said_it(autojump_clock: MockClock) -> None:
    """What was written before the failure is spoken, filler and all, and the handles have the error or are done."""

    async def tool(session: Session, said: list[Utterance]) -> None:
        said.append(session.say("One moment."))
        raise ConnectionError("the stub breaks here")

    call = Call(tool)
    session = await call.run()
    assert call.reply.error is not None
    assert session.agent == "listening"
    # The model was restarted once, and asked for the filler again.
    assert [m.text for m in session.history] == ["Let me see. One moment. One moment."]
    assert [(each.done, each.error, each.heard) for each in call.said] == [(True, None, "One moment.")] * 2


async def test_a_voice_that_fails_ends_the_filler_too(autojump_clock: MockClock) -> None:
    """Nobody waits for it for ever."""

    @attrs.define(eq=False)
    class Breaks(Voice):
        async def say(self, ports: Ports, phrase: object, share: float) -> None:
            if "moment" in getattr(phrase, "text", ""):
                raise ConnectionError("the stub breaks here")
            await super().say(ports, phrase, share)  # type: ignore[arg-type]

    model = Assistant()
    said: list[Utterance] = []
    async with Session(speaking(model, Breaks(1.0))) as session:

        async def tool() -> None:
            said.append(session.say("One moment."))
            await trio.sleep(100)

        model.tool = tool
        reply = await session.reply()
    assert reply.error is not None
    assert reply.heard == "Let me see."
    assert (said[0].heard, said[0].error, said[0].interrupted) == ("", reply.error, False)


async def test_a_text_sink_has_it_all_in_order(autojump_clock: MockClock) -> None:
    """What is read is what was said."""
    written: list[str] = []
    model = Assistant()

    async with Session(Graph().connect(model, TextSink(written.append))) as session:

        async def tool() -> None:
            await session.say(" One moment.")

        model.tool = tool
        reply = await session.reply()
    assert "".join(written) == reply.heard == "Let me see. One moment. It is sunny."


async def test_the_agent_s_activity_ends_once(autojump_clock: MockClock) -> None:
    """A pause for a filler is no end of the agent's voice."""

    seen: list[tuple[float, str]] = []
    speaker, model = Speaker(), Assistant()

    @attrs.define(eq=False)
    class Watcher(Node):
        agent = Watch(Activity, optional=False)

        async def run(self, ports: Ports) -> None:
            while True:
                activity = await ports[self.agent].changed()
                seen.append((activity.at / 1e9, activity.what))

    watcher = Watcher()
    graph = speaking(model, None, speaker).connect(speaker.activity, watcher.agent)
    async with Session(graph) as session:

        async def tool() -> None:
            await session.say("One moment.")

        model.tool = tool
        await session.reply()
    assert seen == [(0.2, "audible"), (3.6, "ended")]


async def test_a_user_can_interrupt_between_the_filler_and_the_answer(autojump_clock: MockClock) -> None:
    """The agent has the floor while its tool works: speech that lasts takes it."""

    user, turns, model = (
        User([Clip(0.5, 1.0, "the weather"), Clip(5.0, 6.0, "never mind")], until=15.0),
        TurnTaking(),
        Assistant(),
    )
    graph = speaking(model).connect(user.speech, turns).connect(user.transcripts, turns).connect(turns, model)
    marks: list[Mark] = []
    async with Session(graph, trace=Trace([marks.append])) as session:

        async def tool() -> None:
            session.say("One moment.")
            if trio.current_time() < 4.0:
                await trio.sleep(100)

        model.tool = tool
        await session.finished()
    assert [mark.t / 1e9 for mark in marks if mark.name == "turn.interrupted"] == [5.5]
    assert [m.text for m in session.history] == [
        "the weather",
        "Let me see. One moment.",
        "never mind",
        "Let me see. One moment. It is sunny.",
    ]


async def test_a_hint_before_the_filler_holds_it_back(autojump_clock: MockClock) -> None:
    """From the cough to its release, and no longer: what comes meanwhile sounds at once then."""
    user, model = Script(speaks(1.25, 1.5), until=2.0), Assistant()
    turns = TurnTaking(TurnSettings(interruption=Interruption(on_hint="hold"), speculation=Speculation(mode="off")))
    graph = speaking(model).connect(user.speech, turns).connect(user.transcripts, turns).connect(turns, model)
    marks: list[Mark] = []
    async with Session(graph, trace=Trace([marks.append])) as session:

        async def tool() -> None:
            await session.say("One moment.")

        model.tool = tool
        await session.reply()
    told = [(mark.t / 1e9, mark.name) for mark in marks if mark.name in ("hold", "resume", "turn.ended")]
    # The filler is there at 1.4 and sounds from 1.7 to 2.7, the rest from 2.9 to 3.9.
    assert told == [(1.25, "hold"), (1.7, "resume"), (3.9, "turn.ended")]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((0.0, 0.05, 0.3, 1.3)), st.booleans()), max_size=3),
    st.floats(0.0, 9.0, allow_nan=False),
)
def test_whatever_is_said_inside_every_handle_ends(fillers: list[tuple[float, bool]], cut: float) -> None:
    """What was heard is the beginning of all that was said, in order; each handle has its part of it."""

    async def main() -> None:
        said: list[Utterance] = []
        model, tasks = Assistant(), trio.lowlevel.current_statistics().tasks_living
        async with Session(speaking(model)) as session:

            async def tool() -> None:
                for n, (pause, waits) in enumerate(fillers):
                    await trio.sleep(pause)
                    said.append(session.say(f"Filler {n}."))
                    if waits:
                        await said[-1]

            model.tool = tool
            reply = session.reply()
            await trio.sleep(cut)
            reply.interrupt()
            when = trio.current_time()
            await reply
            assert trio.current_time() == when
            whole = " ".join(["Let me see.", *(f"Filler {n}." for n in range(len(fillers))), "It is sunny."])
            assert whole.startswith(reply.heard)
            assert reply.interrupted or reply.heard == whole
            assert all(each.done and each.id == reply.id for each in said)
            assert " ".join(["Let me see.", *(each.heard for each in said if each.heard)]).startswith(
                reply.heard.removesuffix(" It is sunny.").removesuffix(" It is").removesuffix(" It")
            )
            assert [each.heard for each in said] == sorted((each.heard for each in said), key=lambda heard: not heard)
            assert (await session.say("Afterwards.")).heard == "Afterwards."
        assert trio.lowlevel.current_statistics().tasks_living == tasks

    trio.run(main, clock=MockClock(autojump_threshold=0))
