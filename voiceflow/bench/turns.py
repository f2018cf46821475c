"""What turn-taking takes and costs: the end of a cancelled turn, what is made in vain, the response with guesses."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import attrs
import trio
from trio.testing import MockClock

from voiceflow._frozen import frozen
from voiceflow.bench import micro
from voiceflow.bench.calls import Bench
from voiceflow.bench.figures import Distribution, TurnFigures
from voiceflow.bench.process import made_with
from voiceflow.bench.readers import TurnReader
from voiceflow.bench.tables import Section, in_ms
from voiceflow.bench.turns_world import SCENARIOS, Scenario, Voice, Writer
from voiceflow.caller import Caller, Step
from voiceflow.frames import Samples
from voiceflow.graph import Graph
from voiceflow.machines.turn_settings import Speculation, SpeculationMode, TurnSettings
from voiceflow.session import Session
from voiceflow.speaker import Speaker
from voiceflow.text_stages import Chunker
from voiceflow.trace import Mark, Trace
from voiceflow.turn_taking import TurnTaking

INSTRUCTIONS = "Answer in one short sentence."
MODES: tuple[SpeculationMode, ...] = ("off", "llm", "llm+tts")
BESIDE = (1, 50)
"""Sessions that speak at the same time, of which one is cancelled."""
CANCELS = 240
SECONDS = 30
"""About how long all takes that needs no models."""
CUTS = tuple(0.5 + 0.17 * n for n in range(25))
"""Seconds after a reply was asked for at which it is interrupted, to see what was made in vain."""
_SPEAKING = 0.3  # seconds until every turn is heard
_PAUSE = 0.02
_BLOCKS = 10  # of 20 ms in a token: 0.2 s, as long as a syllable

Tell = Callable[[str], object]


@attrs.frozen
class Cancels:
    """Seconds from the cancel to the last task's end, ours and of bare Trio actors, wall and this thread's own."""

    sessions: int
    ours: Distribution
    bare: Distribution
    ours_cpu: Distribution
    bare_cpu: Distribution

    def row(self) -> tuple[str, ...]:
        cells = [in_ms(each) for of in (self.ours, self.bare) for each in (of.p50, of.p99)]
        assert self.ours.p99 is not None
        assert self.bare.p99 is not None
        ratio = f"{self.ours.p99 / self.bare.p99:.2f}"
        return (str(self.sessions), str(self.ours.n), *cells, ratio, in_ms(self.ours_cpu.p99), in_ms(self.bare_cpu.p99))


@attrs.frozen
class Waste:
    """What interruptions of one kind of reply wasted: seconds of sound and tokens that nobody heard."""

    where: str
    audio: Distribution
    tokens: Distribution
    after: Distribution
    """Seconds of sound made after the cut."""

    def row(self) -> tuple[str, ...]:
        audio = [in_ms(each) for each in (self.audio.p50, self.audio.max, self.after.max)]
        tokens = ["-" if each is None else f"{each:.0f}" for each in (self.tokens.p50, self.tokens.max)]
        return (self.where, str(self.audio.n), *audio, *tokens)


@attrs.frozen
class Response:
    """Seconds from the end of the user's speech to the agent's first sample, by the mode of speculation.

    `abandoned` is what guesses made that were wrong: (how many, tokens, seconds of sound) by mode.
    """

    where: str
    seconds: dict[SpeculationMode, Distribution]
    abandoned: dict[SpeculationMode, tuple[int, int, float]]

    def row(self) -> tuple[str, ...]:
        counts = "/".join(str(self.seconds[mode].n) for mode in self.seconds)
        lost = "; ".join(f"{mode}: {n}, {t} tokens, {s:.1f} s" for mode, (n, t, s) in self.abandoned.items() if n)
        return (self.where, counts, *(in_ms(self.seconds[mode].p50) for mode in MODES), lost or "none")


@attrs.define
class TurnsReport:
    """What was measured by now."""

    cancels: list[Cancels] = attrs.field(factory=list[Cancels])
    waste: list[Waste] = attrs.field(factory=list[Waste])
    responses: list[Response] = attrs.field(factory=list[Response])
    made_with: dict[str, str] = attrs.field(factory=made_with)

    def sections(self) -> Iterator[Section]:
        """Tables."""
        yield Section(
            "From the cancel of a turn of 6 stages to the end of its last task, ms",
            ("sessions", "n", "p50", "p99", "bare p50", "bare p99", "ratio", "p99 of CPU", "bare"),
            [each.row() for each in self.cancels],
            "all of them speak; bare Trio actors in turns with ours; CPU is that of the whole loop meanwhile",
        )
        yield Section(
            "Made in vain by an interruption",
            ("reply", "n", "audio p50, ms", "max", "made after the cut", "tokens p50", "max"),
            [each.row() for each in self.waste],
            "sound that was synthesised and never heard; tokens that were written and not heard",
        )
        yield Section(
            "From the end of the user's speech to the first sample, ms, by speculation",
            ("turn", "n", *MODES, "guesses abandoned"),
            [each.row() for each in self.responses],
            "medians; scenarios in virtual time, exact",
        )
        yield Section("Made with", ("what", "value"), list(self.made_with.items()))

    def to_json(self) -> str:
        return json.dumps({"voiceflow bench turns": 1, **attrs.asdict(self)}, indent=1)


def run(report: TurnsReport, recordings: Sequence[Path] = (), calls: int = 3, tell: Tell = print) -> None:
    """Fill `report`; what was measured before a Ctrl-C is in it.

    With `recordings`, what people say in them is answered by the embedded models, in real time.
    """
    tell("the reference scenarios ...")
    report.responses += [scenario(each) for each in SCENARIOS]
    report.waste.append(waste(CUTS))
    for sessions in BESIDE:
        tell(f"{CANCELS} cancels, {sessions} at a time ...")
        report.cancels.append(trio.run(cancels, sessions, CANCELS))
    if recordings:
        _embedded(report, recordings, calls, tell)


# In virtual time


def scenario(of: Scenario) -> Response:
    """One of the reference scenarios in each mode."""
    seconds: dict[SpeculationMode, Distribution] = {}
    lost: dict[SpeculationMode, tuple[int, int, float]] = {}
    for mode in MODES:
        reader, marks = TurnReader(), list[Mark]()
        trio.run(_played, of.build(mode), Trace([reader, marks.append]), clock=MockClock(autojump_threshold=0))
        seconds[mode] = Distribution.of(turn.response for turn in reader.turns())
        lost[mode] = abandoned(marks)
    return Response(of.name, seconds, lost)


async def _played(graph: Graph, trace: Trace) -> None:
    async with Session(graph, trace=trace) as session:
        await session.finished()


def abandoned(marks: Sequence[Mark]) -> tuple[int, int, float]:
    """The guesses that were given up: how many, and their tokens and seconds of sound."""
    wrong = [mark.values for mark in marks if mark.name == "guess.abandoned"]
    tokens = sum(int(str(values["tokens"])) for values in wrong)
    return len(wrong), tokens, sum(float(str(values["seconds"])) for values in wrong)


def waste(cuts: Sequence[float]) -> Waste:
    """Of a long reply that is cut off at each of these seconds."""
    marks, reader = list[Mark](), TurnReader()
    trio.run(_cut_off, cuts, marks, reader, clock=MockClock(autojump_threshold=0))
    return _waste("50 tokens a second, a voice at 20 times real time", marks, reader.turns())


async def _cut_off(cuts: Sequence[float], marks: list[Mark], reader: TurnReader) -> None:
    graph = Graph().connect(Writer(), Chunker(), Voice(), Speaker())
    reader.listen_to(graph)
    async with Session(graph, trace=Trace([marks.append, reader])) as session:
        for at in cuts:
            utterance = session.reply()
            await trio.sleep(at)
            session.interrupt()
            await utterance


def _waste(where: str, marks: Sequence[Mark], turns: Sequence[TurnFigures]) -> Waste:
    cut = [turn for turn in turns if turn.interrupted]
    values = [mark.values for mark in marks if mark.name == "turn.interrupted"]
    tokens = [int(str(each["tokens"])) - len(str(each["text"]).split()) for each in values]
    return Waste(
        where,
        Distribution.of(turn.wasted for turn in cut),
        Distribution.of(map(float, tokens)),
        Distribution.of(turn.made_after_cut for turn in cut),
    )


# In real time


@attrs.define
class _Times:
    """What some cancels took: by the clock, and of the processor."""

    wall: list[float] = attrs.field(factory=list[float])
    cpu: list[float] = attrs.field(factory=list[float])

    async def take(self, cancel: Callable[[], object], ended: Callable[[], Awaitable[object]]) -> None:
        began, own = time.perf_counter(), time.thread_time()
        cancel()
        await ended()
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(time.thread_time() - own)


async def cancels(sessions: int, count: int, rounds: int = 6) -> Cancels:
    """`count` cancels of one of so many turns that speak, ours and bare Trio's in turns."""
    ours, bare = _Times(), _Times()
    for _ in range(rounds):
        await _bare_cancels(sessions, count // rounds, bare)
        await _our_cancels(sessions, count // rounds, ours)
    return Cancels(sessions, *(Distribution.of(each) for each in (ours.wall, bare.wall, ours.cpu, bare.cpu)))


async def _our_cancels(count: int, cancels: int, times: _Times) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(Session(micro.six_stages(_BLOCKS))) for _ in range(count)]
        with frozen():
            said = [session.reply() for session in sessions]
            await trio.sleep(_SPEAKING)
            for at in islice(cycle(range(count)), cancels):
                await times.take(said[at].interrupt, said[at].wait)
                said[at] = sessions[at].reply()
                await trio.sleep(_PAUSE)


async def _bare_cancels(count: int, cancels: int, times: _Times) -> None:
    async with trio.open_nursery() as nursery:

        def begin() -> tuple[trio.CancelScope, trio.Event]:
            scope, ended = trio.CancelScope(), trio.Event()
            nursery.start_soon(micro.bare_turn, scope, ended, _BLOCKS)
            return scope, ended

        with frozen():
            turns = [begin() for _ in range(count)]
            await trio.sleep(_SPEAKING)
            for at in islice(cycle(range(count)), cancels):
                scope, ended = turns[at]
                await times.take(partial(scope.cancel, reason="bench"), ended.wait)
                turns[at] = begin()
                await trio.sleep(_PAUSE)
        nursery.cancel_scope.cancel(reason="enough cancels")


@attrs.define
class _Told:
    """The marks of some calls."""

    marks: list[Mark] = attrs.field(factory=list[Mark])

    def watch(self, call: int, mark: Mark) -> None:
        self.marks.append(mark)


def _embedded(report: TurnsReport, recordings: Sequence[Path], calls: int, tell: Tell) -> None:
    seconds: dict[SpeculationMode, Distribution] = {}
    lost: dict[SpeculationMode, tuple[int, int, float]] = {}
    turns, marks = list[TurnFigures](), list[Mark]()
    for mode in MODES:
        tell(f"the embedded models, speculation {mode}: {calls} calls in real time ...")
        told = _Told()
        bench = Bench(partial(_agent, mode, recordings), mode, calls, INSTRUCTIONS, watch=told.watch)
        trio.run(bench.run)
        done = bench.report()
        seconds[mode], lost[mode] = done.latencies()["response"], abandoned(told.marks)
        turns, marks = turns + done.turns, marks + told.marks
    report.responses.append(Response("the embedded models", seconds, lost))
    report.waste.append(_waste("the embedded models", marks, turns))


def _agent(mode: SpeculationMode, recordings: Sequence[Path]) -> Graph:
    """The embedded cascade, and a caller who says what is in the recordings, and interrupts each second answer."""
    from voiceflow.graphs.cascade import build as cascade
    from voiceflow.nodes.soundfile import read_audio

    caller, speaker = Caller([_step(n, read_audio(path)) for n, path in enumerate(recordings)]), Speaker()
    turns = TurnTaking(TurnSettings(speculation=Speculation(mode=mode)))
    graph = cascade(caller.audio, speaker=speaker, turns=turns)
    return graph.connect(speaker.activity, caller.agent)


def _step(number: int, samples: Samples) -> Step:
    if number == 0:
        return Step(samples, "", "start", 0.5)
    return Step(samples, "", "reply_audible" if number % 2 else "reply_ended", 1.0)
