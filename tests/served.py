"""An agent to be called by socket: it hears anything loud as a word, and answers with a tone at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import attrs
import numpy as np
from world import Model, Voice

from voiceflow import (
    Audio,
    Chunker,
    Endpointing,
    Graph,
    In,
    Node,
    Out,
    Outlet,
    Ports,
    Samples,
    Session,
    Sink,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.nodes.energy import Energy
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls
from voiceflow.serve.ice import IceServer
from voiceflow.serve.limits import Limits
from voiceflow.serve.recording import Recordings
from voiceflow.serve.server import Server
from voiceflow.serve.tokens import Tokens

REPLY = "Once upon a time there was a dog."


@attrs.define(eq=False)
class Words(Node):
    """A recogniser that hears the same words in every utterance."""

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            if block.speech is not None and not block.speech.active:
                await ports[self.transcripts].send(Transcript("Hello there", "final", block.rate, end=block.speech.pts))


def build(audio: Outlet[Audio], speaker: Sink, *, seconds: float = 0.6, voice: Voice | None = None) -> Graph:
    """A graph that answers 0.1 s after it knows of the end of speech."""
    vad, turns = (
        Energy(min_silence=0.1),
        TurnTaking(TurnSettings(endpointing=Endpointing(min_wait=0.15, max_wait=0.15))),
    )
    graph = Graph().connect(audio, vad.input).connect(vad, Words(), turns).connect(vad, turns)
    return graph.connect(turns, Model((REPLY,), 0.01, 0.02), Chunker(), voice or Voice(seconds, 0.01), speaker)


def loud(seconds: float, rate: int = 16000) -> Samples:
    """A tone that every VAD hears."""
    tone: Samples = (8000 * np.sin(np.arange(round(seconds * rate)) * 0.3)).astype(np.int16)
    return tone


@asynccontextmanager
async def serving(
    make: Callable[[Outlet[Audio], Sink], Graph | Session] = build,
    limits: Limits | None = None,
    greeting: str = "",
    tokens: Tokens | None = None,
    recordings: Recordings | None = None,
    ice: tuple[IceServer, ...] = (),
) -> AsyncGenerator[tuple[Server, str], None]:
    """A server on a free port, and its URL for sockets."""
    calls = Calls(ServedAgent(build=make), limits or Limits(), greeting, recordings)
    server = Server(calls, port=0, tokens=tokens, ice=ice)
    async with server.open() as url:
        yield server, url.replace("http", "ws") + "ws"


def page_of(url: str) -> str:
    """The address of a server's page, by that of its sockets."""
    return url.replace("ws", "http", 1).removesuffix("ws")
