"""Kills a server in the middle of calls that it keeps (--record), and looks at what is left on the disk.

    python benchmarks/kill_recordings.py             100 kills, of 4 calls each: about 5 minutes
    python benchmarks/kill_recordings.py --kills 3 --as flac

Each server is a process of its own, killed (SIGKILL) at a moment by chance, 1.5 to 4 s into its calls; while one has
calls, the next one starts. Callers say a
ramp, which tells by its values how far a recording goes, to the sample; in every other call the agent speaks all the
time, in the others it is silent. A recording is good if a reader of such files takes it and what is missing at
its end, of either side, was said less than a second before the kill; its trace and its text must be read, too. (A
machine that has too much to do may lose sound within it: the ear throws away what comes a second too late.)
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import wave
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import attrs
import numpy as np
import soundfile  # type: ignore[import-untyped]
import trio
from numpy.typing import NDArray

from voiceflow import Audio, Chunker, Graph, In, Node, Out, Outlet, Phrase, Ports, ProviderError, Samples, Sink, Spoken
from voiceflow.client import connect
from voiceflow.observe.trace_file import read_trace
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls
from voiceflow.serve.limits import Limits
from voiceflow.serve.recording import Recordings
from voiceflow.serve.server import Server

Format = Literal["wav", "flac"]
RATE = 16000
BLOCK = RATE // 50
AGENT = 5000
PERIOD = 30_000
WITHIN = 60.0
"""Seconds in which a server must have started, and taken its calls."""
RAMP: Samples = (np.arange(20 * RATE) % PERIOD + 1).astype(np.int16)
"""What callers say: each sample is one more than the one before, and none is 0."""


@attrs.define(eq=False)
class Voice(Node):
    """Says everything in so many seconds of one value."""

    seconds: float

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            for left in reversed(range(round(self.seconds * 5))):
                await ports[self.spoken].send(Spoken(np.full(4800, AGENT, np.int16), 24000, phrase, last=not left))


@attrs.define(eq=False)
class Ears(Node):
    """Takes what the caller says."""

    audio = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.audio]:
            pass


async def serve(folder: Path, format: Format) -> None:
    """The process that will be killed: prints its address."""
    lengths = cycle((20.0, 0.2))

    def build(audio: Outlet[Audio], speaker: Sink) -> Graph:
        return Graph().connect(audio, Ears()).connect(Chunker(), Voice(next(lengths)), speaker)

    limits = Limits(calls=1000, starts=1000.0, burst=1000.0)
    calls = Calls(ServedAgent(build=build), limits, greeting="Hello.", recordings=Recordings(folder, format=format))
    async with Server(calls, port=0).open() as url:
        print(url, flush=True)
        await trio.sleep_forever()


@attrs.define
class Spoke:
    """What a caller and the agent had said of one call when the server was killed, in seconds."""

    call: str
    caller: float = 0.0
    agent: float = 0.0


async def talk(url: str, calls: list[Spoke]) -> None:
    """One call, until it is cut."""
    with suppress(ProviderError):
        async with connect(f"ws{url[4:]}ws") as client:
            spoke = Spoke(client.call)
            calls.append(spoke)
            began = trio.current_time()
            for at in range(0, len(RAMP), BLOCK):
                await trio.sleep_until(began + (at + BLOCK) / RATE)
                await client.send(RAMP[at : at + BLOCK])
                spoke.caller = (at + BLOCK) / RATE
                spoke.agent = client.player.position(round(trio.current_time() * 1e9)) / client.rate_out


async def killed(folder: Path, format: Format, calls: int, after: float) -> list[Spoke]:
    """So many calls, whose server is killed so many seconds behind their beginning."""
    spoken: list[Spoke] = []
    command = [sys.executable, __file__, "--serve", str(folder), "--as", format]
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        with trio.fail_after(WITHIN):
            url = (await process.stdout.receive_some(200)).decode().strip()
        async with trio.open_nursery() as nursery:
            for _ in range(calls):
                nursery.start_soon(talk, url, spoken)
            with trio.fail_after(WITHIN):
                while len(spoken) < calls:  # noqa: ASYNC110  a benchmark may look again
                    await trio.sleep(0.01)
            await trio.sleep(after)
            process.kill()
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        await process.wait()
    return spoken


def rows_of(sound: Path) -> NDArray[np.int16]:
    """What plays of a recording: of FLAC by pieces, since a file that was cut does not say its length."""
    if sound.suffix == ".wav":
        with wave.open(str(sound)) as wav:
            return np.frombuffer(wav.readframes(wav.getnframes()), np.int16).reshape(-1, 2)
    read: list[NDArray[np.int16]] = []
    with soundfile.SoundFile(sound) as file, suppress(soundfile.LibsndfileError):
        while len(piece := file.read(1000, dtype="int16", always_2d=True)):
            read.append(piece)
    return np.concatenate(read)


def lost(sound: Path, spoke: Spoke) -> float:
    """Seconds at the end of what was said that a recording does not have, of the side that lacks more.

    Raises:
        ValueError: something of it cannot be read, or is not what was said.
    """
    rows = rows_of(sound)
    caller, agent = rows[:, 0][rows[:, 0] != 0], rows[:, 1][rows[:, 1] != 0]
    steps = np.diff(caller.astype(np.int64)) % PERIOD
    wrong = np.flatnonzero((steps <= 0) | (steps >= RATE))
    if not len(caller) or len(wrong):
        places = f"{len(wrong)} places, the first {wrong[0] / RATE:.2f} s" if len(wrong) else "all"
        raise ValueError(f"what the caller said is not in its order: {places} of {len(caller) / RATE:.2f} s")
    if float(np.median(agent)) != AGENT:
        raise ValueError("what the agent said is something else")
    if not any(mark.name == "state" for mark in read_trace(sound.with_suffix(".jsonl"))):
        raise ValueError("its trace says nothing")
    sound.with_suffix(".txt").read_text(encoding="utf-8")
    said = int(caller[0]) + int(np.sum(steps))
    return max(spoke.caller - said / RATE, spoke.agent - len(agent) / RATE)


@attrs.define
class Found:
    """What was left of all calls."""

    most: float
    """Seconds that may be lost."""
    kills: int = 0
    missing: list[float] = attrs.Factory(list[float])

    @property
    def bad(self) -> int:
        return sum(seconds > self.most for seconds in self.missing)

    def look(self, folder: Path, spoken: list[Spoke], after: float) -> None:
        """Look at what one server left."""
        self.kills += 1
        for spoke in spoken:
            try:
                (sound,) = (each for each in folder.glob(f"*-{spoke.call}.*") if each.suffix in (".wav", ".flac"))
                self.missing.append(lost(sound, spoke))
            except (ValueError, EOFError, OSError, wave.Error, soundfile.LibsndfileError) as error:
                self.missing.append(float("inf"))
                print(f"a kill after {after:.2f} s: {type(error).__name__}: {error}")

    def __str__(self) -> str:
        worst, middle = max(self.missing), float(np.median(self.missing))
        found = f"{self.kills} kills, {len(self.missing)} recordings, {self.bad} bad"
        return f"{found}: at most {worst:.2f} s of each were lost, {middle:.2f} s in the median"

    @property
    def row(self) -> str:
        """As docs/serve.md has it."""
        head = "| kills | recordings | lost at the end, s: median | most | beyond the last second, or broken |"
        figures = f"{np.median(self.missing):.2f} | {max(self.missing):.2f} | {self.bad}"
        return f"{head}\n|---|---|---|---|---|\n| {self.kills} | {len(self.missing)} | {figures} |"


async def main(kills: int, format: Format, calls: int, most: float) -> int:
    """Kill so many servers, and print what was lost. The status of the command."""
    found, turns = Found(most), trio.Semaphore(2)

    async def kill() -> None:
        after = random.uniform(1.5, 4.0)
        async with turns:
            with TemporaryDirectory() as temporary:
                found.look(Path(temporary), await killed(Path(temporary), format, calls, after), after)
        if found.kills % 10 == 0:
            print(found, flush=True)

    async with trio.open_nursery() as nursery:
        for _ in range(kills):
            nursery.start_soon(kill)
    print(found)
    print(f"\n{found.row}")
    return 1 if found.bad or not found.missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--calls", type=int, default=4, help="in each server")
    parser.add_argument("--most", type=float, default=1.0, metavar="SECONDS", help="what may be lost")
    parser.add_argument("--as", choices=("wav", "flac"), default="wav", dest="format")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        trio.run(serve, given.serve, given.format)
    else:
        sys.exit(trio.run(main, given.kills, given.format, given.calls, given.most))
