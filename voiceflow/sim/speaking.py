"""The parts that answer: a model and a voice, with their delays and their faults."""

from __future__ import annotations

from random import Random

import attrs
import numpy as np
import trio

from voiceflow.frames import Phrase, Prompt, Samples, Spoken, Text, WordStart
from voiceflow.machines.ledger import PACE
from voiceflow.machines.takeover import broken_off
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports
from voiceflow.sim.codes import CELL, NOISE, RATE, Book, encode
from voiceflow.sim.errands import called
from voiceflow.sim.faults import Faults, latency
from voiceflow.sim.script import Fault

_TEXT = (
    "the a of to and in that it is was for on you with as have at be this from or one had by but what some we can out "
    "other were all there when up use your how said each she which their time if will way about many then them "
    "write would like so these her long make thing see him two has look more day could go come did number sound no most"
)
WORDS = tuple(_TEXT.split())
_GARBAGE = (
    "**",
    "\x00",
    "<think>",
    "</think>",
    "\u202e",
    "[1](http://x.y/z) ",
    "\n\n\n",
    "```",
    "🙂 ",
    "a" * 300 + " ",
)


def _missing(median: int, fault: Fault | None) -> int:
    """The median with a slow provider."""
    return median * 8 if fault is not None and fault.kind == "slow" else median


@attrs.define(eq=False)
class Model(Node):
    """Writes one to four sentences about nothing, in pieces. A job is a prompt.

    Models of one seed write the same to the same prompt, and one that is told what was written goes on from there.
    """

    seed: int = 0
    faults: Faults | None = None
    first: int = 250
    token: int = 20
    calls: int = 0
    """In how many percent of its replies it calls tools."""
    ids: str = "a"
    """What the ids of its calls begin with: those of another model are others."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    _prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)
    """In their order: a prompt that comes again, after a failure, is the same job."""

    @property
    def name(self) -> str:
        return "llm"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            if self.faults is not None:
                self.faults.connect("llm")
            job, said = self._job(prompt), broken_off(prompt)
            random = Random(f"{self.seed} llm {len(prompt.items) - 2 * bool(said)}")
            await self._write(ports, random, self._fault(job), said)
            await ports.call_tools(prompt, called(Random(f"{self.seed} calls {job}"), f"{self.ids}{job}", self.calls))

    def _job(self, prompt: Prompt) -> int:
        for job, each in enumerate(self._prompts):
            if each is prompt:
                return job
        self._prompts.append(prompt)
        return len(self._prompts) - 1

    def _fault(self, job: int) -> Fault | None:
        return self.faults.of("llm", job) if self.faults is not None else None

    async def _write(self, ports: Ports, random: Random, fault: Fault | None, said: str) -> None:
        pieces = [] if fault is not None and fault.kind == "empty" else rest(reply(random), said)
        breaks = len(pieces) * fault.at // 100 if fault is not None else -1
        await trio.sleep(latency(random, _missing(self.first, fault)) / 1e9)
        for number, piece in enumerate(pieces):
            if number == breaks:
                await self._break(ports, random, fault)
            await ports[self.text].send(Text(piece))
            ports.mark("sim.wrote")
            await trio.sleep(latency(random, _missing(self.token, fault)) / 1e9)
        if breaks >= len(pieces):
            await self._break(ports, random, fault)

    async def _break(self, ports: Ports, random: Random, fault: Fault | None) -> None:
        if fault is None or self.faults is None:
            return
        self.faults.fail(fault)
        if fault.kind == "stall":
            await trio.sleep(fault.ms / 1000)
        elif fault.kind == "garbage":
            for _ in range(5):
                await ports[self.text].send(Text(random.choice(_GARBAGE)))


def reply(random: Random) -> list[str]:
    """The pieces of what a model writes."""
    pieces: list[str] = []
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        words = random.choices(WORDS, k=random.randint(1, 12))
        words[0] = words[0].capitalize()
        pieces += [f"{word} " for word in words[:-1]] + [words[-1], random.choice((". ", ". ", "? ", "! "))]
    return pieces


def rest(pieces: list[str], said: str) -> list[str]:
    """What is left of a reply of which this was said; all of it, where that is something else."""
    said, begun = "".join(said.split()), ""
    for place, piece in enumerate(pieces):
        if begun == said:
            return pieces[place:]
        begun += piece.strip()
    return [] if begun == said else pieces


@attrs.define(eq=False)
class Voice(Node):
    """Says each word of a phrase in sound that can be read again (`codes`). A job is a phrase.

    With `timed` it tells where its words begin; without, it speaks its characters at an even pace.
    """

    book: Book
    seed: int = 0
    faults: Faults | None = None
    timed: bool = True
    first: int = 150

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)

    lifetime = "turn"

    _jobs: dict[tuple[int, int], tuple[int, Phrase]] = attrs.field(
        factory=dict[tuple[int, int], tuple[int, Phrase]], init=False
    )
    """By turn and phrase, which is kept here so that no other one has its place in memory."""

    @property
    def name(self) -> str:
        return "tts"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            if self.faults is not None:
                self.faults.connect("tts")
            turn = ports.turn or 0
            job, _ = self._jobs.setdefault((turn, id(phrase)), (len(self._jobs), phrase))
            fault = self.faults.of("tts", job) if self.faults is not None else None
            await self._say(ports, phrase, turn, Random(f"{self.seed} tts {job}"), fault)

    async def _say(self, ports: Ports, phrase: Phrase, turn: int, random: Random, fault: Fault | None) -> None:
        samples, starts = self._sound(phrase, turn)
        size = random.randint(100, 200) * CELL
        chunks = [(at, samples[at : at + size]) for at in range(0, len(samples), size)] or [(0, samples)]
        breaks = len(chunks) * fault.at // 100 if fault is not None else -1
        if fault is not None and fault.kind == "garbage":
            breaks = min(breaks, len(chunks) - 1)  # nothing follows the last chunk
        await trio.sleep(latency(random, _missing(self.first, fault)) / 1e9)
        for number, (at, chunk) in enumerate(chunks):
            if number == breaks:
                await self._break(ports, phrase, fault)
            words = tuple(start for start in starts if at <= start.sample < at + size)
            last = number == len(chunks) - 1
            await ports[self.spoken].send(Spoken(chunk, RATE, phrase, last, words))
            ports.mark("sim.said")
            # From four times as fast as it sounds to somewhat slower than that.
            await trio.sleep(len(chunk) / RATE * (1.2 if fault is not None and fault.kind == "slow" else 0.25))
        if breaks >= len(chunks):
            await self._break(ports, phrase, fault)

    def _sound(self, phrase: Phrase, turn: int) -> tuple[Samples, list[WordStart]]:
        """The sound of a phrase, and where its words begin in it."""
        place, stretches, starts = 0, list[Samples](), list[WordStart]()
        whole, said = self.book.whole(turn, phrase)
        for word in phrase.text.split():
            begin = phrase.text.index(word, place)
            place = begin + len(word)
            ms = self._lasts(phrase.text, begin, place, word)
            if self.timed:
                starts.append(WordStart(begin, place, sum(map(len, stretches))))
            code = self.book.code((turn, id(whole), said + begin), turn, word, ms)
            stretches.append(encode(code, ms))
        sound = np.concatenate(stretches) if stretches else np.zeros(0, np.int16)
        return sound, starts

    def _lasts(self, text: str, begin: int, end: int, word: str) -> int:
        if self.timed:
            return 120 + 40 * len(word)
        after = end + 1 if end + 1 < len(text) else len(text)
        before = begin if text[:begin].strip() else 0
        return after * 1000 // PACE - before * 1000 // PACE

    async def _break(self, ports: Ports, phrase: Phrase, fault: Fault | None) -> None:
        if fault is None or self.faults is None:
            return
        self.faults.fail(fault)
        if fault.kind == "stall":
            await trio.sleep(fault.ms / 1000)
        elif fault.kind == "garbage":
            await ports[self.spoken].send(Spoken(encode(NOISE, 100), RATE, phrase))
            await ports[self.spoken].send(Spoken(encode(NOISE, 0), RATE, phrase))
