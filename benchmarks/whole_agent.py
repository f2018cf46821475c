"""Whole agents with the same real models and the same waits, in turns: ours, ours by default, and one of pipecat's.

    python -m venv /tmp/pipecat
    /tmp/pipecat/bin/pip install 'pipecat-ai[silero]==1.14.0' pocketsphinx webrtc-noise-gain espeakng-loader
    python benchmarks/whole_agent.py --pipecat /tmp/pipecat/bin/python      about 4 minutes a round
    python benchmarks/whole_agent.py                                        ours alone
    voiceflow bench benchmarks/whole_agent.py:tight --calls graphs/clips/script.json --fast     stage by stage

A caller says recordings and hears each answer out, in real time (`peers/whole_call.py`, the same for all): a response
is from the last voiced block of a recording to the first sound of the agent; an agent that is heard before is early.
The models are WebRTC's denoiser, Silero, PocketSphinx, Smart Turn, SmolLM2 and eSpeak NG. "Tight" is 0.2 s of silence
for the VAD, `min_wait` 0.2 s, and guesses (`speculation` llm); pipecat has the same silence, its own Silero and Smart
Turn. Its model is asked by HTTP on loopback, of a process of its own; ours is within.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import numpy as np
import trio

import voiceflow as vf
from voiceflow.graphs.cascade import build
from voiceflow.graphs.clips import script
from voiceflow.machines.turn_settings import Endpointing, Speculation, TurnSettings
from voiceflow.models import locate
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.soundfile import read_audio, write_audio

PEERS = Path(__file__).with_name("peers")
sys.path.insert(0, str(PEERS))
whole_call: Any = import_module("whole_call")

TIGHT, DEFAULT, PIPECAT = "voiceflow, tight", "voiceflow, by default", "pipecat, tight"
INSTRUCTIONS = "You are a helpful assistant on the telephone. Answer in two or three short, simple sentences."


@attrs.define(eq=False)
class Line(vf.Node):
    """The caller's sound."""

    talk: Any
    audio = vf.Out(vf.Audio)

    async def run(self, ports: vf.Ports) -> None:
        size, number = round(whole_call.RATE * whole_call.BLOCK), 0
        while not self.talk.over:
            await ports.sleep_until(round((number + 1) * whole_call.BLOCK * 1e9))
            await ports[self.audio].send(vf.Audio(self.talk.block(), whole_call.RATE, number * size))
            number += 1


@attrs.define(eq=False)
class Heard:
    """An output that plays nothing, and tells the caller what it would have played."""

    talk: Any
    rate: int = 22050
    lead: float = 0.0

    @asynccontextmanager
    async def open(self, services: vf.Services) -> AsyncGenerator[None, None]:
        yield

    async def write(self, samples: vf.Samples) -> None:
        self.talk.heard(samples)

    def drop(self, fade: float) -> None:
        pass


def tight(audio: vf.Outlet[vf.Audio], speaker: vf.Sink) -> vf.Graph:
    """Ours that waits as little as it may."""
    turns = vf.TurnTaking(
        TurnSettings(endpointing=Endpointing(min_wait=0.2), speculation=Speculation(mode="llm")),
    )
    return build(audio, vad=Silero(min_silence=0.2), tts=Espeak(), turns=turns, speaker=speaker)


def default(audio: vf.Outlet[vf.Audio], speaker: vf.Sink) -> vf.Graph:
    """Ours as it comes, with the same voice."""
    return build(audio, tts=Espeak(), speaker=speaker)


def agent(name: str, talk: Any) -> vf.Graph:
    line, speaker = Line(talk), vf.Speaker(output=Heard(talk))
    return {TIGHT: tight, DEFAULT: default}[name](line.audio, speaker)


async def act(name: str, talk: Any) -> None:
    """A call with one of ours, to its end."""
    async with vf.Session(agent(name, talk), instructions=INSTRUCTIONS) as session:
        await session.finished()


@contextmanager
def model_server() -> Generator[tuple[str, str], None, None]:
    """SmolLM2 as our node serves it, in a process of its own: its address and key."""
    command = [sys.executable, __file__, "--serve-model"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url, key = process.stdout.readline().split()
        try:
            yield url, key
        finally:
            process.stdin.close()


def serve_model() -> None:
    llamacpp: Any = import_module("voiceflow.nodes.llamacpp")
    served = llamacpp._serve(str(locate("smollm2-135m-instruct")), "", 2048, 1, 2)
    print(served.url, served.key, flush=True)
    sys.stdin.read()


def pipecat(python: str, clips: Sequence[Path]) -> list[Any]:
    with model_server() as (url, key):
        command = [python, str(PEERS / "pipecat_agent.py"), "--url", url, "--instructions", INSTRUCTIONS]
        command += ["--model", str(locate("pocketsphinx-en-us")), *map(str, clips)]
        ended = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | {"MODEL_KEY": key}, timeout=600, check=False
        )
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"pipecat's agent gave nothing: {(ended.stderr.strip().splitlines() or ['no word'])[-1]}")
    return list(json.loads(lines[-1])["answers"])


def ours(name: str, clips: Sequence[Path]) -> list[Any]:
    """In a process of its own, as pipecat's."""
    command = [sys.executable, __file__, "--act", name, "--clips", *map(str, clips)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return list(json.loads(ended.stdout.splitlines()[-1])["answers"])


def table(found: dict[str, list[Any]]) -> str:
    rows = ["| ms | answers | median | least | most | early | none |", "| --- " * 7 + "|"]
    medians: dict[str, float] = {}
    for name, answers in found.items():
        times = [answer["response"] * 1e3 for answer in answers if answer["response"] is not None]
        early = sum(answer["early"] for answer in answers)
        if times:
            medians[name] = statistics.median(times)
        shown = f"{medians[name]:.0f} | {min(times):.0f} | {max(times):.0f}" if times else "- | - | -"
        rows.append(f"| {name} | {len(times)} | {shown} | {early} | {len(answers) - len(times) - early} |")
    if TIGHT in medians and PIPECAT in medians:
        rows += ["", f"Ours to pipecat's, of the medians: {medians[TIGHT] / medians[PIPECAT]:.2f}"]
    return "\n".join(rows)


def recordings(paths: Sequence[Path], folder: Path) -> list[Path]:
    """As WAV files that both sides can read."""
    made: list[Path] = []
    for number, path in enumerate(paths):
        made.append(folder / f"{number}.wav")
        write_audio(made[-1], np.ascontiguousarray(read_audio(path)), whole_call.RATE)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipecat", metavar="PYTHON", help="the interpreter in whose environment pipecat is")
    parser.add_argument("--clips", type=Path, nargs="+", metavar="FILE", help="recordings (default: the demo's)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--act", help=argparse.SUPPRESS)
    parser.add_argument("--serve-model", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve_model:
        serve_model()
    elif args.act:
        talk = whole_call.Talk([whole_call.read(path) for path in args.clips])
        trio.run(act, args.act, talk)
        print(json.dumps({"answers": [asdict(answer) for answer in talk.answers]}))
    else:
        print(table(measured(args.pipecat, args.clips or [line.path for line in script()], args.rounds)))


def measured(python: str | None, paths: Sequence[Path], rounds: int) -> dict[str, list[Any]]:
    """The answers of each, in turns."""
    found: dict[str, list[Any]] = {}
    with TemporaryDirectory() as folder:
        clips = recordings(paths, Path(folder))
        for number in range(rounds):
            for name in (TIGHT, DEFAULT, *((PIPECAT,) if python else ())):
                print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
                answers = pipecat(python, clips) if python and name == PIPECAT else ours(name, clips)
                found.setdefault(name, []).extend(answers)
    return found


if __name__ == "__main__":
    main()
