"""Readers of one call: its trace taken apart into turns, what its voice made, and how full its wires were."""

from __future__ import annotations

import attrs
import trio

from voiceflow.bench.figures import TurnFigures, WireFigures
from voiceflow.frames import Spoken
from voiceflow.graph import Graph
from voiceflow.node import Sink
from voiceflow.observe.waterfall import TurnTimes, Waterfall
from voiceflow.session import Session
from voiceflow.speaker import Speaker
from voiceflow.trace import Mark

_SECOND = 1_000_000_000


@attrs.define(eq=False)
class _Cut:
    """An interruption as it was seen."""

    at: int
    onset: int | None
    made: float
    ended: int | None = None


@attrs.define(eq=False)
class TurnReader:
    """Reads the trace of a call; `listen_to` its graph before the session is made.

    Turns play one after the other, so that what is synthesised belongs to the one that began last.
    """

    times: Waterfall = attrs.Factory(Waterfall)
    _sink: Sink | None = attrs.field(default=None, init=False)
    _onset: int | None = attrs.field(default=None, init=False)
    _turn: int = attrs.field(default=0, init=False)
    _made: dict[int, float] = attrs.field(factory=dict[int, float], init=False)
    _played: dict[int, float] = attrs.field(factory=dict[int, float], init=False)
    _cuts: dict[int, _Cut] = attrs.field(factory=dict[int, _Cut], init=False)
    _ends: dict[int, list[int]] = attrs.field(factory=dict[int, list[int]], init=False)
    """Of each turn: how many characters its model had written after each token."""

    def listen_to(self, graph: Graph) -> None:
        """Count what is written by its models, and what is synthesised on its way to the sink."""
        self.times.listen_to(graph, self._written)
        for edge in graph.edges:
            if isinstance(edge.target.node, Sink) and edge.source.kind is Spoken:
                graph.tap(edge.source, self._spoken)  # type: ignore[arg-type]
        self._sink = next((node for node in graph.nodes.values() if isinstance(node, Sink)), None)

    def _spoken(self, spoken: Spoken) -> None:
        seconds = len(spoken.samples) / spoken.rate
        self._made[self._turn] = self._made.get(self._turn, 0.0) + seconds

    def _written(self) -> None:
        written = self.times.being_written
        if written:
            self._ends.setdefault(self._turn, []).append(len(written))

    def __call__(self, mark: Mark) -> None:
        self.times(mark)
        match mark.name:
            case "speech":
                self._hear(mark)
            case "turn.started" | "guess.begun" if mark.turn is not None:
                self._turn = mark.turn
            case "turn.interrupted" if mark.turn is not None:
                self._cuts[mark.turn] = _Cut(mark.t, self._onset, self._made.get(mark.turn, 0.0))
            case "turn.ended" if mark.turn is not None:
                self._ended(mark, mark.turn)
            case _:
                pass

    def _hear(self, mark: Mark) -> None:
        """A pause inside an utterance does not begin it anew."""
        if not mark.values["active"]:
            self._onset = None
        elif self._onset is None:
            self._onset = int(str(mark.values["at"]))

    def _ended(self, mark: Mark, turn: int) -> None:
        if turn in self._cuts:
            self._cuts[turn].ended = mark.t
        if isinstance(self._sink, Speaker):
            self._played[turn] = self._sink.position(turn)

    def turns(self) -> tuple[TurnFigures, ...]:
        return tuple(self._figures(times) for _, times in sorted(self.times.turns.items()))

    def _figures(self, times: TurnTimes) -> TurnFigures:
        made, cut = self._made.get(times.turn, 0.0), self._cuts.get(times.turn)
        figures = TurnFigures(
            times.turn,
            times.kind,
            times.response,
            dict(times.stages()),
            synthesised=made,
            tokens=len(self._ends.get(times.turn, ())),
            speech=tuple((begin / _SECOND, end / _SECOND) for begin, end in times.speech),
            speech_end=_instant(times.speech_end),
            audible=_instant(times.audible),
            cut=_instant(times.interrupted),
            ended=_instant(times.ended),
        )
        if cut is None:
            return figures
        silenced = cut.onset is not None and times.audible is not None
        played = self._played.get(times.turn)
        return attrs.evolve(
            figures,
            interrupted=True,
            onset_to_silence=_seconds(cut.onset, cut.at) if silenced else None,
            cancel_to_ended=_seconds(cut.at, cut.ended),
            wasted=None if played is None else made - played,
            made_after_cut=made - cut.made,
            tokens_wasted=self._unheard(times),
        )

    def _unheard(self, times: TurnTimes) -> int | None:
        """The tokens that begin behind the last word that was heard; white space is not counted, as it may differ."""
        ends = self._ends.get(times.turn)
        if ends is None:
            return None
        written, heard = times.written, len("".join(times.heard.split()))
        starts = [0, *ends[:-1]]
        return sum(len("".join(written[:start].split())) >= heard for start in starts)


def _instant(t: int | None) -> float | None:
    return None if t is None else t / _SECOND


def _seconds(begin: int | None, end: int | None) -> float | None:
    return None if begin is None or end is None else (end - begin) / _SECOND


@attrs.define(eq=False)
class WireReader:
    """Looks at every wire of a session and of its turns, `interval` seconds apart and when a turn is interrupted.

    Depth needs no looks, as a wire keeps its own peak. A turn's wires are new ones in each turn: figures of those that
    are gone are kept, and stand together with those that came after them.
    """

    interval: float = 0.02
    _gone: dict[str, WireFigures] = attrs.field(factory=dict[str, WireFigures], init=False)
    _here: dict[str, WireFigures] = attrs.field(factory=dict[str, WireFigures], init=False)

    @property
    def wires(self) -> dict[str, WireFigures]:
        """By their names, each at its worst."""
        gone, here = self._gone, self._here
        both = {name: gone[name].and_(here[name]) for name in here if name in gone}
        return gone | here | both

    async def watch(self, session: Session) -> None:
        """Look until cancelled."""
        stop = session.on("turn.interrupted", lambda mark: self.look(session))
        try:
            while True:
                self.look(session)
                await trio.sleep(self.interval)
        finally:
            stop()

    def look(self, session: Session) -> None:
        now = session.wires()
        for name in [name for name, wire in self._here.items() if name not in now or now[name].sent < wire.sent]:
            gone = self._here.pop(name)
            self._gone[name] = self._gone[name].and_(gone) if name in self._gone else gone
        for name, stats in now.items():
            age = max(stats.age, self._here[name].age) if name in self._here else stats.age
            self._here[name] = WireFigures(stats.peak, stats.capacity, age, stats.sent, stats.dropped)
