"""What a row of the turn-taking table does: it changes the memory, and tells commands and signals."""

from __future__ import annotations

from typing import Any

from voiceflow.machines import turn_events as ev
from voiceflow.machines.turn_settings import ns
from voiceflow.machines.turn_state import Agent, Hint, Memory, Signal, Turn, Voice

# Actions on the voice


def voice_begins(m: Memory, e: ev.SpeechStarted) -> None:
    m.start = m.spoken = e.at
    m.voice_at = m.now
    m.probability = e.probability
    m.predictions.clear()
    m.signals.append(Signal.VOICE)


def voice_returns(m: Memory, e: ev.SpeechStarted | ev.SpeechResumed) -> None:
    assert m.spoken is not None
    if m.hint is Hint.NONE or e.at - m.spoken >= ns(m.settings.interruption.release):
        m.start = e.at
    m.spoken = e.at
    m.voice_at = m.now
    m.predictions.clear()
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
    m.dismissed = False
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


def dismiss(m: Memory, e: Any) -> None:
    m.dismissed = True
    let_go(m, e)


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
    m.said_until = m.now if e.end is None else e.end
    if not m.vad:
        m.spoken = m.said_until if m.spoken is None else max(m.spoken, m.said_until)
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
    m.predictions[e.detector] = e.probability


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
    m.spoke = m.lasting = m.dismissed = False
    m.predictions.clear()
    m.commands.extend(m.guesses.close())


def tell_idle(m: Memory, _: Any) -> None:
    m.idled += 1
    m.idled_at = m.now
    m.emit(ev.Idle(m.idled))


def set_mute(m: Memory, e: ev.Mute) -> None:
    if e.muted and not m.muted:
        m.muted_from = m.now
    if m.muted:
        m.muted_until = m.now
    m.muted = e.muted
