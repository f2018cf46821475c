"""When each timer of the turn-taking is due, in nanoseconds; None while it does not run."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from voiceflow.machines.turn_settings import ns
from voiceflow.machines.turn_state import Agent, Hint, Memory, Turn, Voice


def release_due(m: Memory) -> int | None:
    since = m.quiet_since
    if m.hint not in (Hint.OPEN, Hint.DISMISSED) or since is None:
        return None
    return since + ns(m.settings.interruption.release)


def duration_due(m: Memory) -> int | None:
    how = m.settings.interruption
    if m.hint is not Hint.OPEN or m.voice is not Voice.VOICED or how.mode == "stt":
        return None
    if m.probability < how.min_confidence:
        return None
    if how.mode == "vad":
        return m.start + ns(how.min_duration)
    return None if m.words.worth < how.min_words else m.insists_from + ns(how.min_duration)


def false_alarm_due(m: Memory) -> int | None:
    since = m.quiet_since
    if m.hint is not Hint.DOUBTED or since is None:
        return None
    return since + ns(m.settings.interruption.false_after)


def lost_due(m: Memory) -> int | None:
    if m.voice is Voice.PAUSED:
        return m.anchor + ns(max(m.settings.stall, m.settings.endpointing.max_wait))
    if m.voice is Voice.VOICED and m.settings.watchdog is not None:
        return m.voice_at + ns(m.settings.watchdog)
    return None


def endpoint_due(m: Memory) -> int | None:
    if m.voice is not Voice.SILENT or m.words.interim is not None:
        return None
    answerable = m.words.waiting and not m.busy
    if m.turn is Turn.WAITING:
        return m.agent_at if answerable else None
    if not m.words.finals and not answerable:
        return None
    return m.final_at if m.words.typed else m.anchor + _wait(m)


def _wait(m: Memory) -> int:
    how = m.settings.endpointing
    if how.mode == "fixed" or not m.words.finals:
        return ns(how.min_wait)
    if len(m.predictions) >= m.detectors:
        return _answered(m)
    # A detector can start when the words are there and the speech is known to have ended.
    return max(_answered(m), max(m.voice_at, m.final_at) + ns(how.deadline) - m.anchor)


def _answered(m: Memory) -> int:
    how, probability = m.settings.endpointing, m.prediction
    if probability is None:
        return ns(how.min_wait)
    if how.mode == "threshold":
        return ns(how.max_wait if probability < how.certainty else how.min_wait)
    return ns(how.min_wait + (how.max_wait - how.min_wait) * (1 - probability))


def stall_due(m: Memory) -> int | None:
    if m.turn is not Turn.OPEN or m.voice is not Voice.SILENT or endpoint_due(m) is not None:
        return None
    return max(m.anchor, m.opened_at) + ns(m.settings.stall)


def unanswered_due(m: Memory) -> int | None:
    return m.agent_at + ns(m.settings.stall) if m.agent is Agent.AWAITED else None


def watchdog_due(m: Memory) -> int | None:
    if m.agent is not Agent.THINKING or m.hint is not Hint.NONE or m.settings.watchdog is None:
        return None
    return m.agent_at + ns(m.settings.watchdog)


def idle_due(m: Memory) -> int | None:
    period = m.settings.idle
    quiet = m.turn is Turn.CLOSED and m.voice is Voice.SILENT and m.agent is Agent.LISTENING
    if period is None or not quiet or not m.finished or (m.idled and not m.settings.idle_repeats):
        return None
    return max(m.agent_at, m.spoken or 0, m.idled_at) + ns(period)


class Timer(Enum):
    """The deadlines, in the order in which they are handled at equal times."""

    RELEASE = "release"
    DURATION = "min_duration"
    FALSE_ALARM = "false_after"
    LOST = "no sign of the VAD"
    ENDPOINT = "end of turn"
    STALL = "stall"
    UNANSWERED = "no answer begun"
    WATCHDOG = "watchdog"
    IDLE = "idle"


DUE: dict[Timer, Callable[[Memory], int | None]] = {
    Timer.RELEASE: release_due,
    Timer.DURATION: duration_due,
    Timer.FALSE_ALARM: false_alarm_due,
    Timer.LOST: lost_due,
    Timer.ENDPOINT: endpoint_due,
    Timer.STALL: stall_due,
    Timer.UNANSWERED: unanswered_due,
    Timer.WATCHDOG: watchdog_due,
    Timer.IDLE: idle_due,
}


def first_due(m: Memory) -> tuple[int, Timer] | None:
    """The timer that is due first, of equals the one that is handled first, and when."""
    first: tuple[int, Timer] | None = None
    for timer, due in DUE.items():
        if (time := due(m)) is not None and (first is None or time < first[0]):
            first = time, timer
    return first
