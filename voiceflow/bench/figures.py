"""The figures of a benchmark: what each call and turn gave, and how that is distributed. Values, all in seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self, cast

import attrs

from voiceflow._draw import Drawing
from voiceflow.errors import VoiceflowError
from voiceflow.observe.waterfall import STAGES


@attrs.frozen
class Distribution:
    """`n` values, by nearest rank: each quantile is a value that was measured. All None when there is none."""

    n: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Self:
        """Of the values that are there."""
        ordered = sorted(value for value in values if value is not None)
        if not ordered:
            return cls(0, None, None, None, None)
        return cls(len(ordered), *(_rank(ordered, q) for q in (0.5, 0.95, 0.99, 1.0)))


def _rank(ordered: list[float], q: float) -> float:
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def _quantiles(what: str, unit: str, of: Distribution, scale: float = 1.0) -> dict[str, float]:
    found = {"p50": of.p50, "p95": of.p95, "p99": of.p99, "max": of.max}
    return {f"{what} {q}{unit}": value * scale for q, value in found.items() if value is not None}


@attrs.frozen
class TurnFigures:
    """One turn of the agent. None for what did not happen, or cannot be known of this graph."""

    turn: int
    kind: str
    response: float | None = None
    """From the last voiced sample of the user to the first audible one of the agent."""
    stages: Mapping[str, float] = attrs.field(factory=dict[str, float])
    """What each of `STAGES` added to that."""
    interrupted: bool = False
    onset_to_silence: float | None = None
    """From the first sample of the speech that interrupted to when the sink let the reply go."""
    cancel_to_ended: float | None = None
    """From the cancel to when every task of the turn had ended."""
    synthesised: float = 0.0
    wasted: float | None = None
    """Synthesised and never played, in an interrupted turn that was audible or not."""
    made_after_cut: float = 0.0
    """Synthesised after the cancel."""
    tokens: int = 0
    """Pieces of text that the model wrote."""
    tokens_wasted: int | None = None
    """Those of an interrupted turn of which nothing was heard; None when no model was listened to."""
    speech: tuple[tuple[float, float], ...] = ()
    """When the user spoke, on the call's clock, before this turn answered."""
    speech_end: float | None = None
    """The last voiced sample of that."""
    audible: float | None = None
    """The first audible sample of the agent."""
    cut: float | None = None
    """When it was interrupted."""
    ended: float | None = None


@attrs.frozen
class WireFigures:
    """One wire of a call. Depth and capacity in seconds of audio or items; age of the oldest frame in seconds."""

    peak: float
    capacity: float
    age: float
    sent: int
    dropped: int

    def and_(self, later: WireFigures) -> WireFigures:
        """Of two wires that stood in the same place one after the other: the worse figures, and all that was sent."""
        return WireFigures(
            max(self.peak, later.peak),
            later.capacity,
            max(self.age, later.age),
            self.sent + later.sent,
            self.dropped + later.dropped,
        )


@attrs.frozen
class CallFigures:
    """One call, from the opened models to the hang-up."""

    seconds: float
    opening: float
    """Until the models were loaded and the workers up."""
    turns: tuple[TurnFigures, ...]
    wires: Mapping[str, WireFigures]
    cpu: float
    """CPU seconds of this process while the call ran."""
    workers_cpu: float
    """CPU seconds of the worker processes that ended with the call, their start among them."""
    memory: float
    """Bytes resident after the call."""
    failed: str = ""


@attrs.frozen
class Lag:
    """How late the event loop came, the pauses of the garbage collector, and how late a bystander process came."""

    p99: float
    p999: float
    worst: float
    gc: Distribution
    bystander_p99: float = 0.0
    bystander_p999: float = 0.0
    bystander_worst: float = 0.0

    def rows(self) -> dict[str, float]:
        """In milliseconds; without what was not measured, as in virtual time."""
        loop = {"p99": self.p99, "p99.9": self.p999, "worst": self.worst}
        beside = {"p99": self.bystander_p99, "p99.9": self.bystander_p999, "worst": self.bystander_worst}
        kinds = (("loop lag", loop), ("a bystander process,", beside))
        return {f"{what} {q} (ms)": t * 1e3 for what, each in kinds if each["worst"] for q, t in each.items()}


@attrs.frozen
class Report:
    """All calls of a run, and what they say together."""

    graph: str
    asked: int
    made_with: Mapping[str, str]
    calls: tuple[CallFigures, ...]
    lag: Lag
    memory_before: float
    drawing: Drawing = attrs.field(default=Drawing(()))
    """The graph that was run."""

    @property
    def turns(self) -> list[TurnFigures]:
        return [turn for call in self.calls for turn in call.turns]

    @property
    def interruptions(self) -> list[TurnFigures]:
        return [turn for turn in self.turns if turn.interrupted]

    def latencies(self) -> dict[str, Distribution]:
        """The response and its stages, in the order in which each waits for the one before."""
        answers = [turn for turn in self.turns if turn.response is not None]
        rows = {"response": Distribution.of(turn.response for turn in answers)}
        return rows | {stage: Distribution.of(turn.stages.get(stage) for turn in answers) for stage in STAGES}

    def cuts(self) -> dict[str, Distribution]:
        """What interruptions took and cost."""
        cut = self.interruptions
        return {
            "onset to silence": Distribution.of(turn.onset_to_silence for turn in cut),
            "cancel to all ended": Distribution.of(turn.cancel_to_ended for turn in cut),
            "audio wasted": Distribution.of(turn.wasted for turn in cut),
            "audio made after the cut": Distribution.of(turn.made_after_cut for turn in cut),
        }

    def wasted_tokens(self) -> Distribution:
        """Of interrupted turns: how many tokens were written of which nothing was heard."""
        return Distribution.of(turn.tokens_wasted for turn in self.interruptions)

    def load(self) -> dict[str, float]:
        """What the calls cost: CPU seconds per second of call, bytes, seconds."""
        seconds = sum(call.seconds for call in self.calls) or math.nan
        memory = max((call.memory for call in self.calls), default=self.memory_before)
        return {
            "CPU per call-second, this process": sum(call.cpu for call in self.calls) / seconds,
            "CPU per call-second, workers": sum(call.workers_cpu for call in self.calls) / seconds,
            "memory before (MB)": self.memory_before / 1e6,
            "memory at most after a call (MB)": memory / 1e6,
            **self.lag.rows(),
            "GC pauses": float(self.lag.gc.n),
            **_quantiles("GC pause", " (ms)", self.lag.gc, 1e3),
            **_quantiles("tokens wasted by an interruption,", "", self.wasted_tokens()),
        }

    def wires(self) -> dict[str, WireFigures]:
        """Each wire at its worst over all calls; what was sent and dropped, in all."""
        rows: dict[str, WireFigures] = {}
        for call in self.calls:
            for name, wire in call.wires.items():
                rows[name] = rows[name].and_(wire) if name in rows else wire
        return rows

    def to_json(self) -> str:
        """The report with its summary, for machines and for `--compare`. It holds no word of a caller."""
        summary = {
            "latencies": {name: attrs.asdict(each) for name, each in self.latencies().items()},
            "interruptions": {name: attrs.asdict(each) for name, each in self.cuts().items()},
            "load": self.load(),
        }
        return json.dumps({"voiceflow bench": 1, **attrs.asdict(self), "summary": summary}, indent=1)


def read_summary(path: Path) -> dict[str, Any]:
    """The summary of a report that `to_json` wrote, and by which clock which graph was run.

    Raises:
        VoiceflowError: the file cannot be read, or is none of these.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VoiceflowError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise VoiceflowError(f"{path} is no JSON: {error}") from error
    if not isinstance(report, dict) or "voiceflow bench" not in report:
        raise VoiceflowError(f"{path} is no report of calls; `voiceflow bench [GRAPH] --json {path}` writes one")
    try:
        summary = cast(dict[str, Any], report["summary"])
        kept = [Distribution(**each) for group in ("latencies", "interruptions") for each in summary[group].values()]
        _ = sum(summary["load"].values()) + sum(each.max or 0.0 for each in kept)
        made = cast(dict[str, str], report["made_with"])
        return summary | {"of": f"{report['graph']}, {made.get('clock', 'real')} clock"}
    except (KeyError, TypeError, AttributeError) as error:
        raise VoiceflowError(f"{path} is a damaged report; `voiceflow bench` writes a new one") from error
