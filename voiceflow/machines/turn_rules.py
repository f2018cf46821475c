"""What the rows of the turn-taking table name: guards, actions, and when each timer is due."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from voiceflow.machines import turn_events as ev
from voiceflow.machines.backchannels import tokens
from voiceflow.machines.turn_settings import ns
from voiceflow.machines.turn_state import Agent, Hint, Memory, Signal, Turn, Voice

# Guards


def muted(m: Memory, _: Any) -> bool:
    return m.muted


def unmuted(m: Memory, _: Any) -> bool:
    return not m.muted


def has_vad(m: Memory, _: Any) -> bool:
    return m.vad


def newer(m: Memory, e: ev.AgentStarted) -> bool:
    return e.utterance > m.utterance


def current(m: Memory, e: ev.AgentAudible | ev.AgentEnded) -> bool:
    return e.utterance == m.utterance


def was_cut(m: Memory, e: ev.AgentEnded) -> bool:
    return e.utterance == m.cut


def exposed(m: Memory, _: Any) -> bool:
    return m.exposed


def exposed_to_voice(m: Memory, _: Any) -> bool:
    return m.exposed and m.voice is Voice.VOICED


def exposed_without_vad(m: Memory, _: Any) -> bool:
    return m.exposed and not m.vad


def words_confirm(m: Memory, _: Any) -> bool:
    how = m.settings.interruption
    if not m.exposed or (m.vad and not m.spoke):
        return False
    if m.hint is Hint.DOUBTED:
        return m.words.worth > 0
    if m.vad and how.mode == "vad":
        return False
    if m.words.always:
        return True
    enough = m.words.worth >= max(1, how.min_words)
    return enough and (m.lasts or how.mode == "stt" or not m.vad)


def wordless(m: Memory, _: Any) -> bool:
    how = m.settings.interruption
    return how.on_hint == "hold" and how.resume and m.words.worth == 0


def says_interruption(m: Memory, e: ev.Classified) -> bool:
    return e.interrupts and m.exposed and m.spoke


def says_nothing(_: Memory, e: ev.Classified) -> bool:
    return not e.interrupts


def may_be_asked(m: Memory, e: ev.InterruptAsked) -> bool:
    return m.agent in (Agent.THINKING, Agent.SPEAKING) and (m.interruptible or e.force)


def mutes(_: Memory, e: ev.Mute) -> bool:
    return e.muted


def wordless_text(_: Memory, e: ev.Heard) -> bool:
    return not tokens(e.text)


def new_words(m: Memory, e: ev.Heard) -> bool:
    # Without a VAD an interim is the sign that the user speaks anew.
    anew = not m.vad and e.stage != "final"
    return bool(tokens(e.text)) and (anew or not m.words.repeats(e, at_once=m.now == m.final_at))


def typed_words(_: Memory, e: ev.UserText) -> bool:
    return bool(e.text.strip())


def current_prediction(m: Memory, e: ev.Predicted) -> bool:
    # Without a VAD the anchor may be an arrival, which lies behind what the detector has heard by then.
    fresh = not m.vad or (e.at >= m.anchor and m.voice is not Voice.VOICED)
    return m.detector and fresh and 0.0 <= e.probability <= 1.0


def only_listening_sounds(m: Memory, _: Any) -> bool:
    return m.busy and m.listens and not m.words.waiting


def busy(m: Memory, _: Any) -> bool:
    return m.busy


def has_interim(m: Memory, _: Any) -> bool:
    return m.words.interim is not None


def has_waiting(m: Memory, _: Any) -> bool:
    return bool(m.words.waiting)


# Actions on the voice


def voice_begins(m: Memory, e: ev.SpeechStarted) -> None:
    m.start = m.spoken = e.at
    m.voice_at = m.now
    m.probability = e.probability
    m.prediction = None
    m.signals.append(Signal.VOICE)


def voice_returns(m: Memory, e: ev.SpeechStarted | ev.SpeechResumed) -> None:
    assert m.spoken is not None
    if m.hint is Hint.NONE or e.at - m.spoken >= ns(m.settings.interruption.release):
        m.start = e.at
    m.spoken = e.at
    m.voice_at = m.now
    m.prediction = None
    m.signals.append(Signal.VOICE)


def voice_rests(m: Memory, e: ev.SpeechPaused | ev.SpeechEnded) -> None:
    if m.voice is Voice.VOICED:
        m.lasting = m.lasting or e.at - m.start >= ns(m.settings.interruption.min_duration)
    m.spoken = e.at
    m.voice_at = m.now


def voice_is_lost(m: Memory, _: Any) -> None:
    m.voice_at = m.now


# Actions on the agent


def agent_starts(m: Memory, e: ev.AgentStarted) -> None:
    m.utterance = e.utterance
    m.interruptible = e.interruptible
    m.agent_at = m.now
    if e.answers:
        m.idled = 0
    if m.agent is not Agent.AWAITED:
        # The program speaks up while the user does: what was said before is not against this utterance.
        m.start = m.now
        m.lasting = False
    m.signals.append(Signal.BEGUN)


def agent_is_awaited(m: Memory, _: Any) -> None:
    m.agent_at = m.now


def agent_ends(m: Memory, e: Any) -> None:
    agent_is_over(m, e)
    m.signals.append(Signal.ENDED)


def agent_is_over(m: Memory, _: Any) -> None:
    m.agent_at = m.now
    m.finished = True
    if aside := m.words.take_aside():
        m.emit(ev.Keep(aside))


def forget_cut(m: Memory, _: Any) -> None:
    m.cut = None


def agent_is_given_up(m: Memory, e: Any) -> None:
    _interrupt(m, "watchdog")
    agent_is_over(m, e)


# Actions on the hint


def lower(m: Memory, _: Any) -> None:
    on_hint = m.settings.interruption.on_hint
    if m.agent is Agent.THINKING or on_hint == "hold":
        m.emit(ev.Hold())
    elif on_hint == "duck":
        m.emit(ev.Duck())
    else:
        return
    m.lowered = True


def let_go(m: Memory, _: Any) -> None:
    if m.lowered:
        m.lowered = False
        m.emit(ev.Resume())


def cut_by_speech(m: Memory, _: Any) -> None:
    _cut(m, "speech")


def cut_by_words(m: Memory, _: Any) -> None:
    _cut(m, "words")


def cut_by_classifier(m: Memory, _: Any) -> None:
    _cut(m, "classifier")


def cut_by_program(m: Memory, _: Any) -> None:
    _cut(m, "program")


def _cut(m: Memory, why: ev.Why) -> None:
    m.lowered = False
    _interrupt(m, why)
    m.signals.append(Signal.CUT)


def _interrupt(m: Memory, why: ev.Why) -> None:
    m.cut = m.utterance
    m.emit(ev.Interrupt(m.utterance, why))


# Actions on the turn


def _open(m: Memory) -> None:
    if m.turn is not Turn.OPEN:
        m.opened_at = m.now
    m.idled = 0


def begin_speech(m: Memory, _: Any) -> None:
    speaking = m.agent is Agent.SPEAKING
    m.over_agent = speaking and (m.over_agent or m.turn is not Turn.OPEN)
    _open(m)
    m.spoke = True
    m.words.expect()


def hear(m: Memory, e: ev.Heard) -> None:
    if m.turn is not Turn.OPEN:
        m.over_agent = m.agent is Agent.SPEAKING and not m.vad
    _open(m)
    m.heard_at = m.now
    if not m.vad:
        end = m.now if e.end is None else e.end
        m.spoken = end if m.spoken is None else max(m.spoken, end)
        if e.stage != "final":
            m.words.expect()
    if e.stage == "final":
        # A verdict on this end of speech stays: it was on the sound, or the words' own follows at once.
        m.final_at = m.now
    m.words.hear(e)
    if not m.busy:
        m.commands.extend(m.guesses.hear(m.words.likely, e.stage))
    m.signals.append(Signal.WORDS)


def hear_nothing(m: Memory, e: ev.Heard) -> None:
    m.words.hear(e)


def hear_typed(m: Memory, e: ev.UserText) -> None:
    _open(m)
    m.final_at = m.now
    m.words.type(e.text)


def note_prediction(m: Memory, e: ev.Predicted) -> None:
    m.prediction = e.probability


def put_off(m: Memory, _: Any) -> None:
    m.words.defer(aside=m.listens)
    _close(m)


def commit(m: Memory, _: Any) -> None:
    end = m.final_at if m.words.typed or m.spoken is None else m.spoken
    language, text = m.words.spoken_language, m.words.take()
    commit = ev.Commit(text, end, m.final_at, language, m.prediction, m.guesses.confirm(text))
    _close(m)
    m.emit(commit)
    m.signals.append(Signal.COMMITTED)


def settle_interim(m: Memory, _: Any) -> None:
    m.final_at = m.heard_at
    m.words.settle(m.spoken)


def stall(m: Memory, _: Any) -> None:
    if m.spoke and not m.muted:
        during = m.utterance if m.agent in (Agent.THINKING, Agent.SPEAKING) else None
        m.emit(ev.Stalled(m.anchor, during))
    _close(m)


def stay_quiet(m: Memory, _: Any) -> None:
    _close(m)


def keep_all(m: Memory, _: Any) -> None:
    m.words.settle(m.spoken)
    for text in (m.words.take_aside(), m.words.take()):
        if text:
            m.emit(ev.Keep(text))
    _close(m)


def _close(m: Memory) -> None:
    m.spoke = m.lasting = False
    m.prediction = None
    m.commands.extend(m.guesses.close())


def tell_idle(m: Memory, _: Any) -> None:
    m.idled += 1
    m.idled_at = m.now
    m.emit(ev.Idle(m.idled))


def set_mute(m: Memory, e: ev.Mute) -> None:
    m.muted = e.muted


# Timers: when each is due, in nanoseconds; None while it does not run


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
    if how.mode == "hybrid" and (m.words.worth < how.min_words or m.listens):
        return None
    return m.start + ns(how.min_duration)


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
    low, high = ns(how.min_wait), ns(how.max_wait)
    if how.mode == "fixed" or not m.detector or not m.words.finals:
        return low
    if m.prediction is None:
        # The detector can start when the words are there and the speech is known to have ended.
        return max(low, max(m.voice_at, m.final_at) + ns(how.deadline) - m.anchor)
    if how.mode == "threshold":
        return high if m.prediction < how.certainty else low
    return ns(how.min_wait + (how.max_wait - how.min_wait) * (1 - m.prediction))


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
