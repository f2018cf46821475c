"""Calls at once to one server: what each caller hears, and by how much the server is late.

    python benchmarks/serve_load.py                          50 calls for 60 s
    python benchmarks/serve_load.py --calls 10 --seconds 20
    python benchmarks/serve_load.py --after 1000             calls one after the other, and what they leave behind
    python benchmarks/serve_load.py --ear 1 10 50            a table: mouth to ear, and cut-in to silence, 20 s each

The server is a process of its own: Silero hears real speech, and stubs stand for recogniser, model and voice, which
take no time. The callers are another process, each with a socket: they speak a clip, hear the answer to its end, and
cut into every third one. Both ends are measured by samples: the answer from the last sample of the clip that was sent
to the first one that sounds here; an interruption from its first sample to the last of the answer that sounds here.
Nothing is taken from the server's word but how late its blocks left (/metrics), its processor time and its memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

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
    ProviderError,
    Samples,
    Sink,
    Spoken,
    Text,
    TurnSettings,
    TurnTaking,
)
from voiceflow.bench.reference import StubStt
from voiceflow.client import Client, connect
from voiceflow.graphs.clips import script
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.soundfile import read_audio
from voiceflow.observe.lag import Lateness, LoopLag

RATE = 16000
AUDIBLE = 300
"""Of a sample: about -40 dB of full scale."""
REPLY = "This is an answer of three seconds, which is as long as many are."


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
    from voiceflow._frozen import frozen
    from voiceflow.serve.agent import ServedAgent
    from voiceflow.serve.calls import Calls
    from voiceflow.serve.ear import Ear
    from voiceflow.serve.limits import Limits
    from voiceflow.serve.mouth import Mouth
    from voiceflow.serve.server import Server

    agent = ServedAgent(build=build)
    async with agent(Ear(), Mouth()):
        pass
    server = Server(Calls(agent, Limits(calls=calls, starts=1000.0, burst=1000.0)), port=0)
    with frozen():
        async with server.open() as url:
            print(url, flush=True)
            await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)


@attrs.define
class Heard:
    """What all callers heard."""

    answers: Lateness = attrs.field(factory=Lateness)
    cuts: Lateness = attrs.field(factory=Lateness)
    turns: int = 0
    underruns: int = 0
    missed: float = 0.0
    broken: int = 0


@attrs.define(eq=False)
class Caller:
    """One caller, from its first word to its last."""

    heard: Heard
    clip: Samples
    """What it says: speech from its first sample to its last."""
    first: float | None = None
    """When the first sound of the answer came."""

    def hear(self, turn: int, position: int, samples: Samples) -> None:
        if position == 0:
            self.first = trio.current_time()

    async def call(self, url: str, until: float, block: float) -> None:
        try:
            async with connect(url, hear=self.hear) as client:
                number = 0
                while trio.current_time() < until:
                    number += 1
                    await self._turn(client, block, cut=number % 3 == 0)
                self.heard.underruns += client.player.underruns
        except ProviderError as error:
            self.heard.broken += 1
            print(error, file=sys.stderr)

    async def _turn(self, client: Client, block: float, *, cut: bool) -> None:
        self.first = None
        await client.speak(self.clip, block=block)
        ended = trio.current_time()
        while self.first is None:
            await client.speak(np.zeros(round(block * RATE), np.int16), block=block)
        self.heard.answers.add(self.first - ended)
        self.heard.turns += 1
        if cut:
            await client.speak(np.zeros(round(0.5 * RATE), np.int16), block=block)
            await self._cut_in(client, block)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(client.speak, np.zeros(60 * RATE, np.int16), block=block))
            await client.until("ended")
            nursery.cancel_scope.cancel()
        if not cut:
            self.heard.missed += client.player.missed / 24000

    async def _cut_in(self, client: Client, block: float) -> None:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(client.speak, self.clip, block=block))
            await client.until("clear")
            self.heard.cuts.add(trio.current_time() - began)
            nursery.cancel_scope.cancel()


async def figures(url: str) -> dict[str, float]:
    """The server's metrics."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{url}metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def quantile(before: dict[str, float], after: dict[str, float], q: float) -> str:
    """The bucket of lateness in which a share `q` of the blocks ends."""
    buckets = [
        (key.split('"')[1], after[key] - before.get(key, 0)) for key in after if "lateness_seconds_bucket" in key
    ]
    total = buckets[-1][1]
    return next(f"<= {float(bound) * 1000:g} ms" for bound, count in buckets if count >= q * total)


def clip() -> Samples:
    """The first line of the demo's caller, without the silence around it."""
    line = read_audio(script()[0].path)
    loud = np.flatnonzero(np.abs(line.astype(np.int32)) > AUDIBLE)
    return line[loud[0] : loud[-1] + 1]


async def at_once(url: str, calls: int, seconds: float, block: float) -> Heard:
    """So many calls at the same time, printed; what their callers heard."""
    heard, lag, before = Heard(), LoopLag(0.02), await figures(url)
    socket = f"ws{url[4:]}ws"
    spoken = clip()
    with lag.beside():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lag.measure)
            async with trio.open_nursery() as callers:
                for number in range(calls):
                    begin = trio.current_time() + 3.0 * number / calls
                    callers.start_soon(
                        _later, begin, partial(Caller(heard, spoken).call, socket, begin + seconds, block)
                    )
                await trio.sleep(seconds / 2)
                half = await figures(url)
                await trio.sleep(max(0.0, seconds / 2 - 3.0))
                late = await figures(url)
            nursery.cancel_scope.cancel()
    after = await figures(url)
    memory = "process_resident_memory_bytes"
    print(f"{calls} calls, {seconds:g} s, {heard.turns} answers, {heard.broken} calls broken")
    print(f"underruns heard: {heard.underruns}, {heard.missed * 1000:.0f} ms of silence in answers that were heard out")
    print(f"lateness of blocks: p50 {quantile(before, after, 0.5)}, p95 {quantile(before, after, 0.95)}", end="")
    print(f", p99 {quantile(before, after, 0.99)}")
    print(f"end of speech to first sound: {_row(heard.answers)}; onset of a cut-in to clear: {_row(heard.cuts)}")
    cpu = (late["process_cpu_seconds_total"] - half["process_cpu_seconds_total"]) / max(0.1, seconds / 2 - 3.0)
    print(f"the server: {cpu * 100:.0f} % of a core; memory {half[memory] / 1e6:.0f} MB at half time, ", end="")
    print(f"{late[memory] / 1e6:.0f} MB at the end, {after[memory] / 1e6:.0f} MB after")
    print(f"the callers' own {lag}")
    return heard


async def _later(begin: float, do: Callable[[], Any]) -> None:
    await trio.sleep_until(begin)
    await do()


def _row(of: Lateness) -> str:
    return " ".join(f"p{q * 100:g} {of.quantile(q) * 1000:.0f} ms" for q in (0.5, 0.95, 0.99)) if of.count else "none"


async def one_after_the_other(url: str, calls: int) -> None:
    """Calls that begin when the one before has ended."""
    spoken = clip()[: RATE // 2]
    for number in range(calls):
        async with connect(f"ws{url[4:]}ws") as client:
            await client.send(spoken)
            await client.tell("ping", t=number)
            await client.until("pong")
        if number + 1 in (calls // 10, calls):
            now = await figures(url)
            print(f"after {number + 1} calls: {now['process_resident_memory_bytes'] / 1e6:.1f} MB, ", end="")
            print(f"{now['voiceflow_calls']:.0f} under way")


@asynccontextmanager
async def server(calls: int) -> AsyncGenerator[str]:
    """A server in a process of its own, and its URL."""
    command = [sys.executable, __file__, "--serve", "--calls", str(calls + 10)]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield (await process.stdout.receive_some(200)).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def main(args: argparse.Namespace) -> None:
    """Start the server, and call it."""
    rows: list[str] = []
    for calls in args.ear or [args.calls]:
        async with server(calls) as url:
            if args.after:
                await one_after_the_other(url, args.after)
            else:
                heard = await at_once(url, calls, args.seconds, args.block)
                rows.append(f"| {calls} | {_cells(heard.answers)} | {_cells(heard.cuts)} | {heard.underruns} |")
    if args.ear:
        print(
            "\n| calls | end of speech to first sound, ms: p50 | p95 | onset of a cut-in to silence, ms: p50 | p95 ",
            end="",
        )
        print("| underruns |\n|---|---|---|---|---|---|", *rows, sep="\n")


def _cells(of: Lateness) -> str:
    return " | ".join(f"{of.quantile(q) * 1000:.0f}" if of.count else "none" for q in (0.5, 0.95))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=None, help="60, or 20 for each row of --ear")
    parser.add_argument("--block", type=float, default=0.04, help="seconds of sound in a message of a caller")
    parser.add_argument("--after", type=int, default=0, metavar="CALLS", help="so many calls, one after the other")
    parser.add_argument(
        "--ear", type=int, nargs="+", metavar="CALLS", help="a table, with a row for each number of calls"
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.seconds = given.seconds or (20.0 if given.ear else 60.0)
    trio.run(serve, given.calls) if given.serve else trio.run(main, given)
