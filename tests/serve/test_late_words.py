"""What still comes by a line that is not its call's any more, or while the session of its call is being left."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import attrs
import trio
import trio.testing
from phones import until
from served import build, serving

from voiceflow import Audio, Graph, In, Node, Outlet, Ports, Sink
from voiceflow.client import connect
from voiceflow.machines.call_messages import VERSION, to_text
from voiceflow.serve.socket import Connection


@attrs.define(eq=False)
class Lingering(Node):
    """Takes half a second to be left."""

    audio = In(Audio)

    async def run(self, ports: Ports) -> None:
        try:
            async for _ in ports[self.audio]:
                pass
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.5)


def lingering(audio: Outlet[Audio], speaker: Sink) -> Graph:
    return build(audio, speaker).connect(audio, Lingering())


async def test_what_is_said_while_a_call_is_left_changes_nothing() -> None:
    """A text, a picture, keys, an interruption and a mute come too late; the caller still hears why it ended."""
    async with serving(lingering) as (server, url), connect(url) as client:
        (call,) = server.calls.all()
        call.hang_up("ended")
        await until(lambda: call.ending)
        assert not call.over.is_set()
        await client.type("Are you there?")
        await client.tell("image", data="data:image/png;base64,iVBORw0KGgo=")
        await client.tell("mute", on=True)
        await client.tell("digits", digits="1")
        await client.interrupt()
        while await client.event() is not None:
            pass
        assert (client.reason, server.calls.counts.ended, server.calls.counts.errors) == ("ended", {"ended": 1}, {})


class Wire:
    """A socket of a client that goes on however often it is told to stop."""

    def __init__(self) -> None:
        self.say, self._said = trio.open_memory_channel[str](16)

    async def receive(self) -> MutableMapping[str, Any]:
        return {"type": "websocket.receive", "text": await self._said.receive()}

    def offer(self, message: str | bytes) -> bool:
        return True

    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def close(self, code: int) -> None: ...


async def test_a_line_that_was_replaced_says_nothing_more() -> None:
    """Who resumed the call has it alone, whatever the other still sends."""
    async with serving() as (server, url), trio.open_nursery() as nursery:
        wire = Wire()
        nursery.start_soon(Connection(server.calls, wire).run)
        await wire.say.send(to_text("hello", version=VERSION))
        await until(lambda: len(server.calls.all()) == 1)
        (call,) = server.calls.all()
        async with connect(url, resume=call.secret) as client:
            await wire.say.send(to_text("text", text="From the old line"))
            await client.type("From the new one")
            await client.until("ended")
            assert [each.text for each in call.session.history if each.role == "user"] == ["From the new one"]
            await wire.say.send(to_text("bye"))
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert not call.reason
        nursery.cancel_scope.cancel(reason="enough was said")
