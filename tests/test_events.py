"""Events, muting and the end of a call, from inside and outside of it."""

from __future__ import annotations

import pytest
import trio
from test_session import HELLO, REPLY, conversing, talking
from trio.testing import MockClock
from world import Clip, Model, User

from voiceflow import Mark, NodeFailed, Session, Speculation, Trace, TurnSettings, TurnTaking, VoiceflowError
from voiceflow.machines.turn_settings import MutePolicy


async def test_states_come_as_events(autojump_clock: MockClock) -> None:
    """What the user and the agent do, each when it changes; iterating ends with the call."""
    seen: list[tuple[float, object, object]] = []

    async def read(session: Session) -> None:
        async for mark in session.events("state"):
            seen.append((mark.t / 1e9, mark.values["user"], mark.values["agent"]))

    async with trio.open_nursery() as nursery, Session(conversing(User([HELLO], until=5.0))) as session:
        nursery.start_soon(read, session)
        await session.finished()
    assert seen == [
        (0.5, "speaking", "listening"),
        (1.5, "listening", "listening"),
        (1.5, "listening", "thinking"),
        (2.0, "listening", "speaking"),
        (4.0, "listening", "listening"),
    ]


async def test_all_events_come_to_who_names_none(autojump_clock: MockClock) -> None:
    """To the last one, however slow the reader is, and each of several readers has its own."""
    marks: list[Mark] = []
    async with Session(talking(), trace=Trace([marks.append])) as session:
        every, ended = session.events(), session.events("turn.ended")
        await session.reply()
        session.reply()
        await trio.sleep(1.0)
    assert [mark async for mark in every] == marks
    assert [mark.values["interrupted"] for mark in [mark async for mark in ended]] == [False, True]
    late = session.events()
    assert [mark async for mark in late] == []


async def test_events_that_nobody_reads_are_dropped_and_counted(autojump_clock: MockClock) -> None:
    """The oldest first; a block that is left collects no more."""
    async with Session(talking()) as session:
        with session.events("test") as events:
            for n in range(1005):
                session.trace.mark(n, None, "test", "test", {})
        session.trace.mark(2000, None, "test", "test", {})
        assert events.dropped == 5
        assert [mark.t async for mark in events] == list(range(5, 1005))


async def test_events_end_when_a_node_ends_the_call(autojump_clock: MockClock) -> None:
    """With the error of the node, the reader does not wait for ever."""
    seen: list[str] = []

    async def read(session: Session) -> None:
        seen.extend([mark.name async for mark in session.events("node.failed")])

    user = User([Clip(0.5, 1.0, "hello")])
    user.clips = None  # type: ignore[assignment]  # the stub breaks here
    async with trio.open_nursery() as nursery:
        with pytest.raises(NodeFailed):  # noqa: PT012  the call fails in its middle
            async with Session(conversing(user)) as session:
                nursery.start_soon(read, session)
                await trio.sleep(100)
    assert set(seen) == {"node.failed"}


async def test_there_are_no_events_before_the_call(autojump_clock: MockClock) -> None:
    """As of anything else."""
    with pytest.raises(VoiceflowError, match="not running"):
        Session(talking()).events()


# The end of a call


async def test_a_call_can_be_ended_from_inside_a_turn(autojump_clock: MockClock) -> None:
    """What is being said is said to its end: the goodbye that the model writes, and what waits."""

    class Goodbye(Model):
        async def run(self, ports: object) -> None:
            session.close(within=10.0)
            await super().run(ports)  # type: ignore[arg-type]

    async with Session(conversing(User([HELLO], until=100.0), Goodbye())) as session:
        await session.finished()
        assert round(trio.current_time(), 4) == 4.0
        late = await session.say("Too late.")
        assert (late.interrupted, late.heard) == (True, "")
    assert [m.text for m in session.history] == ["hello", REPLY]
    assert round(trio.current_time(), 4) == 4.0


@pytest.mark.parametrize(
    ("within", "end", "heard"), [(0.0, 1.0, "Once"), (0.7, 1.7, "Once upon a time"), (9.0, 2.5, REPLY)]
)
async def test_the_end_of_a_call_has_a_deadline(
    autojump_clock: MockClock, within: float, end: float, heard: str
) -> None:
    """What has not been heard by then is not, and events end as the call does."""
    async with Session(talking()) as session:
        events = session.events("turn.ended")
        reply = session.reply()
        await trio.sleep(1.0)
        session.close(within=within)
        await session.finished()
        assert round(trio.current_time(), 4) == end
        assert [mark.values["text"] for mark in [mark async for mark in events]] == [heard]
        assert (await reply).heard == heard
    session.close()  # it has ended, and stays so


async def test_a_handle_says_how_much_was_heard(autojump_clock: MockClock) -> None:
    """In seconds of sound and in words."""
    async with Session(talking()) as session:
        reply = session.reply()
        await trio.sleep(1.0)
        reply.interrupt()
        assert (reply.seconds, reply.heard) == (0.5, "Once")
        assert (await session.reply()).seconds == 2.0


# Muting


def muting(policy: MutePolicy, *clips: Clip) -> tuple[User, TurnTaking]:
    settings = TurnSettings(mute=policy, speculation=Speculation(mode="off"))
    return User(clips, until=20.0), TurnTaking(settings)


async def test_until_the_first_reply_the_user_is_not_listened_to(autojump_clock: MockClock) -> None:
    """A greeting is said to its end, and what was said under it is not answered."""
    user, taking = muting("until_first_reply", Clip(0.5, 1.5, "hello?"), Clip(4.0, 5.0, "Are you there?"))
    marks: list[Mark] = []
    async with Session(conversing(user, taking=taking), trace=Trace([marks.append])) as session:
        greeting = session.say("Good morning.")  # from 0.2 to 2.2
        await session.finished()
    assert greeting.heard == "Good morning."
    assert [(mark.t / 1e9, mark.values["muted"]) for mark in marks if mark.name == "muted"] == [
        (0.0, True),
        (2.2, False),
    ]
    assert [m.text for m in session.history] == ["Good morning.", "Are you there?", REPLY]


async def test_while_the_agent_speaks_the_user_is_not_listened_to(autojump_clock: MockClock) -> None:
    """Nor are words that were said then and are recognised later; those that end after it are."""
    clips = [HELLO, Clip(2.5, 3.9, "no, wait"), Clip(6.0, 7.0, "and now?"), Clip(9.0, 11.0, "goodbye")]
    user, taking = muting("while_speaking", *clips)
    marks: list[Mark] = []
    async with Session(conversing(user, taking=taking), trace=Trace([marks.append])) as session:
        await session.finished()
    # The second answer sounds from 8.0 to 10.0, the first from 2.0 to 4.0; "no, wait" is final at 4.1.
    assert [mark.t / 1e9 for mark in marks if mark.name == "turn.interrupted"] == []
    assert [m.text for m in session.history] == ["hello", REPLY, "and now?", REPLY, "goodbye", REPLY]


async def test_the_program_mutes_the_user_while_it_must(autojump_clock: MockClock) -> None:
    """As a tool does that must not be disturbed; twice at once is muted until the last one ends."""
    user, taking = muting("never", Clip(1.0, 2.0, "not now"), Clip(4.0, 5.0, "now"))
    async with Session(conversing(user, taking=taking)) as session:
        with session.muted():
            await trio.sleep(0.5)
            with session.muted():
                await trio.sleep(1.0)
            await trio.sleep(1.0)
        await session.finished()
    assert [m.text for m in session.history] == ["now", REPLY]


# Timers of last resort


async def test_silence_after_the_agent_is_told_once_or_again_and_again(autojump_clock: MockClock) -> None:
    """Counted from the agent's last sample, or the user's, and a callback may speak up."""
    for repeats, times in ((False, [6.0]), (True, [6.0, 8.0, 10.0])):
        seen: list[float] = []
        settings = TurnSettings(idle=2.0, idle_repeats=repeats, speculation=Speculation(mode="off"))
        async with Session(conversing(User([HELLO], until=11.0), taking=TurnTaking(settings))) as session:
            begun = trio.current_time()
            session.on("idle", lambda mark, seen=seen: seen.append(mark.t / 1e9))  # type: ignore[misc]
            await session.finished()
            assert trio.current_time() - begun == pytest.approx(11.0, abs=1e-5)
        assert seen == times


async def test_a_callback_may_speak_into_the_silence(autojump_clock: MockClock) -> None:
    """The user is asked once, and the silence is counted anew when that has been said."""
    settings = TurnSettings(idle=2.0, idle_repeats=True, speculation=Speculation(mode="off"))
    seen: list[tuple[float, object]] = []
    async with Session(conversing(User([HELLO], until=13.0), taking=TurnTaking(settings))) as session:

        def ask(mark: Mark) -> None:
            seen.append((mark.t / 1e9, mark.values["times"]))
            session.say("Are you there?")

        session.on("idle", ask)
        await session.finished()
    # Asked at 6.0, said from 6.2 to 8.2; asked again 2 s later.
    assert seen == [(6.0, 1), (10.2, 2)]
    assert [m.text for m in session.history] == ["hello", REPLY, "Are you there?", "Are you there?"]


async def test_a_model_that_gives_no_sign_is_given_up(autojump_clock: MockClock) -> None:
    """After `watchdog` seconds the agent listens again, and the next turn is answered."""

    class Hangs(Model):
        async def run(self, ports: object) -> None:
            if trio.current_time() < 5.0:
                await trio.sleep_forever()
            await super().run(ports)  # type: ignore[arg-type]

    settings = TurnSettings(watchdog=3.0, speculation=Speculation(mode="off"))
    user, marks = User([HELLO, Clip(6.0, 7.0, "still there?")], until=12.0), list[Mark]()
    async with Session(conversing(user, Hangs(), TurnTaking(settings)), trace=Trace([marks.append])) as session:
        await session.finished()
    cut = [(mark.t / 1e9, mark.values["why"]) for mark in marks if mark.name == "turn.interrupted"]
    assert cut == [(4.5, "watchdog")]
    assert [m.text for m in session.history] == ["hello", "still there?", REPLY]
