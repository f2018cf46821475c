"""What the interruptions, listening sounds and noises of `barge_in` came to, by the marks of a call."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from barge_in_calls import Call, Event
from barge_in_voices import RATE

from voiceflow.bench.figures import Distribution
from voiceflow.trace import Mark

SECOND = 1_000_000_000
AFTER = 1.5  # seconds after its last sample in which an event may still cut the agent off


@attrs.frozen
class Outcome:
    """What an event came to: seconds from its first sample until the agent was silent and was cut off, None if it was
    not; and for how long it was held and let go again."""

    event: Event
    speaking: bool
    silent: float | None
    cut: float | None
    paused: float


def outcome(event: Event, marks: Sequence[Mark]) -> Outcome:
    start, end = event.start * SECOND // RATE, event.end * SECOND // RATE + round(AFTER * SECOND)
    agent = [mark.values["agent"] for mark in marks if mark.name == "state" and mark.t < start]
    held: int | None = None
    paused = 0
    for mark in (mark for mark in marks if start <= mark.t <= end):
        if mark.name == "hold" and held is None:
            held = mark.t
        if mark.name == "resume" and held is not None:
            paused, held = paused + mark.t - held, None
        if mark.name == "turn.interrupted":
            silent = mark.t if held is None else held
            seconds = (silent - start) / SECOND, (mark.t - start) / SECOND
            return Outcome(event, agent[-1:] == ["speaking"], seconds[0], seconds[1], paused / SECOND)
    return Outcome(event, agent[-1:] == ["speaking"], None, None, paused / SECOND)


def between(call: Call, marks: Sequence[Mark]) -> int:
    """How often the agent was cut off where nothing happens."""
    last = len(call.samples) * SECOND // RATE
    cuts = [mark.t * RATE // SECOND for mark in marks if mark.name == "turn.interrupted" and mark.t < last]
    return sum(not any(e.start <= cut <= e.end + AFTER * RATE for e in call.events) for cut in cuts)


def row(name: str, found: Sequence[Outcome], others: int) -> tuple[str, ...]:
    """A line of the table."""
    kinds = ("interruption", "backchannel", "noise")
    by = {kind: [each for each in found if each.event.kind == kind] for kind in kinds}
    true = [each for each in by["interruption"] if each.cut is not None]
    silent, cut = Distribution.of(each.silent for each in true), Distribution.of(each.cut for each in true)
    wrong = [sum(each.cut is not None for each in by[kind]) for kind in ("backchannel", "noise")]
    paused = Distribution.of(
        each.paused for each in found if each.event.kind != "interruption" and each.cut is None and each.paused
    )
    return (
        name,
        f"{len(true)} of {len(by['interruption'])}",
        *(f"{value:.2f}" if value is not None else "-" for value in (silent.p50, silent.p95, cut.p50)),
        f"{wrong[0]} of {len(by['backchannel'])}",
        f"{wrong[1]} of {len(by['noise'])}",
        str(others),
        str(sum(wrong) + others),
        f"{paused.n}, {paused.p50:.2f} s" if paused.p50 is not None else "none",
    )


HEADER = (
    "the agent is cut off by", "honoured", "silent after, s: median", "p95", "cut off after, s: median",
    "cut off by listening sounds", "by noises", "between", "false cuts", "held, and let go: median",
)  # fmt: skip
