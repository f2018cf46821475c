"""The checks of each kind of node: they pass what keeps the contract, and catch whatever breaks a rule."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterable

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Audio,
    Frame,
    In,
    Node,
    Out,
    Phrase,
    Ports,
    Prediction,
    Samples,
    Speech,
    Spoken,
    Text,
    Transcript,
)
from voiceflow.testing import (
    ContractBroken,
    InlineExecutor,
    check_detector,
    check_filter,
    check_llm,
    check_source,
    check_stt,
    check_tts,
    check_vad,
)

RATE = 16000
SPEECH: Samples = np.full(RATE, 6000, np.int16)
WORDS = "hello there"


async def slowly() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(9)


@attrs.define(eq=False)
class Source(Node):
    """Ten blocks; `change` makes of them what a broken one would give."""

    change: Callable[[list[Audio]], Iterable[Frame]] = list
    cleanup: bool = False

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        try:
            for frame in self.change([Audio(np.zeros(320, np.int16), RATE, n * 320) for n in range(10)]):
                await trio.sleep(0.02)
                await ports[self.audio].send(frame)  # type: ignore[arg-type]
        finally:
            if self.cleanup:
                await slowly()


Change = Callable[[int, Audio], Iterable[Audio]]


@attrs.define(eq=False)
class Mike(Node):
    """Never ends, and loses a block now and then, which it says; a broken one says nothing, or ends."""

    says: bool = True
    blocks: int | None = None

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for n in itertools.count():
            if n == self.blocks:
                return
            await trio.sleep(0.02)
            if n % 10 != 9:
                gap = 320 * (self.says and n > 0 and n % 10 == 0)
                await ports[self.audio].send(Audio(np.zeros(320, np.int16), RATE, n * 320, gap=gap))


@attrs.define(eq=False)
class Filter(Node):
    """Passes audio on as `change` says, by the number of the block; `extra` comes at the end."""

    change: Change = lambda n, block: [block]
    extra: Iterable[Audio] = ()

    raw = In(Audio)
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        n = 0
        async for block in ports[self.raw]:
            for each in self.change(n, block):
                await ports[self.audio].send(each)
            n += 1
        for each in self.extra:
            await ports[self.audio].send(each)


@attrs.define(eq=False)
class Vad(Node):
    """Hears what is louder than 5000 at once; `change` makes of a verdict what a broken one would give."""

    change: Callable[[Speech], Iterable[Speech]] = lambda speech: [speech]
    in_band: bool = True
    louder: int = 0
    deaf: bool = False
    over: int = 5000

    raw = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    async def run(self, ports: Ports) -> None:
        active = False
        async for block in ports[self.raw]:
            verdict: Speech | None = None
            loud = int(block.samples.max(initial=0)) > self.over and not self.deaf
            if loud != active:
                active = loud
                verdict = Speech(active, block.pts, block.end, block.rate)
            samples = (block.samples + np.sign(block.samples) * self.louder).astype(np.int16)
            await ports[self.audio].send(attrs.evolve(block, samples=samples, speech=verdict if self.in_band else None))
            for each in self.change(verdict) if verdict else ():
                await ports[self.speech].send(each)


def evolve(**changes: object) -> Callable[[Speech], Iterable[Speech]]:
    return lambda speech: [attrs.evolve(speech, **changes)]  # type: ignore[arg-type]


@attrs.define(eq=False)
class Recogniser(Node):
    """Hears two words where speech ends; `change` makes of its final what a broken one would give."""

    change: Callable[[Transcript], Iterable[Transcript]] = lambda transcript: [transcript]
    always: bool = False

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        n = 0
        async for block in ports[self.audio]:
            n += 1
            if (block.speech and not block.speech.active) or (self.always and n == 1):
                for each in self.change(Transcript(WORDS, "final", block.rate, 0, block.end)):
                    await ports[self.transcripts].send(each)
        if self.always and not n:
            await ports[self.transcripts].send(Transcript(WORDS, "final", RATE))


@attrs.define(eq=False)
class Detector(Node):
    """Is sure of itself at every end of speech."""

    probability: float | None = 0.9
    always: bool = False

    audio = In(Audio)
    predictions = Out(Prediction)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            if block.speech and not block.speech.active and self.probability is not None:
                await ports[self.predictions].send(Prediction(self.probability, block.end, block.rate))
        if self.always:
            await ports[self.predictions].send(Prediction(0.5, 0, RATE))


class Shared:
    """What a careless node keeps for all of its kind."""

    broken = False


@attrs.define(eq=False)
class Hanging(Model):
    """Does not answer any more once a reply of another was cancelled."""

    shared: Shared = attrs.Factory(Shared)

    async def run(self, ports: Ports) -> None:
        if self.shared.broken:
            return
        try:
            await super().run(ports)
        except trio.Cancelled:
            self.shared.broken = True
            raise


class Talkative(Model):
    async def run(self, ports: Ports) -> None:
        await ports[self.text].send(Text("I was not asked."))


class Stubborn(Model):
    async def run(self, ports: Ports) -> None:
        try:
            await super().run(ports)
        finally:
            await slowly()


class Endless(Model):
    async def run(self, ports: Ports) -> None:
        await super().run(ports)
        await trio.sleep_forever()


@attrs.define(eq=False)
class Speaks(Voice):
    """Says each phrase at the pace of its letters; `change` makes of the chunks what a broken one would give."""

    change: Callable[[list[Spoken]], Iterable[Spoken]] = list
    cleanup: bool = False
    unasked: bool = False

    async def run(self, ports: Ports) -> None:
        if self.unasked:
            await ports[self.spoken].send(Spoken(np.zeros(9, np.int16), RATE, Phrase("a")))
        try:
            async for phrase in ports[self.phrases]:
                total = len(phrase.text) * 1000
                sizes = [min(3200, total - at) for at in range(0, total, 3200)] or [0]
                chunks = [
                    Spoken(np.full(size, 3000, np.int16), RATE, phrase, last=n + 1 == len(sizes))
                    for n, size in enumerate(sizes)
                ]
                for chunk in self.change(chunks):
                    await ports[self.spoken].send(chunk)
        finally:
            if self.cleanup:
                await slowly()


class Hoards(Speaks):
    """Takes every phrase that there is, and keeps what it has made of them until somebody wants it."""

    async def run(self, ports: Ports) -> None:
        made: list[Spoken] = []
        async for phrase in ports[self.phrases]:
            samples = np.full(3200 * bool(phrase.text), 3000, np.int16)
            made += [Spoken(samples, RATE, phrase, last=last) for last in (False, True)]
            if len(made) == 2:
                await ports[self.spoken].send(made.pop(0))
        for chunk in made:
            await ports[self.spoken].send(chunk)


class Toils(Speaks):
    """Works on as long as it speaks, whoever listens."""

    async def run(self, ports: Ports) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._work, ports)
            await super().run(ports)
            nursery.cancel_scope.cancel(reason="all is said")

    async def _work(self, ports: Ports) -> None:
        while True:
            await ports.compute(len, "a", model="voice")
            await trio.sleep(0.1)


class Forgets(Speaks):
    """Says one chunk of what it is given, and takes the rest for said."""

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            long = phrase.text.startswith("This is phrase")
            samples = np.full(160 if long else 3200 * bool(phrase.text), 3000, np.int16)
            await ports[self.spoken].send(Spoken(samples, RATE, phrase, last=True))


def whole(chunks: list[Spoken]) -> Iterable[Spoken]:
    return [Spoken(np.concatenate([c.samples for c in chunks]), RATE, chunks[0].phrase, last=True)]


def louder(factor: float) -> Callable[[list[Spoken]], Iterable[Spoken]]:
    return lambda chunks: [attrs.evolve(c, samples=(c.samples * factor).astype(np.int16)) for c in chunks]


def stt(**settings: object) -> Callable[[], Node]:
    return lambda: Recogniser(**settings)  # type: ignore[arg-type]


def nothing(final: Transcript) -> list[Transcript]:
    return []


def interim_again(final: Transcript) -> list[Transcript]:
    return [final, attrs.evolve(final, stage="interim")]


def far_away(final: Transcript) -> list[Transcript]:
    return [attrs.evolve(final, end=10**9)]


Check = Callable[[Callable[[], Node]], Awaitable[None]]


async def llm_check(make: Callable[[], Node]) -> None:
    await check_llm(make)


async def source_check(make: Callable[[], Node]) -> None:
    await check_source(make)


async def mike_check(make: Callable[[], Node]) -> None:
    await check_source(make, seconds=1.0)


async def filter_check(make: Callable[[], Node]) -> None:
    await check_filter(make)


async def tts_check(make: Callable[[], Node]) -> None:
    await check_tts(make, executor=InlineExecutor())


async def vad_check(make: Callable[[], Node]) -> None:
    await check_vad(make, speech=SPEECH)


async def stt_check(make: Callable[[], Node]) -> None:
    await check_stt(make, speech=SPEECH)


async def detector_check(make: Callable[[], Node]) -> None:
    await check_detector(make, speech=SPEECH)


KEEP: list[tuple[Check, Callable[[], Node]]] = [
    (source_check, lambda: Source()),
    (mike_check, lambda: Mike()),
    (filter_check, lambda: Filter()),
    (vad_check, lambda: Vad()),
    (stt_check, lambda: Recogniser()),
    (detector_check, lambda: Detector()),
    (llm_check, lambda: Model()),
    (tts_check, lambda: Speaks()),
]

BREAK: list[tuple[Check, Callable[[], Node], str]] = [
    (source_check, lambda: Source(lambda all: [*all[:3], *all[4:]]), "positions run on"),
    (source_check, lambda: Source(lambda all: []), "gives some audio"),
    (source_check, lambda: Source(lambda all: [Text("a")]), "gives Audio"),
    (source_check, lambda: Source(cleanup=True), "ends within 5 s"),
    (mike_check, lambda: Mike(says=False), "positions run on"),
    (mike_check, lambda: Mike(blocks=9), "gives 1 s of audio within 60 s"),
    (filter_check, lambda: Filter(extra=[Audio(np.zeros(1, np.int16), RATE)]), "gives nothing for nothing"),
    (filter_check, lambda: Filter(lambda n, b: [attrs.evolve(b, pts=b.pts + 5)]), "begins at sample 0"),
    (filter_check, lambda: Filter(lambda n, b: [b] if n != 2 else []), "positions run on"),
    (filter_check, lambda: Filter(lambda n, b: [b] if b.end < RATE else []), "gives as much as it was given"),
    (filter_check, lambda: Filter(lambda n, b: []), "begins at sample 0"),
    (
        filter_check,
        lambda: Filter(lambda n, b: [attrs.evolve(b, samples=(b.samples + 9).astype(np.int16))]),
        "leaves silence silent",
    ),
    (vad_check, lambda: Vad(over=-1), "finds no speech in silence"),
    (vad_check, lambda: Vad(louder=1), "passes audio on untouched"),
    (vad_check, lambda: Vad(deaf=True), "finds the speech"),
    (vad_check, lambda: Vad(lambda s: [s] if s.active else []), "starts and ends alternate"),
    (vad_check, lambda: Vad(evolve(known=-1)), "knows of nothing before it happened"),
    (vad_check, lambda: Vad(evolve(pts=0)), "the edges lie at the speech"),
    (vad_check, lambda: Vad(in_band=False), "tells the same in band"),
    (stt_check, stt(always=True), "hears nothing in nothing"),
    (stt_check, stt(change=nothing), "hears words in speech"),
    (stt_check, stt(change=interim_again), "ends an utterance with a final"),
    (stt_check, stt(change=far_away), "places words inside the audio"),
    (detector_check, lambda: Detector(always=True), "predicts nothing of nothing"),
    (detector_check, lambda: Detector(None), "predicts something when speech has ended"),
    (detector_check, lambda: Detector(1.5), "gives probabilities"),
    (llm_check, Talkative, "writes nothing without a prompt"),
    (llm_check, lambda: Model(["  "]), "writes a reply"),
    (llm_check, Stubborn, "ends within 5 s"),
    (llm_check, Endless, "no prompt: ends within 60 s"),
    (tts_check, lambda: Speaks(unasked=True), "says nothing unasked"),
    (tts_check, lambda: Speaks(change=lambda chunks: chunks[:-1]), "ends each phrase once, in order"),
    (tts_check, lambda: Speaks(change=louder(0)), "can be heard"),
    (tts_check, lambda: Speaks(change=whole), "gives chunks of at most half a second"),
    (
        tts_check,
        lambda: Speaks(change=lambda chunks: [attrs.evolve(chunks[-1], samples=np.zeros(0, np.int16))]),
        "gives sound for words and none for nothing",
    ),
    (
        tts_check,
        lambda: Speaks(change=lambda chunks: chunks if chunks[0].phrase.text.isascii() else []),
        "says any text to its end",
    ),
    (tts_check, lambda: Speaks(cleanup=True), "ends within 5 s"),
    (tts_check, Hoards, "takes at most 2 phrases while nobody takes its audio"),
    (tts_check, Toils, "does no work 2 s after nobody takes its audio"),
    (tts_check, Forgets, "does not end while nobody takes its audio"),
]


@pytest.mark.parametrize(("check", "make"), KEEP, ids=lambda each: getattr(each, "__name__", ""))
async def test_what_keeps_its_contract_passes(
    autojump_clock: MockClock, check: Callable[..., Awaitable[None]], make: Callable[[], Node]
) -> None:
    """One of each kind."""
    await check(make)


@pytest.mark.parametrize(("check", "make", "rule"), BREAK, ids=[rule.replace(" ", "-") for _, _, rule in BREAK])
async def test_what_breaks_a_rule_is_caught(
    autojump_clock: MockClock, check: Callable[..., Awaitable[None]], make: Callable[[], Node], rule: str
) -> None:
    """By that rule's name."""
    with pytest.raises(ContractBroken, match=rule):
        await check(make)


async def test_what_one_leaves_broken_for_the_next_is_caught(autojump_clock: MockClock) -> None:
    """State that is shared by all nodes of a kind, and does not outlive a cancellation."""
    shared = Shared()
    with pytest.raises(ContractBroken, match="answers after another reply was cancelled"):
        await check_llm(lambda: Hanging(shared=shared))
