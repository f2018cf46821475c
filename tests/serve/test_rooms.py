"""Rooms by real sockets on loopback: several callers in one call."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import attrs
import numpy as np
import pytest
import trio
from phones import until
from served import REPLY, loud, serving
from world import Model

from voiceflow import Message, Prompt, ProviderError, Samples
from voiceflow.client import Client, connect
from voiceflow.machines.room import RoomSettings
from voiceflow.serve.limits import Limits
from voiceflow.serve.recording import Recordings
from voiceflow.serve.rooms import OpenRoom, Rooms
from voiceflow.serve.server import Server
from voiceflow.serve.tokens import Tokens, place
from voiceflow.serve.watching import details

pytestmark = pytest.mark.real_time

SOON = Limits(room=RoomSettings(participants=3, first_within=0.2, empty_for=0.2))


@attrs.define
class Listener:
    """What somebody in a room hears: samples of the others, and of the agent."""

    others: int = 0
    loudest: int = 0
    agent: int = 0

    def __call__(self, turn: int, position: int, samples: Samples) -> None:
        if turn:
            self.agent += len(samples)
        else:
            self.others += len(samples)
            self.loudest = max(self.loudest, int(np.abs(samples.astype(int)).max()))


@asynccontextmanager
async def within(url: str, name: str, hear: Callable[[int, int, Samples], object] = print) -> AsyncGenerator[Client]:
    with trio.fail_after(20):
        async with connect(f"{url}?room=kitchen&name={name}", hear=hear) as client:
            assert (await client.until("room"))["you"] == name
            yield client


async def test_two_callers_and_an_agent_hear_each_other() -> None:
    """Each hears the other as loud, nobody themselves, and both the agent; the words say whose they are."""
    ann_hears, bo_hears = Listener(), Listener()
    async with serving(limits=SOON) as (server, url):
        async with within(url, "Ann", ann_hears) as ann, within(url, "Bo", bo_hears) as bo:
            assert (await ann.until("room"))["participants"] == ["Ann", "Bo"]
            (call,) = server.calls.all()
            assert (ann.call, bo.call, call.kind, call.about) == (call.id, call.id, "room", {"room": "kitchen"})
            await ann.be_silent(0.1)
            await ann.speak(loud(0.4))
            await ann.be_silent(0.3)
            for client in (ann, bo):
                assert (await client.until("transcript"))["speaker"] == "Ann"
                assert (await client.until("ended"))["text"] == REPLY
            assert ann_hears.others == 0
            assert bo_hears.loudest == pytest.approx(8000, rel=0.1)
            assert bo_hears.others >= 0.4 * 24000
            assert (ann_hears.agent, bo_hears.agent) == (14400, 14400)
        with trio.fail_after(20):
            await call.over.wait()
            while len(server.calls):  # noqa: ASYNC110  of a machine of its own, which tells nobody
                await trio.sleep(0.01)
        assert server.calls.counts.ended == {"empty": 1}


async def test_messages_and_whom_the_agent_hears() -> None:
    """To one or to all; the agent does not hear who is not meant, the others do."""
    bo_hears = Listener()
    async with (
        serving(limits=SOON) as (server, url),
        within(url, "Ann") as ann,
        within(url, "Bo", bo_hears) as bo,
        within(url, "Cy") as cy,
    ):
        await ann.tell("message", text="psst", to="Cy")
        await ann.tell("message", text="hello")
        assert await cy.until("message") == {"type": "message", "from": "Ann", "to": "Cy", "text": "psst"}
        for client in (bo, cy):
            assert await client.until("message") == {"type": "message", "from": "Ann", "to": None, "text": "hello"}
        await bo.tell("address", to="Di")
        assert (await bo.until("error"))["code"] == "refused"
        await bo.tell("address", to="Bo")
        assert (await ann.until("room", hears="Bo"))["participants"] == ["Ann", "Bo", "Cy"]
        await ann.speak(loud(0.3))
        await ann.be_silent(0.3)
        assert bo_hears.others > 0
        (call,) = server.calls.all()
        assert (call.session.user, call.session.history) == ("listening", ())
        await bo.type("Hi!")
        assert (await ann.until("transcript")) == {
            "type": "transcript",
            "text": "Hi!",
            "final": True,
            "speaker": "Bo",
        }
        assert (await ann.until("ended"))["text"] == REPLY
        await bo.speak(loud(0.3))
        await bo.be_silent(0.3)
        await ann.until("ended", turn=2)
        rows = cast(list[dict[str, Any]], details(call)["history"])
        said = [(each["text"], each["speakers"]) for each in rows if each["role"] == "user"]
        assert said == [("Hi!", ("Bo",)), ("Hello there", ("Bo",))]


def asked(server: Server) -> list[list[tuple[str, tuple[str, ...]]]]:
    """What the user said and who that was, in each prompt that the model of the one call was given."""
    (call,) = server.calls.all()
    (model,) = (node for node in call.session.graph.nodes.values() if isinstance(node, Model))
    return [
        [(message.text, message.speakers) for message in prompt.messages if message.role == "user"]
        for prompt in model.prompts
    ]


def minutes_in(folder: Path) -> list[str]:
    """The lines of the one call that is kept there, without their times."""
    (minutes,) = folder.glob("*.txt")
    return [line.split(maxsplit=1)[1] for line in minutes.read_text().splitlines()]


async def test_the_model_is_told_who_said_what_once_several_were_there(tmp_path: Path) -> None:
    """Of what was said before that, too; nobody's name is in the words, and the minutes of the call have the names."""
    async with serving(limits=SOON, recordings=Recordings(tmp_path)) as (server, url), within(url, "Ann") as ann:
        await ann.type("Hi!")
        await ann.until("ended")
        assert asked(server) == [[("Hi!", ())]]
        async with within(url, "Bo") as bo:
            await bo.speak(loud(0.3))
            await bo.be_silent(0.3)
            await bo.until("ended")
            assert asked(server)[1] == [("Hi!", ("Ann",)), ("Hello there", ("Bo",))]
        said = minutes_in(tmp_path)
        assert said[:2] + said[3:5] == ["user: Hi!", "said by Ann", "user: Hello there", "said by Bo"]


@pytest.mark.parametrize("heard", [True, False])
async def test_a_guess_is_told_who_seems_to_speak(heard: bool) -> None:
    """Before what they say is in the history: who was heard to the end, or who is the loudest now."""
    async with serving(limits=SOON) as (server, url), within(url, "Ann") as ann, within(url, "Bo"):
        (call,) = server.calls.all()
        room = call._line  # pyright: ignore[reportPrivateUsage]
        assert isinstance(room, OpenRoom)
        await ann.speak(loud(0.1))
        await until(lambda: room.conference.talker(forget=False) == "Ann")
        if heard:
            room.speakers.heard("Bo")
        [prompt] = room.named(Prompt((Message("user", "Hello", 7), Message("assistant", "Yes?", 8))))
        assert [message.speakers for message in prompt.messages] == [("Bo" if heard else "Ann",), ()]


async def test_who_comes_again_takes_their_seat_and_one_too_many_is_refused() -> None:
    """By the same name; the room and its call stay, and so they do while nobody is there for a moment."""
    async with serving(limits=Limits(room=RoomSettings(participants=3, empty_for=20.0))) as (_, url):
        async with within(url, "Ann") as first, within(url, "Ann") as again, within(url, "Bo"), within(url, "Cy"):
            assert (await first.until("bye"))["reason"] == "replaced"
            with pytest.raises(ProviderError, match="at most 3"):
                async with within(url, "Di"):
                    pass
        await trio.sleep(0.05)
        async with connect(f"{url}?room=kitchen") as guest:
            room = await guest.until("room")
            assert (guest.call, room["you"], room["participants"]) == (again.call, "guest 1", ["guest 1"])
        async with connect(url) as alone:
            assert alone.call != again.call
            await alone.tell("message", text="anybody?")
            assert (await alone.until("error"))["message"] == "message: this call is no room"
        with pytest.raises(ProviderError, match="400"):
            async with connect(f"{url}?room="):
                pass


async def test_what_one_writes_breaks_no_other() -> None:
    """Half a character, which could not be sent on, ends the line of who wrote it."""
    async with serving(limits=SOON) as (_, url), within(url, "Ann") as ann:
        async with within(url, "Bo") as bo:
            await ann.until("room", participants=["Ann", "Bo"])
            await bo._socket.send_message('{"type": "message", "text": "\\ud800"}')  # pyright: ignore
            assert (await bo.until("error"))["code"] == "bad_message"
            assert (await bo.until("bye"))["reason"] == "refused"
        assert (await ann.until("room"))["participants"] == ["Ann"]
        await ann.tell("ping", t=1)
        await ann.until("pong")


async def test_a_socket_that_is_cut_leaves_the_room() -> None:
    """The others are told, and the agent goes on for them."""
    async with serving(limits=SOON) as (_, url), within(url, "Ann") as ann:
        async with within(url, "Bo") as bo:
            await ann.until("room", participants=["Ann", "Bo"])
            await bo._socket._stream.aclose()  # pyright: ignore[reportPrivateUsage]
            assert (await ann.until("room"))["participants"] == ["Ann"]
        await ann.type("Still there?")
        assert (await ann.until("ended"))["text"] == REPLY


async def test_a_room_that_nobody_enters_ends() -> None:
    """As a program opens it, and waits for its first caller."""
    async with serving(limits=SOON) as (server, _):
        room = await Rooms(server.calls).open("kitchen")
        with trio.fail_after(20):
            await room.call.over.wait()
        assert room.call.reason == "nobody came"


async def test_a_token_names_the_room_and_who_comes_in() -> None:
    """It opens no other room, no call, and nothing else."""
    tokens = Tokens("a secret of some length")
    token = tokens.make(time.time() + 60, room="kitchen", name="Ann Lee")
    assert place(token) == ("kitchen", "Ann Lee")
    assert not tokens.good(token, time.time())
    async with serving(limits=SOON, tokens=tokens) as (_, url):
        async with connect(f"{url}?room=kitchen&name=Mallory", token=token) as client:
            assert (await client.until("room"))["you"] == "Ann Lee"
        for query in ("?room=cellar", ""):
            with pytest.raises(ProviderError, match="wants a token"):
                async with connect(f"{url}{query}", token=token):
                    pass
