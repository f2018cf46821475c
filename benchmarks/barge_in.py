"""How many interruptions are honoured, in what time, and what else cuts the agent off.

    python benchmarks/barge_in.py [--stt pocketsphinx|whisper] [--seed 1] [--calls 20] [--markdown FILE] [--list]

Labelled calls (`barge_in_calls`) are heard by the first stages of the embedded cascade (denoiser, Silero, recogniser)
and by the detector of barge-ins.
The clock is virtual: what a model computes takes as long as it took of a processor, so that words come as late as they
would with a core for each model. What was heard is then told to a session that speaks, at the same instants, once for
each setting of the turn-taking: all of them go by the same verdicts and words.

An interruption is honoured when it cuts the agent off, from its first sample to 1.5 s after its last; the agent is
silent from then on, or from when it was held, if it was not let go in between. Anything else that cuts it off is a
false cut.

Needs `voiceflow[embedded]`, Flite, and the recordings of `shared/data/speech` beside the repository; with
`--stt whisper` also `voiceflow[whisper]` and `voiceflow models fetch whisper-base`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import attrs
import numpy as np
import trio
from barge_in_calls import Call, calls
from barge_in_outcome import HEADER, SECOND, Outcome, between, outcome, row
from barge_in_voices import RATE
from trio.testing import MockClock

from voiceflow import (
    Audio,
    Chunker,
    Frame,
    Graph,
    In,
    Interjection,
    Interruption,
    Node,
    Out,
    Phrase,
    Ports,
    Prompt,
    Session,
    Speaker,
    Speculation,
    Speech,
    Spoken,
    Text,
    Trace,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.barge_in import BargeInDetector
from voiceflow.bench.counted import CountedExecutor
from voiceflow.bench.tables import Section, to_markdown
from voiceflow.nodes.faster_whisper import FasterWhisper
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.webrtc_ns import WebRtcDenoise
from voiceflow.trace import Mark


@attrs.frozen
class Way:
    """A way to decide: the settings, and whether the detector is listened to."""

    settings: Interruption
    detector: bool = False


WAYS: dict[str, Way] = {
    "speech of 0.5 s": Way(Interruption(mode="vad", on_hint="nothing")),
    "default": Way(Interruption()),
    "detector": Way(Interruption(min_duration=0.8), True),
    "detector, hold": Way(Interruption(min_duration=0.8, on_hint="hold", resume=False), True),
}
STTS = ("pocketsphinx", "whisper")


# Hearing the call


@attrs.define(eq=False)
class Line(Node):
    """The caller's 20 ms blocks, at the instants at which they would come."""

    call: Call
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for at in range(0, len(self.call.samples), RATE // 50):
            block = self.call.samples[at : at + RATE // 50]
            await ports.sleep_until((at + len(block)) * SECOND // RATE)
            await ports[self.audio].send(Audio(block, RATE, at))


@attrs.define(eq=False)
class Keep(Node):
    """Keeps verdicts, words and judgements, with the instants at which they came."""

    speech = In(Speech)
    transcripts = In(Transcript)
    interjections = In(Interjection)
    heard: list[tuple[int, Frame]] = attrs.field(factory=list[tuple[int, Frame]], init=False)

    async def run(self, ports: Ports) -> None:
        async for _, frame in ports.merged(self.speech, self.transcripts, self.interjections):
            self.heard.append((ports.now(), frame))


async def hear(call: Call, stt: Node, keep: Keep) -> None:
    """The whole call, by real models."""
    line, denoise, vad, detector = Line(call), WebRtcDenoise(), Silero(), BargeInDetector()
    graph = Graph().connect(line.audio, denoise).connect(denoise, vad).connect(vad.audio, stt)
    graph.connect(vad.audio, detector.audio).connect(vad.speech, detector.speech)
    graph.connect(vad.speech, keep.speech).connect(stt, keep.transcripts).connect(detector, keep.interjections)
    async with Session(graph, executor=CountedExecutor()) as session:
        await session.finished()


def recogniser(name: str) -> Node:
    """As the embedded cascade has it: a caller does not wait for a second pass."""
    return PocketSphinx(segmentation="vad", second_pass=0.0) if name == "pocketsphinx" else FasterWhisper(threads=1)


# Telling it to an agent that speaks


@attrs.define(eq=False)
class Again(Node):
    """Tells all that at the instants at which it came, and is there to the end of the call."""

    heard: Sequence[tuple[int, Frame]]
    end: int
    speech = Out(Speech)
    transcripts = Out(Transcript)
    interjections = Out(Interjection)

    async def run(self, ports: Ports) -> None:
        for at, frame in self.heard:
            await ports.sleep_until(at)
            if isinstance(frame, Speech):
                await ports[self.speech].send(frame)
            elif isinstance(frame, Transcript):
                await ports[self.transcripts].send(frame)
            elif isinstance(frame, Interjection):
                await ports[self.interjections].send(frame)
        await ports.sleep_until(self.end)


@attrs.define(eq=False)
class Writer(Node):
    """Answers with one sentence, half a second after it was asked."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            await trio.sleep(0.5)
            await ports[self.text].send(Text("And so on."))


@attrs.define(eq=False)
class Talker(Node):
    """Says it for a minute."""

    phrases = In(Phrase)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            for n in range(120):
                await ports[self.spoken].send(Spoken(np.zeros(RATE // 2, np.int16), RATE, phrase, last=n == 119))


async def answer(call: Call, heard: Sequence[tuple[int, Frame]], way: Way, marks: list[Mark]) -> None:
    """The call again, with an agent that always has something to say."""
    turns = TurnTaking(TurnSettings(interruption=way.settings, speculation=Speculation(mode="off")))
    user = Again(heard, len(call.samples) * SECOND // RATE)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    if way.detector:
        graph.connect(user.interjections, turns)
    graph.connect(turns, Writer(), Chunker(), Talker(), Speaker(block=0.5))
    async with Session(graph, trace=Trace([marks.append])) as session:
        began = trio.current_time()
        for event in call.events:
            await trio.sleep_until(began + event.start / RATE - 1.5)
            if session.agent == "listening":
                session.reply()
        await trio.sleep_until(began + len(call.samples) / RATE)


def measure(seed: int, count: int, stt: str) -> Iterator[tuple[Call, str, list[Outcome], int]]:
    """Every call by every setting."""
    for call in islice(calls(seed), count):
        keep = Keep()
        trio.run(hear, call, recogniser(stt), keep, clock=MockClock(autojump_threshold=0))
        for name, way in WAYS.items():
            marks: list[Mark] = []
            trio.run(answer, call, keep.heard, way, marks, clock=MockClock(autojump_threshold=0))
            yield call, name, [outcome(event, marks) for event in call.events], between(call, marks)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stt", choices=STTS, default="pocketsphinx")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--list", action="store_true", help="every event and what it came to")
    chosen = parser.parse_args(arguments)
    found: dict[str, list[Outcome]] = {name: [] for name in WAYS}
    others = dict.fromkeys(WAYS, 0)
    for call, name, results, more in measure(chosen.seed, chosen.calls, chosen.stt):
        found[name] += results
        others[name] += more
        cuts = sum(each.cut is not None for each in results)
        print(f"{call.voice}, {call.snr} dB, {name}: {cuts} cuts", file=sys.stderr)
        for each in results if chosen.list else ():
            print(f"  {each.event.kind} ({each.event.what}): silent {each.silent}, cut {each.cut}", file=sys.stderr)
    rows = [row(name, found[name], others[name]) for name in WAYS]
    silent = sum(not each.speaking for results in found.values() for each in results)
    count = len(next(iter(found.values())))
    note = f"{count} events in {chosen.calls} calls; the agent did not speak at {silent} of {count * len(WAYS)}"
    page = to_markdown([Section(f"Barge-in, {chosen.stt}", HEADER, rows, note)])
    print(page)
    if chosen.markdown is not None:
        chosen.markdown.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
