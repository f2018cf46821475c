"""Whether a row of the turn-taking table is taken: what its guards ask of the memory and the event."""

from __future__ import annotations

from typing import Any

from voiceflow.machines import turn_events as ev
from voiceflow.machines.backchannels import tokens
from voiceflow.machines.turn_state import Agent, Hint, Memory, Voice


def said_while_muted(m: Memory, e: ev.Heard) -> bool:
    if e.end is None:
        return m.muted
    # Words come later than they were said.
    since, until = m.muted_from, m.now if m.muted else m.muted_until
    return since is not None and since <= e.end <= until


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
    if m.dismissed:
        return False
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
    if not tokens(e.text) or m.words.is_old(e):
        return False
    return anew or not m.words.repeats(e, at_once=m.now == m.final_at)


def typed_words(_: Memory, e: ev.UserText) -> bool:
    return bool(e.text.strip())


def current_prediction(m: Memory, e: ev.Predicted) -> bool:
    # Without a VAD the anchor may be an arrival, which lies behind what the detector has heard by then.
    fresh = not m.vad or (e.at >= m.anchor and m.voice is not Voice.VOICED)
    return m.detectors > 0 and fresh and 0.0 <= e.probability <= 1.0


def only_listening_sounds(m: Memory, _: Any) -> bool:
    return m.busy and m.listens and not m.words.waiting


def busy(m: Memory, _: Any) -> bool:
    return m.busy


def has_interim(m: Memory, _: Any) -> bool:
    return m.words.interim is not None


def has_waiting(m: Memory, _: Any) -> bool:
    return bool(m.words.waiting)
