"""What `serve_load.py` calls: Silero hears real speech; recogniser, model and voice are stubs that take no time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import httpx
import numpy as np
import trio

from voiceflow import (
    Audio,
    Chunker,
    Endpointing,
    Graph,
    In,
    Interruption,
    Node,
    Out,
    Outlet,
    Phrase,
    Ports,
    Prompt,
    Sink,
    Spoken,
    Text,
    TurnSettings,
    TurnTaking,
)
from voiceflow._frozen import swept
from voiceflow.bench.reference import StubStt
from voiceflow.nodes.silero import Silero
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls
from voiceflow.serve.ear import Ear
from voiceflow.serve.limits import Limits
from voiceflow.serve.mouth import Mouth
from voiceflow.serve.server import Server

REPLY = "This is an answer of three seconds, which is as long as many are."
_WITHIN = 60.0
"""Seconds in which the server must have started, or answer a question about itself."""


@attrs.define(eq=False)
class Model(Node):
    """Writes the same answer at once."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            await ports[self.text].send(Text(REPLY))


@attrs.define(eq=False)
class Voice(Node):
    """Says it in three seconds of noise, a fifth of a second at a time."""

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            samples = np.random.default_rng(1).integers(-8000, 8000, 72000).astype(np.int16)
            for at in range(0, len(samples), 4800):
                piece = samples[at : at + 4800]
                await ports[self.spoken].send(Spoken(piece, 24000, phrase, last=at + 4800 >= len(samples)))


def build(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """What is served."""
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.3, max_wait=0.3), interruption=Interruption(mode="vad")
    )
    vad, turns = Silero(), TurnTaking(settings)
    graph = Graph().connect(audio, vad.input).connect(vad, StubStt(), turns).connect(vad, turns)
    return graph.connect(turns, Model(), Chunker(), Voice(), speaker)


async def serve(calls: int) -> None:
    """The server's process: prints its address, and ends with its standard input."""
    agent = ServedAgent(build=build)
    async with agent(Ear(), Mouth()):
        pass
    server = Server(Calls(agent, Limits(calls=calls, starts=1000.0, burst=1000.0)), port=0)
    async with swept(), server.open() as url:
        print(url, flush=True)
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)


@attrs.frozen
class Served:
    """A server under way, as who stands beside it sees it."""

    url: str
    pid: int
    client: httpx.AsyncClient = attrs.field(repr=False)
    """One for all questions: a connection that was closed stays among the files until nobody may use it again."""

    @property
    def socket(self) -> str:
        """Where callers come in."""
        return f"ws{self.url[4:]}ws"

    async def figures(self) -> dict[str, float]:
        """Its metrics."""
        text = (await self.client.get(f"{self.url}metrics")).text
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    @property
    def files(self) -> int:
        """How many it has open, sockets among them."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))


@asynccontextmanager
async def serving(calls: int) -> AsyncGenerator[Served]:
    """A server in a process of its own."""
    command = [sys.executable, __file__, str(calls + 10)]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        with trio.fail_after(_WITHIN):
            url = (await process.stdout.receive_some(200)).decode().strip()
        async with httpx.AsyncClient(timeout=_WITHIN) as client:
            yield Served(url, process.pid, client)
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    trio.run(serve, int(sys.argv[1]))
