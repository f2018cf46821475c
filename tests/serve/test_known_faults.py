"""Faults that servers of voice agents are known for, each as a test that it is none here."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import httpx
import numpy as np
import pytest
import trio
from peer import calling, loopback
from phones import until
from served import REPLY, build, loud, page_of, serving
from singing import Singer
from trio.testing import MockClock
from trio_websocket import open_websocket_url

import voiceflow
from voiceflow import Audio, Graph, GraphError, Outlet, Phrase, Ports, Samples, Session, Sink, Spoken
from voiceflow.client import connect
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls
from voiceflow.serve.limits import Limits
from voiceflow.serve.rooms import Rooms
from voiceflow.serve.server import Server
from voiceflow.serve.tokens import Tokens

__all__ = ["loopback"]


async def test_a_socket_that_acknowledges_nothing_hears_every_turn_to_its_end() -> None:
    """The fault: by WebSocket nothing drew the agent's sound, so that no turn was ever over and its frames piled up.

    This client never says what it has played. Each of two turns is over all the same, and of its sound no more is kept
    than a second.
    """
    async with serving(limits=Limits(idle=20.0)) as (server, url), open_websocket_url(url) as socket:
        await socket.send_message('{"type": "hello", "version": 1}')
        await until(lambda: len(server.calls) == 1 and bool(server.calls.all()))
        (call,) = server.calls.all()
        for turn in (1, 2):
            call.type("Go on.")
            await until(lambda: [each.text for each in call.session.history].count(REPLY) == turn)  # noqa: B023
        playback = call.mouth._playing  # pyright: ignore[reportPrivateUsage]
        assert playback is None or len(playback.made) <= call.mouth.rate


async def test_words_that_leave_nothing_to_be_said_end_their_turn() -> None:
    """The fault: what the text filter takes out whole hung for ever. A page has another turn right behind it."""

    def silent(audio: Outlet[Audio], speaker: Sink) -> Session:
        return Session(build(audio, speaker))

    async with serving(silent) as (server, url), connect(url) as client:
        (call,) = server.calls.all()
        with trio.fail_after(20):
            said = call.session.say("   ")
            await said
            assert said.done
            assert said.heard == ""
            await client.type("Go on.")
            assert (await client.until("ended", text=REPLY))["interrupted"] is False


@attrs.define(eq=False)
class Stutterer(Singer):
    """Says half of a phrase, nothing for a while, and the rest."""

    async def say(self, ports: Ports, phrase: Phrase, share: float) -> None:
        tone = loud(0.3, self.rate)
        await ports[self.spoken].send(Spoken(tone, self.rate, phrase, last=False))
        await trio.sleep(0.5)
        await ports[self.spoken].send(Spoken(tone, self.rate, phrase, last=True))


@pytest.mark.usefixtures("loopback")
async def test_a_voice_that_runs_dry_has_not_ended() -> None:
    """The fault: by WebRTC every underrun was taken for the end of what the agent says.

    The track is silent in between and the turn goes on at the very sample; the agent is said to speak all along, and
    the turn ends once, whole.
    """
    async with serving(partial(build, voice=Stutterer())) as (_, url), calling(page_of(url)) as caller:
        await caller.until("welcome")
        caller.tell("text", text="Go on.")
        first = await caller.until("track", sounds=True)
        dry = await caller.until("track")
        again = await caller.until("track")
        assert (first["position"], dry["sounds"], again["sounds"]) == (0, False, True)
        assert dry["position"] == again["position"] == (dry["rtp"] - first["rtp"]) % 2**32
        assert (again["rtp"] - dry["rtp"]) % 2**32 > 0.2 * 48000
        told = list(caller.messages)
        assert not [each for each in told if each["type"] == "ended"]
        ended = await caller.until("ended")
        assert (ended["text"], ended["interrupted"]) == (REPLY, False)


async def test_people_who_talk_at_once_are_heard_at_once(autojump_clock: MockClock) -> None:
    """The fault: the blocks of all who spoke stood one behind the other in one pipeline, twice as long as they were.

    Two say the same half second together: the agent hears half a second, twice as loud, in the place of either.
    """
    heard: list[Samples] = []

    def listening(audio: Outlet[Audio], speaker: Sink) -> Graph:
        graph = build(audio, speaker)
        graph.tap(audio, lambda block: heard.append(block.samples))
        return graph

    calls = Calls(ServedAgent(build=listening), log=pytest.fail)
    async with calls.open():
        room = await Rooms(calls).open("kitchen")
        seats = [room.join(name) for name in ("Ann", "Bo")]
        for seat in seats:
            seat.attach(_Nobody())
        for at in range(0, 8000, 320):
            for seat in seats:
                seat.hear(loud(0.5)[at : at + 320])
            await trio.sleep(0.02)
        await trio.sleep(0.5)
        sound = np.concatenate(heard)
        (begin, *_, end) = np.flatnonzero(sound)
        assert 7900 < end - begin < 8000
        assert sound[begin : end + 1].tolist() == (2 * loud(0.5)[1:8000]).tolist()[: end + 1 - begin]


class _Nobody:
    """A line that takes everything."""

    def play(self, turn: int, position: int, samples: Samples) -> None: ...
    def clear(self, turn: int) -> None: ...
    def hold(self, turn: int) -> bool:
        return False

    def tell(self, type: str, fields: object) -> None: ...
    def end(self, reason: str) -> None: ...


async def test_who_leaves_is_heard_no_more(autojump_clock: MockClock) -> None:
    """The fault: listeners were kept by stream and removed by person, so that somebody who had left was still heard."""
    calls = Calls(ServedAgent(build=build), log=pytest.fail)
    async with calls.open():
        room = await Rooms(calls).open("kitchen")
        first, again = room.join("Ann"), room.join("Ann")
        first.hear(loud(0.5))
        assert not room.conference.take(8000).of(None).any()
        again.hear(loud(0.5))
        again.hang_up("hung up")
        assert room.conference.take(16000).voices == {}


# In the code

SERVE: Final = [
    *(Path(voiceflow.__file__).parent / "serve").glob("*.py"),
    Path(voiceflow.__file__).parent / "client.py",
]
_BLOCKING: Final = {"requests", "urllib.request", "http.client", "subprocess", "queue"}


def _calls_of(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("path", SERVE, ids=lambda path: path.stem)
def test_nothing_blocks_is_forgotten_or_grows(path: Path) -> None:
    """The faults: blocking requests in the event loop, tasks that nobody holds, lists eaten from the front, queues
    without an end, and pacing by the wall clock.
    """
    wrong: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        wrong += [name for name in names if name in _BLOCKING]
    for name, call in _calls_of(path):
        last = name.rpartition(".")[2]
        if name == "time.sleep" or last in ("create_task", "ensure_future", "spawn_system_task", "put_nowait"):
            wrong.append(name)
        if last == "pop" and [ast.unparse(each) for each in call.args] == ["0"]:
            wrong.append(ast.unparse(call))
        if "open_memory_channel" in name and ast.unparse(call.args[0]) in ("math.inf", "float('inf')"):
            wrong.append(ast.unparse(call))
        # The wall clock is for what is good until a date, and for the names of files.
        if name in ("time.time", "datetime.now") and path.stem not in ("app", "rtc", "server", "telephony"):
            wrong.append(name)
    assert wrong == []


# Secrets


async def test_a_server_is_for_this_machine_and_its_secrets_stay_in_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The faults: a server on 0.0.0.0 that wants nothing of anybody, and secrets in addresses that were logged."""
    caplog.set_level(logging.DEBUG)
    calls = Calls(ServedAgent(build=build))
    assert Server(calls).host == "127.0.0.1"
    for host in ("0.0.0.0", "::", "192.168.1.1", "voice.example.com"):
        with pytest.raises(GraphError, match="VOICEFLOW_SECRET"):
            Server(calls, host)
    tokens = Tokens("a secret of sixteen")
    async with serving(tokens=tokens) as (server, url):
        token = server.token(60.0)
        async with connect(url, token=token) as client, httpx.AsyncClient() as http:
            page = page_of(url)
            assert (await http.get(f"{page}?token={token}")).headers["referrer-policy"] == "no-referrer"
            (call,) = server.calls.all()
            shown = [repr(each) for each in (tokens, server, server.calls, call, client)]
            answer = await http.get(f"{page}calls/{call.id}", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200
            shown.append(answer.text)
            secrets = tokens.secret, token, call.secret
    ours = [record.getMessage() for record in caplog.records if record.name.split(".")[0] in ("voiceflow", "hypercorn")]
    shown += [*capfd.readouterr(), *ours]
    assert [secret for secret in secrets if any(secret in each for each in shown)] == []
