"""A call in virtual time through every kind of stage, whose parts take stated times: what a swap must not change."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio
from world import RATE, Model, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    GraphError,
    In,
    Node,
    Out,
    Ports,
    Prediction,
    Samples,
    Services,
    Session,
    Speaker,
    StageNode,
    Trace,
    Transcript,
    TurnTaking,
)
from voiceflow.filtering import Filter, Filtering
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.utterances import Begin, End, Lull, Resumed, Utterances
from voiceflow.machines.utterances import Voice as Heard
from voiceflow.nodes.energy import Energy

WORDS = ("hello", "there", "stop", "it", "please", "thanks")
LEVELS = {word: 2000 + 1000 * n for n, word in enumerate(WORDS)}
"""A word is 0.2 s of a constant level, which is how it is told from others."""


def said(clips: Sequence[tuple[float, str]], seconds: float) -> Samples:
    """The samples of a caller who begins to say these words at these times, in seconds."""
    samples = np.zeros(round(seconds * RATE), np.int16)
    for start, text in clips:
        at = round(start * RATE)
        for word in text.split():
            # A square wave: a detector takes the mean out, for an offset is no sound.
            wave = np.where(np.arange(RATE // 5) // 8 % 2, LEVELS[word], -LEVELS[word])
            samples[at : at + RATE // 5] = wave
            at += RATE // 5
    return samples


@attrs.define(eq=False, slots=False)
class Opens(Node):
    """What takes a while to open, and counts how often it is open."""

    opens: float = attrs.field(default=0.0, kw_only=True)
    broken: Exception | None = attrs.field(default=None, kw_only=True)
    opened: int = attrs.field(default=0, init=False)
    closed: int = attrs.field(default=0, init=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        await trio.sleep(self.opens)
        if self.broken is not None:
            raise self.broken
        self.opened += 1
        try:
            yield
        finally:
            self.closed += 1


@attrs.define(eq=False)
class Caller(Node):
    """Says hello, waits for an answer, and cuts it short; in blocks of 20 ms, in real time."""

    clips: Sequence[tuple[float, str]] = ((0.3, "hello there"), (2.7, "stop it please"))
    seconds: float = 5.0

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        samples = said(self.clips, self.seconds)
        for at in range(0, len(samples), 320):
            await ports.sleep_until((at + 320) * 10**9 // RATE)
            await ports[self.audio].send(Audio(samples[at : at + 320], RATE, at))


def _delay(samples: int) -> Filter:
    held = np.zeros(samples, np.int16)

    def push(window: Samples) -> Samples:
        nonlocal held
        together = np.concatenate([held, window])
        held = together[len(window) :]
        return together[: len(window)]

    return push


@attrs.define(eq=False)
class Denoise(Opens, StageNode):
    """Takes no noise out, and may be as late with it as a filter that does."""

    size: int = 320
    delay: int = 0

    noisy = In(Audio)
    clean = Out(Audio)

    def stage(self) -> Filtering:
        return Filtering(lambda: _delay(self.delay), rate=RATE, size=self.size, delay=self.delay)


@attrs.define(eq=False, kw_only=True)
class Vad(Opens, Energy):
    """Loud or quiet, by a threshold alone. It is sure at once: half a beginning is what a swap makes later."""

    margin: float = 0.0
    min_speech: float = 0.0


@attrs.define(eq=False)
class Recogniser(Opens):
    """Knows words by their level. Writes what it has heard at every block, a final `late` s after the words ended."""

    late: float = 0.1

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        cutting = Utterances(RATE, "vad")
        samples, start = np.zeros(0, np.int16), 0
        inbox, out = ports[self.audio], ports[self.transcripts]
        async for block in inbox.taking():
            for part in cutting.push(block):
                match part:
                    case Begin():
                        start = part.start
                    case Heard():
                        samples = np.concatenate([samples, part.samples])
                        await out.send(Transcript(_words(samples), "interim", RATE, start))
                    case Lull() | Resumed():
                        pass
                    case End():
                        await ports.sleep_until(block.end * 10**9 // RATE + round(self.late * 1e9))
                        await out.send(Transcript(_words(samples), "final", RATE, start, part.end))
                        samples = np.zeros(0, np.int16)
            if not cutting.open:
                inbox.commit(cutting.held)


def _words(samples: Samples) -> str:
    """The words that are there from their beginning to their end, nearly."""
    return " ".join(word for word in WORDS if np.count_nonzero(np.abs(samples) == LEVELS[word]) > 0.18 * RATE)


@attrs.define(eq=False)
class Judge(Opens):
    """Takes 50 ms to find every end of speech the end of a turn."""

    audio = In(Audio)
    predictions = Out(Prediction)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            if block.speech is not None and not block.speech.active:
                await trio.sleep(0.05)
                await ports[self.predictions].send(Prediction(0.9, block.speech.pts, RATE))


@attrs.define(eq=False)
class Writer(Opens, Model):
    """The model."""


@attrs.define(eq=False)
class Talker(Opens, Voice):
    """The voice."""


STAGES = {"denoise": Denoise, "vad": Vad, "recogniser": Recogniser, "judge": Judge, "writer": Writer, "talker": Talker}


@attrs.define(eq=False)
class Call:
    """The nodes of one call, and what came of it."""

    graph: Graph = attrs.field(factory=Graph, init=False)
    nodes: dict[str, Node] = attrs.field(factory=lambda: {name: make() for name, make in STAGES.items()}, init=False)
    played: list[Audio] = attrs.field(factory=list[Audio], init=False)
    cleaned: list[Audio] = attrs.field(factory=list[Audio], init=False)
    history: list[tuple[str, str, bool]] = attrs.field(factory=list[tuple[str, str, bool]], init=False)
    marks: list[tuple[int, str, dict[str, object]]] = attrs.field(
        factory=list[tuple[int, str, dict[str, object]]], init=False
    )

    late: list[Node] = attrs.field(factory=list[Node], init=False)
    """Those that were opened when another already stood in their place."""

    def __attrs_post_init__(self) -> None:
        nodes, speaker = self.nodes, Speaker()
        caller, turns = Caller(), TurnTaking()
        denoise, vad, stt, judge = (nodes[name] for name in ("denoise", "vad", "recogniser", "judge"))
        assert isinstance(vad, Vad)
        assert isinstance(denoise, Denoise)
        for name, node in nodes.items():
            self.graph.add(node, name)
        self.graph.connect(caller, denoise).connect(denoise, vad.input).connect(vad.audio, stt).connect(
            vad.audio, judge
        )
        self.graph.connect(vad.speech, turns).connect(stt, turns).connect(judge, turns)
        chunker = Chunker(PhraseSettings(idle_after=10**9))
        self.graph.connect(turns, nodes["writer"], chunker, nodes["talker"], speaker)
        self.graph.tap(speaker.audio, self.played.append).tap(denoise.clean, self.cleaned.append)

    async def __call__(self, *swaps: tuple[float, str, Node]) -> Call:
        """Hold the call, and swap in these nodes at these times."""
        trace = Trace([lambda mark: self.marks.append((mark.t, mark.name, dict(mark.values)))])
        async with Session(self.graph, trace=trace) as session, trio.open_nursery() as nursery:
            for at, name, node in swaps:
                nursery.start_soon(self._swap, session, at, name, node)
            await session.finished()
        self.history = [(m.role, m.text, m.interrupted) for m in session.history]
        return self

    async def _swap(self, session: Session, at: float, name: str, node: Node) -> None:
        await trio.sleep(at)
        try:
            await session.swap(session.graph.nodes[name], node)
        except GraphError:
            self.late.append(node)  # another was faster

    @property
    def heard(self) -> Samples:
        """What the agent was heard to say, from the beginning of the call."""
        return placed(self.played)

    def speech(self) -> Iterator[tuple[bool, bool]]:
        """Every verdict on speech that came to the turn-taking."""
        for _, name, values in self.marks:
            if name == "speech":
                yield bool(values["active"]), bool(values["voiced"])


def placed(blocks: list[Audio]) -> Samples:
    """Blocks of a stream, each in its place."""
    if not blocks:
        return np.zeros(0, np.int16)
    samples = np.zeros(max(block.end for block in blocks), np.int16)
    for block in blocks:
        samples[block.pts : block.end] = block.samples
    return samples
