"""Calls at once to one server: what each caller hears, and by how much the server is late.

    python benchmarks/serve_load.py                          50 calls for 60 s
    python benchmarks/serve_load.py --calls 10 --seconds 20
    python benchmarks/serve_load.py --after 1000             calls one after the other, and what they leave behind
    python benchmarks/serve_load.py --ear 1 10 50            a table: mouth to ear, and cut-in to silence, 20 s each

The server is a process of its own (load_server.py): Silero hears real speech, and stubs stand for recogniser, model
and voice, which take no time. The callers are another process, each with a socket: they speak a clip, hear the answer
to its end, and cut into every third one. Both ends are measured by samples: the answer from the last sample of the clip
that was sent to the first one that sounds here; an interruption from its first sample to the last of the answer that
sounds here. Nothing is taken from the server's word but how late its blocks left (/metrics), its processor time and its
memory. Status 1: a call was broken, or not over 20 s after it should have been.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

import attrs
import numpy as np
import trio
from load_server import Served, serving

from voiceflow import ProviderError, Samples
from voiceflow.client import Client, connect
from voiceflow.graphs.clips import script
from voiceflow.nodes.soundfile import read_audio
from voiceflow.observe.lag import Lateness, LoopLag

RATE = 16000
AUDIBLE = 300
"""Of a sample: about -40 dB of full scale."""
BEGIN = 3.0
"""Seconds in which all callers have begun."""
PATIENCE = 20.0
"""Seconds behind its last turn's beginning in which a call is over, or broken."""
MEMORY = "process_resident_memory_bytes"


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

    async def call(self, url: str, begin: float, seconds: float, block: float) -> None:
        await trio.sleep_until(begin)
        until = begin + seconds
        try:
            with trio.fail_at(until + PATIENCE):
                async with connect(url, hear=self.hear) as client:
                    number = 0
                    while trio.current_time() < until:
                        number += 1
                        await self._turn(client, block, cut=number % 3 == 0)
                    self.heard.underruns += client.player.underruns
        except (ProviderError, trio.TooSlowError) as error:
            self.heard.broken += 1
            print(f"a call broke: {str(error) or 'it was not over in time'}", file=sys.stderr)

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


def clip() -> Samples:
    """The first line of the demo's caller, without the silence around it."""
    line = read_audio(script()[0].path)
    loud = np.flatnonzero(np.abs(line.astype(np.int32)) > AUDIBLE)
    return line[loud[0] : loud[-1] + 1]


Figures = dict[str, float]


@attrs.frozen
class Load:
    """So many calls at the same time: what was heard, and the server's figures at four instants."""

    calls: int
    seconds: float
    heard: Heard
    before: Figures
    half: Figures
    late: Figures
    """Just before the first caller has done."""
    after: Figures

    def late_by(self, q: float) -> str:
        """The bucket of lateness, in ms, in which a share `q` of the blocks ends."""
        buckets = [
            (key.split('"')[1], count - self.before.get(key, 0))
            for key, count in self.after.items()
            if "lateness_seconds_bucket" in key
        ]
        total = buckets[-1][1]
        return next(f"<= {float(bound) * 1000:g}" for bound, count in buckets if count >= q * total)

    @property
    def cpu(self) -> float:
        """The server's share of a core in the second half."""
        return (self.late["process_cpu_seconds_total"] - self.half["process_cpu_seconds_total"]) / _rest(self.seconds)

    @property
    def megabytes(self) -> str:
        """The server's memory at half time, at the end, and behind it."""
        return ", ".join(f"{each[MEMORY] / 1e6:.0f}" for each in (self.half, self.late, self.after))

    def __str__(self) -> str:
        heard = self.heard
        ear, cuts = (
            " ".join(f"p{q * 100:g} {_ms(of, q)}" for q in (0.5, 0.95, 0.99)) for of in (heard.answers, heard.cuts)
        )
        return (
            f"{self.calls} calls, {self.seconds:g} s, {heard.turns} answers, {heard.broken} calls broken\n"
            f"end of speech to first sound, ms: {ear}; onset of a cut-in to silence, ms: {cuts}"
        )


def _rest(seconds: float) -> float:
    """From half time to just before the end."""
    return max(0.1, seconds / 2 - BEGIN)


def _ms(of: Lateness, q: float) -> str:
    return f"{of.quantile(q) * 1000:.0f}" if of.count else "none"


async def at_once(served: Served, calls: int, seconds: float, block: float) -> Load:
    """So many calls at the same time, printed."""
    heard, lag, before, spoken = Heard(), LoopLag(0.02), await served.figures(), clip()
    with lag.beside():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lag.measure)
            async with trio.open_nursery() as callers:
                for number in range(calls):
                    begin = trio.current_time() + BEGIN * number / calls
                    callers.start_soon(Caller(heard, spoken).call, served.socket, begin, seconds, block)
                await trio.sleep(seconds / 2)
                half = await served.figures()
                await trio.sleep(_rest(seconds))
                late = await served.figures()
            nursery.cancel_scope.cancel()
    load = Load(calls, seconds, heard, before, half, late, await served.figures())
    print(load)
    print(f"the callers' own {lag}", flush=True)
    return load


LOAD = (
    "calls, seconds", "answers", "underruns", "silence in answers, ms", "lateness of blocks, ms: p50", "p95", "p99",
    "server, % of a core", "its memory at half time, at the end, after, MB",
)  # fmt: skip
EAR = (
    "calls", "end of speech to first sound, ms: p50", "p95", "onset of a cut-in to silence, ms: p50", "p95",
    "underruns",
)  # fmt: skip
AFTER = ("calls, one after the other", "memory, MB", "open files", "threads", "under way")


def _of_load(load: Load) -> list[str]:
    heard = load.heard
    counted = [f"{load.calls}, {load.seconds:g}", str(heard.turns), str(heard.underruns), f"{heard.missed * 1000:.0f}"]
    return [*counted, *map(load.late_by, (0.5, 0.95, 0.99)), f"{load.cpu * 100:.0f}", load.megabytes]


def _of_ear(load: Load) -> list[str]:
    times = [_ms(of, q) for of in (load.heard.answers, load.heard.cuts) for q in (0.5, 0.95)]
    return [str(load.calls), *times, str(load.heard.underruns)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As docs/serve.md has it."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))


async def one_after_the_other(calls: int) -> list[list[str]]:
    """Calls that begin when the one before has ended, and what there is of them then."""
    spoken, rows = clip()[: RATE // 2], list[list[str]]()
    async with serving(1) as served:
        for number in range(1, calls + 1):
            with trio.fail_after(PATIENCE):
                async with connect(served.socket) as client:
                    await client.send(spoken)
                    await client.tell("ping", t=number)
                    await client.until("pong")
            if number in (1, calls // 10, calls // 2, calls):
                await trio.sleep(1.0)  # the last one's end
                now = await served.figures()
                left = [
                    f"{now[MEMORY] / 1e6:.1f}",
                    str(served.files),
                    str(served.threads),
                    f"{now['voiceflow_calls']:.0f}",
                ]
                rows.append([str(number), *left])
                print(f"after {number} calls: {', '.join(left)}", flush=True)
    return rows


async def main(args: argparse.Namespace) -> int:
    """Start the server, and call it; the status of the command."""
    if args.after:
        print("\n" + table(AFTER, await one_after_the_other(args.after)))
        return 0
    loads: list[Load] = []
    for calls in args.ear or [args.calls]:
        async with serving(calls) as served:
            loads.append(await at_once(served, calls, args.seconds, args.block))
    if args.ear:
        print("\n" + table(EAR, [_of_ear(load) for load in loads]))
    print("\n" + table(LOAD, [_of_load(load) for load in loads]))
    return 1 if any(load.heard.broken for load in loads) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=None, help="60, or 20 for each row of --ear")
    parser.add_argument("--block", type=float, default=0.04, help="seconds of sound in a message of a caller")
    parser.add_argument("--after", type=int, default=0, metavar="CALLS", help="so many calls, one after the other")
    parser.add_argument(
        "--ear", type=int, nargs="+", metavar="CALLS", help="a table, with a row for each number of calls"
    )
    given = parser.parse_args()
    given.seconds = given.seconds or (20.0 if given.ear else 60.0)
    sys.exit(trio.run(main, given))
