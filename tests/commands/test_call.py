"""`voiceflow call`: what a provider does on the wire, in virtual time; and the command as it is typed."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import trio
import trio.testing
from parts import PULSEAUDIO
from sound_server import sound_server
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    serve_websocket,
    wrap_client_stream,
    wrap_server_stream,
)

from voiceflow import Audio, Graph, In, Node, Out, Ports, Samples, Session
from voiceflow.cli import main
from voiceflow.commands._telephone import Key, Telephone
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.ends import ProviderEnd, ServerEnd, ToServer
from voiceflow.machines.telephony.messages import Dtmf, Marked, Sound, Start, Stop
from voiceflow.nodes.soundfile import write_audio

pytestmark = pytest.mark.real_time

soundfile: Any = import_module("soundfile")

RATE = 8000
Talk = Callable[["Agent", ToServer], Awaitable[None]]


def tone(seconds: float) -> Samples:
    samples: Samples = (6000 * np.sin(np.arange(round(seconds * RATE)) * 0.3)).astype(np.int16)
    return samples


class Agent:
    """A server's end of one call, that does what a test says at each thing it is told."""

    def __init__(self, socket: WebSocketConnection, provider: str, talk: Talk) -> None:
        self.socket, self.end, self._talk = socket, ServerEnd(DIALECTS[provider]), talk
        self.told: list[ToServer] = []
        self.closed: int | None = None

    async def run(self) -> None:
        try:
            while True:
                for event in self.end.receive(await self.socket.get_message()):
                    self.told.append(event)
                    await self._talk(self, event)
        except ConnectionClosed as error:
            self.closed = error.reason.code if error.reason else None

    async def say(self, samples: Samples, mark: str = "") -> None:
        wires = [*self.end.play(samples), *self.end.flush(), *(self.end.mark(mark) if mark else ())]
        for wire in wires:
            await self.socket.send_message(wire)

    async def clear(self) -> None:
        for wire in self.end.clear():
            await self.socket.send_message(wire)

    @property
    def heard(self) -> Samples:
        return np.concatenate([np.zeros(0, np.int16), *[e.samples for e in self.told if isinstance(e, Sound)]])

    def others(self) -> list[ToServer]:
        return [event for event in self.told if not isinstance(event, Sound | Start)]


class Speaking(Node):
    """A caller who says this, as fast as it is taken."""

    audio = Out(Audio)

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    async def run(self, ports: Ports) -> None:
        for at in range(0, len(self.samples), 1000):
            await ports[self.audio].send(Audio(self.samples[at : at + 1000], RATE, at))


class Kept(Node):
    """Both sides, as they came out."""

    said = In(Audio)
    heard = In(Audio)

    def __init__(self) -> None:
        self.sides: dict[str, list[Audio]] = {"said": [], "heard": []}

    async def run(self, ports: Ports) -> None:
        async for inlet, frame in ports.merged(self.said, self.heard):
            assert isinstance(frame, Audio)
            self.sides["said" if inlet == self.said else "heard"].append(frame)

    def side(self, name: str) -> Samples:
        return np.concatenate([audio.samples for audio in self.sides[name]])


@asynccontextmanager
async def calling(
    provider: str, talk: Talk, said: Samples, **settings: Any
) -> AsyncGenerator[tuple[Telephone, Agent, Kept, list[tuple[float, str]]]]:
    """A call, from its first block to its end."""
    near, far = cast(tuple[Any, Any], trio.testing.memory_stream_pair())
    events: list[tuple[float, str]] = []
    async with trio.open_nursery() as nursery:
        agent: Agent | None = None

        async def serve() -> None:
            nonlocal agent
            request = await wrap_server_stream(nursery, far)
            agent = Agent(await request.accept(), provider, talk)
            await agent.run()

        nursery.start_soon(serve)
        socket = await wrap_client_stream(nursery, near, "server", "/call")
        end = ProviderEnd(DIALECTS[provider], Start(stream="MZ1", call="CA1"))
        phone = Telephone(socket=socket, end=end, tell=lambda at, what: events.append((at, what)), **settings)
        kept, caller = Kept(), Speaking(said)
        graph = Graph().connect(caller.audio, phone.caller).connect(phone.said, kept.said)
        async with Session(graph.connect(phone.heard, kept.heard)) as session:
            await phone.over.wait()
            await session.finished()
        assert agent is not None
        yield phone, agent, kept, events
        nursery.cancel_scope.cancel(reason="the test is over")


async def greet(agent: Agent, event: ToServer) -> None:
    if isinstance(event, Start):
        await agent.say(tone(1.0), "greeting")


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_whole_call(provider: str, autojump_clock: trio.testing.MockClock) -> None:
    """All that is said is heard at the other end, a mark is told when it has played, and then somebody hangs up."""
    async with calling(provider, greet, tone(2.0), wait=1.0) as (phone, agent, kept, events):
        codec = phone.end.format.codec
        said = codec.decode(codec.encode(tone(2.0)))
        assert np.array_equal(agent.heard[: len(said)], said)
        assert not agent.heard[len(said) :].any()
        assert agent.others() == [Marked("greeting"), *([Stop()] if Stop in agent.end.dialect.provider else [])]
        assert (agent.closed, phone.faults, phone.ended, phone.marks) == (1000, [], "hung up", 1)
        assert [what for _, what in events] == [
            "the agent speaks",
            "the agent is silent, behind 1.00 s",
            "hung up",
        ]
        assert len(kept.side("said")) == len(kept.side("heard")) == round(phone.seconds * RATE)
        assert [audio.pts for audio in kept.sides["heard"]] == [160 * n for n in range(phone.blocks)]
        assert np.array_equal(kept.side("said")[: 2 * RATE], tone(2.0))


async def test_what_is_cleared_is_not_heard(autojump_clock: trio.testing.MockClock) -> None:
    """And its marks come back at once, as Twilio's do."""

    async def interrupted(agent: Agent, event: ToServer) -> None:
        if isinstance(event, Start):
            await agent.say(tone(10.0), "long")
        elif isinstance(event, Dtmf):
            await agent.clear()

    keys = [Key(1.0, "5")]
    async with calling("twilio", interrupted, tone(0.1), wait=0.5, keys=keys) as (phone, agent, kept, events):
        assert agent.others() == [Dtmf("5"), Marked("long"), Stop()]
        assert (1.0, "key 5") in events
        assert [what for _, what in events if what.startswith("clear")] == ["clear: 9.04 s thrown away"]
        heard = np.flatnonzero(kept.side("heard"))
        assert 0.95 < heard[-1] / RATE < 1.1
        assert (phone.clears, phone.faults) == (1, [])


async def test_a_mark_of_what_was_cleared_stays_away_where_the_provider_drops_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Plivo tells only of what was played."""

    async def interrupted(agent: Agent, event: ToServer) -> None:
        if isinstance(event, Start):
            await agent.say(tone(10.0), "long")
        elif isinstance(event, Dtmf):
            await agent.clear()

    async with calling("plivo", interrupted, tone(0.1), wait=0.5, keys=[Key(1.0, "5")]) as (phone, agent, _, _):
        assert not any(isinstance(event, Marked) for event in agent.told)
        assert (phone.marks, phone.clears) == (0, 1)


async def test_what_comes_too_late_is_told_when_it_comes(autojump_clock: trio.testing.MockClock) -> None:
    """Sound that goes on 40 ms behind the end of the cushion in front of it is an underrun."""

    async def halting(agent: Agent, event: ToServer) -> None:
        if isinstance(event, Start) or len(agent.told) == 11:
            await agent.say(tone(0.1))

    async with calling("twilio", halting, tone(0.1), wait=0.5) as (phone, _, _, events):
        assert phone.playback.underruns == 1
        assert [at for at, what in events if what.startswith("an underrun")] == [pytest.approx(0.2)]


async def _silent(agent: Agent, event: ToServer) -> None:
    pass


async def _rude(agent: Agent, event: ToServer) -> None:
    await greet(agent, event)
    if isinstance(event, Dtmf):
        await agent.socket.aclose(1011)


async def _garbling(agent: Agent, event: ToServer) -> None:
    await greet(agent, event)
    if isinstance(event, Start):
        await agent.socket.send_message("{")
        await agent.socket.send_message('{"event": "sing"}')


@pytest.mark.parametrize(
    ("talk", "faults"),
    [
        (_silent, ["nothing was heard of the agent"]),
        (_rude, ["the server closed the call with 1011"]),
        (
            _garbling,
            [
                "2 messages were wrong, the first: no message of twilio: expected a chunk in JSON, "
                "got 1 characters that are none"
            ],
        ),
    ],
)
async def test_what_was_wrong_is_told(talk: Talk, faults: list[str], autojump_clock: trio.testing.MockClock) -> None:
    """An agent that says nothing, one that breaks off, one that does not keep to the protocol."""
    async with calling("twilio", talk, tone(0.1), wait=1.5, keys=[Key(0.5, "1")]) as (phone, _, _, _):
        assert phone.faults == faults


async def test_it_hangs_up_after_the_limit(autojump_clock: trio.testing.MockClock) -> None:
    """However much there is to say yet."""
    async with calling("twilio", greet, tone(9.0), limit=0.5) as (phone, agent, _, _):
        assert (phone.seconds, len(agent.heard)) == (0.5, RATE // 2)


@contextmanager
def serving(provider: str, talk: Talk) -> Generator[tuple[str, list[Agent]]]:
    """A server in a thread of its own, and the calls that it took."""
    agents: list[Agent] = []
    ready, address, stop = threading.Event(), list[str](), list[Callable[[], object]]()

    async def take(request: WebSocketRequest) -> None:
        agents.append(Agent(await request.accept(), provider, talk))
        await agents[-1].run()

    async def serve() -> None:
        async with trio.open_nursery() as nursery:
            server = await nursery.start(functools.partial(serve_websocket, take, "127.0.0.1", 0, ssl_context=None))
            token = trio.lowlevel.current_trio_token()
            scope = nursery.cancel_scope
            stop.append(lambda: token.run_sync_soon(scope.cancel))
            address.append(f"ws://127.0.0.1:{server.port}/call")
            ready.set()

    thread = threading.Thread(target=trio.run, args=(serve,))
    thread.start()
    assert ready.wait(10)
    try:
        yield address[0], agents
    finally:
        stop[0]()
        thread.join(10)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sides are kept, what happens is printed, the status is 0; what was asked for is told to the server."""
    question, record = tmp_path / "question.wav", tmp_path / "call.wav"
    write_audio(question, tone(0.4), RATE)
    words = ["--input", str(question), "-o", str(record), "--wait", "0.6", "--keys", "1@0.2", "--parameter", "pin=12"]
    with serving("telnyx", greet) as (url, agents):
        assert main(["call", url, "--as", "telnyx", "--encoding", "PCMA", "--from", "+4930", *words]) == 0
    out, err = capsys.readouterr()
    assert [line.split("  ")[-1] for line in out.splitlines()] == [
        "the agent speaks",
        "key 1",
        "the agent is silent, behind 1.00 s",
        "hung up",
    ]
    assert "1 marks, 0 clears, 0 underruns" in err
    start = agents[0].end.start
    assert start is not None
    assert (start.encoding, start.caller, start.parameters) == ("PCMA", "+4930", {"pin": "12"})
    sides, rate = soundfile.read(record, dtype="int16")
    assert (rate, sides.shape[1]) == (RATE, 2)
    assert np.array_equal(sides[np.flatnonzero(sides[:, 0])[0] - 1 :, 0][: RATE // 5], tone(0.4)[: RATE // 5])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["http://127.0.0.1:1/call"], "a stream's URL begins with ws:// or wss://; got http://127.0.0.1:1/call"),
        (["ws://127.0.0.1:1/call"], "the server cannot be reached: nothing answers at its address; check that it runs"),
        (["ws://[::1/call"], "a socket's URL names a host, and a port of 1 to 65535 if any: ws://HOST:PORT/PATH"),
        (["ws://127.0.0.1:70000/call"], "a socket's URL names a host"),
        (["ws:///call"], "a socket's URL names a host"),
        (["ws://127.0.0.1:1/call", "--keys", "1@inf"], "--keys takes keys of 123A456B789C*0#D and a time"),
        (["ws://127.0.0.1:1/call", "--header", "a b: c"], "--header takes a header as HTTP has it, in ASCII"),
        (["ws://127.0.0.1:1/call", "--header", "a: b\nc: d"], "--header takes a header as HTTP has it, in ASCII"),
        (["ws://127.0.0.1:1/call", "--keys", "x@1"], "--keys takes keys of 123A456B789C*0#D and a time"),
        (
            ["ws://127.0.0.1:1/call", "--encoding", "G722"],
            "--encoding, --rate: expected twilio's audio as audio/x-mulaw",
        ),
        (["ws://127.0.0.1:1/call", "--parameter", "pin"], "--parameter takes NAME=VALUE; got pin"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    words: Sequence[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the way out, and status 1."""
    write_audio(tmp_path / "a.wav", tone(0.1), RATE)
    assert main(["call", *words, "--as", "twilio", "--input", str(tmp_path / "a.wav")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"voiceflow call: {said}")


@pytest.mark.slow
@pytest.mark.alone
@PULSEAUDIO.mark
def test_the_microphone_speaks_and_the_loudspeaker_plays() -> None:
    """In a room where one hears the other the server hears its own tone; Ctrl-C hangs up, which is no failure."""
    words = [sys.executable, "-m", "voiceflow", "call", "--as", "vonage", "--keys", "1@2"]
    with sound_server() as settings, serving("vonage", greet) as (url, agents):
        call = subprocess.Popen([*words, url], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True)
        assert call.stdout is not None
        assert "the agent speaks" in call.stdout.readline()
        while "key 1" not in call.stdout.readline():
            assert call.poll() is None
        call.send_signal(signal.SIGINT)
        rest, _ = call.communicate(timeout=30)
        assert ("hung up" in rest, call.returncode) == (True, 0)
    assert np.max(np.abs(agents[0].heard.astype(np.int32))) > 3000
