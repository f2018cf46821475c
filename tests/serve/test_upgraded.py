"""The WebSocket that an application has, by a connection that was Hypercorn's, against a client in bytes."""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import pytest
import trio
import trio.testing
from starlette.types import Message
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, Protocol, Side

from voiceflow.machines.bucket import Bucket
from voiceflow.serve.socket import SocketLine
from voiceflow.serve.stream import PatientStream
from voiceflow.serve.upgraded import Upgraded

HEADERS = [
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-extensions", b"permessage-deflate"),
]


@attrs.define(eq=False)
class Ends:
    """A socket that was accepted, and the client's end of its connection."""

    server: Upgraded
    stream: PatientStream
    client: trio.SocketStream
    head: bytes = b""
    _heard: deque[Event] = attrs.field(factory=deque[Event], init=False)
    _frames: Protocol = attrs.field(factory=lambda: Protocol(Side.CLIENT), init=False)

    async def say(self, *frames: Frame) -> None:
        await self.client.send_all(b"".join(frame.serialize(mask=True) for frame in frames))

    async def hears(self) -> Frame:
        """The next frame that the server sends."""
        while not self._heard:
            self._frames.receive_data(await self.client.receive_some(65536))
            self._heard.extend(self._frames.events_received())
        frame = self._heard.popleft()
        assert isinstance(frame, Frame)
        return frame


async def _before() -> Message:
    return {"type": "websocket.connect"}


async def _answer(message: Message) -> None:
    raise AssertionError(f"{message['type']} is no answer to one that is let in")


@asynccontextmanager
async def accepted(most: int = 1000, burst: float = 1000.0) -> AsyncGenerator[Ends]:
    """A client has asked for a WebSocket with compression, and is let in, while Hypercorn reads."""
    ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(each)) for each in _pair())
    async with ours, theirs, trio.open_nursery() as nursery:
        stream = PatientStream(ours, patience=1.0, silence=30.0)
        nursery.start_soon(stream.receive_some, 65536)
        await trio.testing.wait_all_tasks_blocked()
        frames = Bucket(1e-9, burst)
        ends = Ends(Upgraded({"headers": HEADERS}, stream, most, _before, _answer, frames), stream, theirs)
        assert await ends.server.receive() == {"type": "websocket.connect"}
        await ends.server.send({"type": "websocket.accept", "subprotocol": "voiceflow.1"})
        ends.head = bytes(await theirs.receive_some(65536))
        yield ends
        stream.hang_up()


def _pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return listener.accept()[0], client


async def test_it_is_accepted_without_any_extension() -> None:
    """By the key of RFC 6455's own example. Sound is sent as it is."""
    async with accepted() as ends:
        assert ends.head.startswith(b"HTTP/1.1 101 ")
        assert ends.head.endswith(b"\r\n\r\n")
        lines = ends.head.split(b"\r\n")
        assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
        assert b"sec-websocket-protocol: voiceflow.1" in lines
        assert b"extensions" not in ends.head


async def test_messages_come_whole_and_in_order() -> None:
    """In one piece, or in many, with a ping between them, which is answered."""
    async with accepted() as ends:
        await ends.say(
            Frame(Opcode.BINARY, b"\1\2\3"),
            Frame(Opcode.TEXT, "Grü".encode()[:3], fin=False),
            Frame(Opcode.PING, b"here?"),
            Frame(Opcode.CONT, "Grüße".encode()[3:]),
        )
        assert await ends.server.receive() == {"type": "websocket.receive", "bytes": b"\1\2\3"}
        assert await ends.server.receive() == {"type": "websocket.receive", "text": "Grüße"}
        answer = await ends.hears()
        assert (answer.opcode, answer.data) == (Opcode.PONG, b"here?")


async def test_a_message_costs_one_read_and_one_write() -> None:
    """Of the connection; nobody else is woken, and nothing is copied into another queue."""
    async with accepted() as ends:
        steps = Steps()
        await ends.say(Frame(Opcode.BINARY, bytes(640)))
        trio.lowlevel.add_instrument(steps)
        await ends.server.receive()
        await ends.server.send({"type": "websocket.send", "bytes": bytes(964)})
        trio.lowlevel.remove_instrument(steps)
        assert steps.tasks == {trio.lowlevel.current_task()}
        assert steps.count <= 2
        assert (await ends.hears()).data == bytes(964)


async def test_a_call_s_sound_is_on_its_way_before_anybody_else_runs() -> None:
    """So is what is told besides, in its order; nothing of it waits in the line for somebody to write it."""
    async with accepted() as ends, trio.open_nursery() as nursery:
        line = SocketLine(behind=1_000_000)
        line.tell("welcome", {})
        nursery.start_soon(line.write, ends.server)
        await trio.testing.wait_all_tasks_blocked()
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        line.play(1, 0, np.zeros(480, np.int16))
        line.clear(1)
        assert len(line.box) == 0
        trio.lowlevel.remove_instrument(steps)
        assert steps.count == 0
        opcodes = [(await ends.hears()).opcode for _ in range(3)]
        assert opcodes == [Opcode.TEXT, Opcode.BINARY, Opcode.TEXT]
        line.close(1000)


async def test_what_a_client_does_not_read_is_sent_to_its_end_later() -> None:
    """What was offered and sent in part is neither lost nor sent again; a pong stands behind it, not within."""
    async with accepted() as ends:
        messages = [struct.pack("<I", number) * 5000 for number in range(1000)]
        sent = 0
        while ends.server.offer(messages[sent]):
            sent += 1
        assert not ends.server.offer(messages[sent + 1])
        async with trio.open_nursery() as nursery:
            await ends.say(Frame(Opcode.PING, b"still here?"), Frame(Opcode.TEXT, b"no"))
            nursery.start_soon(ends.server.receive)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(ends.server.send_bytes, messages[sent])
            heard = [await ends.hears() for _ in range(sent + 2)]
        pong = next(frame for frame in heard if frame.opcode is Opcode.PONG)
        heard.remove(pong)
        assert [bytes(frame.data) for frame in heard] == messages[: sent + 1]
        assert ends.server.offer(messages[0])


@attrs.define(eq=False)
class Steps(trio.abc.Instrument):
    """Which tasks ran, and how often."""

    tasks: set[trio.lowlevel.Task] = attrs.Factory(set[trio.lowlevel.Task])
    count: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.tasks.add(task)
        self.count += 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (Frame(Opcode.BINARY, bytes(1001)), 1009),
        (Frame(Opcode.TEXT, b"\xff\xfe"), 1007),
        (Frame(Opcode.CONT, b"of nothing"), 1002),
        (Frame(Opcode.CLOSE, struct.pack(">H", 1000)), 1000),
    ],
)
async def test_what_ends_it_is_answered_by_a_close(wrong: Frame, code: int) -> None:
    """The application is told as much; what it sends then goes nowhere."""
    async with accepted() as ends:
        await ends.say(wrong)
        assert await ends.server.receive() == {"type": "websocket.disconnect", "code": code}
        close = await ends.hears()
        assert (close.opcode, struct.unpack(">H", bytes(close.data)[:2])) == (Opcode.CLOSE, (code,))
        await ends.server.send({"type": "websocket.send", "text": "too late"})
        ends.stream.hang_up()
        assert await ends.client.receive_some(100) == b""


async def test_a_client_that_is_gone_is_an_abnormal_end() -> None:
    """Whether that is seen by reading or by writing; Hypercorn's own read ends when the connection is closed."""
    async with accepted() as ends:
        await ends.client.aclose()
        for _ in range(3):
            await ends.server.send({"type": "websocket.send", "bytes": bytes(100)})
        assert await ends.server.receive() == {"type": "websocket.disconnect", "code": 1006}
        ends.stream.hang_up()
        assert await ends.stream.receive_some(100) == b""


async def test_what_came_before_a_connection_broke_is_read() -> None:
    """A write may fail before it is: a good-bye is not lost, and pings that nobody waits for break nothing."""
    async with accepted() as ends:
        await ends.say(Frame(Opcode.PING, b"1"), Frame(Opcode.PING, b"2"), Frame(Opcode.TEXT, b"bye"))
        await _reset(ends.client)
        for _ in range(3):
            await ends.server.send({"type": "websocket.send", "bytes": bytes(100)})
        assert await ends.server.receive() == {"type": "websocket.receive", "text": "bye"}
        assert await ends.server.receive() == {"type": "websocket.disconnect", "code": 1006}


async def _reset(client: trio.SocketStream) -> None:
    """Close it as a process does that is killed."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await client.aclose()


async def test_a_ping_behind_our_close_is_not_answered() -> None:
    """A client may have sent it before the close reached it; its own close is still the end."""
    async with accepted() as ends:
        await ends.server.close(1012)
        await ends.say(Frame(Opcode.PING, b"here?"), Frame(Opcode.CLOSE, struct.pack(">H", 1012)))
        assert await ends.server.receive() == {"type": "websocket.disconnect", "code": 1012}
        assert (await ends.hears()).opcode is Opcode.CLOSE
        ends.stream.hang_up()
        assert await ends.client.receive_some(100) == b""


async def test_who_is_woken_to_read_finds_that_somebody_hung_up() -> None:
    """In the same step, before it ran: that is the end, and no error."""
    async with accepted() as ends, trio.open_nursery() as nursery:
        gone: list[Message] = []

        async def reads() -> None:
            gone.append(await ends.server.receive())

        nursery.start_soon(reads)
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(HangsUp(ends.stream))
        await ends.say(Frame(Opcode.TEXT, b"too late"))
        await trio.testing.wait_all_tasks_blocked()
        assert gone == [{"type": "websocket.disconnect", "code": 1006}]


@attrs.define(eq=False)
class HangsUp(trio.abc.Instrument):
    """Once, before the task that reads takes a step."""

    stream: PatientStream

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task.name.endswith(".reads"):
            self.stream.hang_up()


@pytest.mark.parametrize(
    "frames",
    [
        [Frame(Opcode.PING, b"")] * 30,
        [Frame(Opcode.PONG, b"")] * 30,
        [Frame(Opcode.TEXT, b"", fin=False), *[Frame(Opcode.CONT, b"", fin=False)] * 29],
    ],
)
async def test_a_flood_of_what_is_no_message_ends_it(frames: list[Frame]) -> None:
    """Nobody else would count it. In between others have their turn."""
    async with accepted(burst=20) as ends:
        await ends.say(*frames)
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        assert await ends.server.receive() == {"type": "websocket.disconnect", "code": 1008}
        trio.lowlevel.remove_instrument(steps)
        assert ends.server.too_fast
        assert steps.count >= 20
        heard = [(await ends.hears()).opcode for _ in range(21 if frames[0].opcode is Opcode.PING else 1)]
        assert heard == [Opcode.PONG] * (len(heard) - 1) + [Opcode.CLOSE]
