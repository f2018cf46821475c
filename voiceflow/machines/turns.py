"""Who has the floor: the turn-taking machine.

Theory. Four things go on side by side, each in one of a few states; together they are the machine:

- the **voice** of the user as the VAD tells it: silent, voiced, or paused inside an utterance;
- the **agent**: listening, awaited (its turn was committed and is about to begin), thinking, speaking;
- the user's **turn**: closed (nothing owed), open (speech or words in hand), waiting (words that were said under
  the agent's voice and are answered when it has ended);
- the **hint** that the user wants the floor: none, open (playback lowered, not decided), doubted (long enough to
  be an interruption, but no words: the playback is held), dismissed (a classifier said that it is nothing).

`step(event, now)` offers the event to the regions in this order. In each, the first row of `TABLE` whose state,
cause and guard fit is taken: its action runs and the region enters its next state. An event that no region takes
is absorbed and counted. A region tells the others of an end by a signal, which is offered like an event, after it.

Deadlines are not set and cancelled: each is a function of what is remembered (`turn_timers`), so that none can be
forgotten. `due()` is the first of them; the caller sends `Tick` when it has come. Every one is counted from a time
at which the user was heard in the samples, not from when an event arrived; times are rounded to a microsecond.

Invariants. A turn that is open or waiting ends in exactly one of Commit, Keep and Stalled. Each final word is in
exactly one Commit or Keep. Each Duck and Hold ends with a Resume or an Interrupt. Between a Commit and the end of
its utterance there is no other Commit. After a Tick no deadline is owed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs

from voiceflow.machines import turn_actions as do
from voiceflow.machines import turn_events as ev
from voiceflow.machines import turn_guards as when
from voiceflow.machines.turn_settings import TurnSettings
from voiceflow.machines.turn_state import Agent, Hint, Memory, Signal, State, Turn, Voice
from voiceflow.machines.turn_timers import Timer, first_due

Cause = type[ev.Event] | Timer | Signal


@attrs.frozen
class Row:
    """In `state`, on `cause`, if `when` holds: do `then` and enter `to`."""

    state: State
    cause: Cause
    to: State
    then: Callable[[Memory, Any], None] | None = None
    when: Callable[[Memory, Any], bool] | None = None


_VOICE: tuple[Row, ...] = (
    Row(Voice.SILENT, ev.SpeechStarted, Voice.VOICED, do.voice_begins, when.has_vad),
    Row(Voice.PAUSED, ev.SpeechStarted, Voice.VOICED, do.voice_returns),
    Row(Voice.PAUSED, ev.SpeechResumed, Voice.VOICED, do.voice_returns),
    Row(Voice.VOICED, ev.SpeechPaused, Voice.PAUSED, do.voice_rests),
    Row(Voice.VOICED, ev.SpeechEnded, Voice.SILENT, do.voice_rests),
    Row(Voice.PAUSED, ev.SpeechEnded, Voice.SILENT, do.voice_rests),
    Row(Voice.VOICED, Timer.LOST, Voice.SILENT, do.voice_is_lost),
    Row(Voice.PAUSED, Timer.LOST, Voice.SILENT, do.voice_is_lost),
    *(Row(voice, ev.Mute, voice, do.set_mute) for voice in Voice),
)

_AGENT: tuple[Row, ...] = (
    Row(Agent.LISTENING, Signal.COMMITTED, Agent.AWAITED, do.agent_is_awaited),
    *(Row(agent, ev.AgentStarted, Agent.THINKING, do.agent_starts, when.newer) for agent in Agent),
    Row(Agent.THINKING, ev.AgentAudible, Agent.SPEAKING, None, when.current),
    Row(Agent.THINKING, ev.AgentEnded, Agent.LISTENING, do.agent_ends, when.current),
    Row(Agent.SPEAKING, ev.AgentEnded, Agent.LISTENING, do.agent_ends, when.current),
    Row(Agent.THINKING, Signal.CUT, Agent.LISTENING, do.agent_is_over),
    Row(Agent.SPEAKING, Signal.CUT, Agent.LISTENING, do.agent_is_over),
    *(Row(agent, ev.AgentEnded, agent, do.forget_cut, when.was_cut) for agent in Agent),
    Row(Agent.AWAITED, Timer.UNANSWERED, Agent.LISTENING, do.agent_is_over),
    Row(Agent.THINKING, Timer.WATCHDOG, Agent.LISTENING, do.agent_is_given_up),
)

_TURN: tuple[Row, ...] = (
    *(Row(turn, Signal.VOICE, Turn.OPEN, do.begin_speech, when.unmuted) for turn in Turn),
    *(Row(turn, ev.Heard, turn, None, when.said_while_muted) for turn in Turn),
    *(Row(turn, ev.Heard, Turn.OPEN, do.hear, when.new_words) for turn in Turn),
    *(Row(turn, ev.Heard, turn, do.hear_nothing, when.wordless_text) for turn in Turn),
    *(Row(turn, ev.UserText, Turn.OPEN, do.hear_typed, when.typed_words) for turn in Turn),
    Row(Turn.OPEN, ev.Predicted, Turn.OPEN, do.note_prediction, when.current_prediction),
    Row(Turn.OPEN, Timer.ENDPOINT, Turn.CLOSED, do.put_off, when.only_listening_sounds),
    Row(Turn.OPEN, Timer.ENDPOINT, Turn.WAITING, do.put_off, when.busy),
    Row(Turn.OPEN, Timer.ENDPOINT, Turn.CLOSED, do.commit),
    Row(Turn.WAITING, Timer.ENDPOINT, Turn.CLOSED, do.commit),
    Row(Turn.OPEN, Timer.STALL, Turn.OPEN, do.settle_interim, when.has_interim),
    Row(Turn.OPEN, Timer.STALL, Turn.WAITING, do.stay_quiet, when.has_waiting),
    Row(Turn.OPEN, Timer.STALL, Turn.CLOSED, do.stall),
    Row(Turn.CLOSED, Timer.IDLE, Turn.CLOSED, do.tell_idle),
    *(Row(turn, ev.Closing, Turn.CLOSED, do.keep_all) for turn in Turn),
)

_HINT: tuple[Row, ...] = (
    Row(Hint.NONE, Signal.VOICE, Hint.OPEN, do.lower, when.exposed),
    *(Row(hint, Signal.WORDS, Hint.NONE, do.cut_by_words, when.words_confirm) for hint in Hint),
    Row(Hint.NONE, Signal.WORDS, Hint.OPEN, do.lower, when.exposed_without_vad),
    Row(Hint.NONE, Signal.BEGUN, Hint.OPEN, do.lower, when.exposed_to_voice),
    Row(Hint.OPEN, Signal.BEGUN, Hint.OPEN, do.lower, when.exposed),
    Row(Hint.DOUBTED, Signal.BEGUN, Hint.OPEN, do.lower, when.exposed),
    Row(Hint.OPEN, Signal.BEGUN, Hint.NONE, do.let_go),
    Row(Hint.DOUBTED, Signal.BEGUN, Hint.NONE, do.let_go),
    Row(Hint.OPEN, Timer.RELEASE, Hint.NONE, do.let_go),
    Row(Hint.DISMISSED, Timer.RELEASE, Hint.NONE),
    Row(Hint.OPEN, Timer.DURATION, Hint.DOUBTED, None, when.wordless),
    Row(Hint.OPEN, Timer.DURATION, Hint.NONE, do.cut_by_speech),
    Row(Hint.DOUBTED, Timer.FALSE_ALARM, Hint.NONE, do.let_go),
    Row(Hint.OPEN, ev.Classified, Hint.DISMISSED, do.dismiss, when.says_nothing),
    Row(Hint.DOUBTED, ev.Classified, Hint.DISMISSED, do.dismiss, when.says_nothing),
    *(Row(hint, ev.Classified, Hint.NONE, do.cut_by_classifier, when.says_interruption) for hint in Hint),
    *(Row(hint, ev.InterruptAsked, Hint.NONE, do.cut_by_program, when.may_be_asked) for hint in Hint),
    Row(Hint.OPEN, ev.Mute, Hint.NONE, do.let_go, when.mutes),
    Row(Hint.DOUBTED, ev.Mute, Hint.NONE, do.let_go, when.mutes),
    Row(Hint.OPEN, Signal.ENDED, Hint.NONE, do.let_go),
    Row(Hint.DOUBTED, Signal.ENDED, Hint.NONE, do.let_go),
    Row(Hint.DISMISSED, Signal.ENDED, Hint.NONE),
)

_REGIONS = (Voice, Agent, Turn, Hint)
TABLE: tuple[Row, ...] = (*_VOICE, *_AGENT, *_TURN, *_HINT)


@cache
def _rows_of(table: tuple[Row, ...]) -> dict[Cause, tuple[tuple[int, tuple[Row, ...]], ...]]:
    """By cause: the regions that know it, with their rows. The sessions of a process share them."""
    rows: dict[Cause, dict[int, list[Row]]] = {}
    for row in table:
        rows.setdefault(row.cause, {}).setdefault(_REGIONS.index(type(row.state)), []).append(row)
    return {cause: tuple((at, tuple(found[at])) for at in sorted(found)) for cause, found in rows.items()}


_SPEECH = (ev.SpeechStarted, ev.SpeechPaused, ev.SpeechResumed, ev.SpeechEnded)


class Turns:
    """Steps the table. `vad` and `detectors` say what is connected, and may be set when that changes.

    `absorbed` counts events that were out of order, twice, of a dead utterance, or of a time that went backwards.
    """

    def __init__(
        self,
        settings: TurnSettings | None = None,
        *,
        vad: bool = True,
        detectors: int = 0,
        table: tuple[Row, ...] = TABLE,
    ) -> None:
        self.absorbed = 0
        self._memory = Memory(settings or TurnSettings(), vad, detectors)
        self._rows = _rows_of(table)
        self._known: tuple[tuple[int, Timer] | None] | None = None  # the last answer of `_first`, while it is true

    def __repr__(self) -> str:
        return f"<Turns {', '.join(f'{type(state).__name__.lower()} {state.value}' for state in self.state)}>"

    @property
    def state(self) -> tuple[Voice, Agent, Turn, Hint]:
        """The state of each region."""
        return self._memory.regions

    @property
    def vad(self) -> bool:
        """Whether a VAD is connected; without one, transcripts are the only sign of the user."""
        return self._memory.vad

    @vad.setter
    def vad(self, connected: bool) -> None:
        self._memory.vad = connected
        self._known = None

    @property
    def detectors(self) -> int:
        """How many turn detectors are connected, whose answers a commit waits for."""
        return self._memory.detectors

    @detectors.setter
    def detectors(self, connected: int) -> None:
        self._memory.detectors = connected
        self._known = None

    @property
    def user(self) -> str:
        """What the user does: "speaking", "listening", or "idle"."""
        m = self._memory
        if m.voice is not Voice.SILENT or (not m.vad and m.words.interim is not None):
            return "speaking"
        return "idle" if self._is_idle else "listening"

    @property
    def agent(self) -> str:
        """What the agent does: "listening", "thinking", "speaking", or "idle"."""
        agent = self._memory.agent
        if agent is Agent.AWAITED:
            return Agent.THINKING.value
        return "idle" if self._is_idle else agent.value

    @property
    def _is_idle(self) -> bool:
        return self._memory.idled > 0 and self._memory.agent is Agent.LISTENING

    @property
    def foreseen(self) -> str:
        """The words that may be answered next, as far as they are known; "" where nothing is guessed."""
        m = self._memory
        return "" if m.busy or m.settings.speculation.mode == "off" else m.words.likely

    @property
    def at_rest(self) -> bool:
        """Whether nothing is owed: the user is silent, no turn is open or waits, and no answer is under way.

        An idle timer may still run.
        """
        return self.state == (Voice.SILENT, Agent.LISTENING, Turn.CLOSED, Hint.NONE)

    def due(self) -> int | None:
        """When `Tick` is wanted, in nanoseconds; at once if that is not after the last step. None: no timer runs."""
        first = self._first()
        return None if first is None else max(first[0], self._memory.now)

    def step(self, event: ev.Event, now: int) -> tuple[ev.Command, ...]:
        """What is to be done, in this order, after `event` at `now` nanoseconds. Never raises on an event."""
        m = self._memory
        now = _micro(now)
        self.absorbed += now < m.now
        m.now = max(now, m.now)
        if isinstance(event, ev.Tick):
            self._pass_time()
        elif not self._offer(type(event), self._clean(event)):
            self.absorbed += 1
        commands = tuple(m.commands)
        m.commands.clear()
        return commands

    def _pass_time(self) -> None:
        while (first := self._first()) is not None and first[0] <= self._memory.now:
            self._offer(first[1], first[1])

    def _first(self) -> tuple[int, Timer] | None:
        if self._known is None:
            self._known = (first_due(self._memory),)
        return self._known[0]

    def _offer(self, cause: Cause, event: object) -> bool:
        self._known = None
        taken = [self._offer_to(region, rows, event) for region, rows in self._rows.get(cause, ())]
        signals = self._memory.signals
        while signals:
            signal = signals.pop(0)
            self._offer(signal, signal)
        return any(taken)

    def _offer_to(self, region: int, rows: tuple[Row, ...], event: object) -> bool:
        m = self._memory
        state = m.regions[region]
        for row in rows:
            if row.state is state and (row.when is None or row.when(m, event)):
                if row.then is not None:
                    row.then(m, event)
                m.enter(row.to)
                return True
        return False

    def _clean(self, event: ev.Event) -> ev.Event:
        """The event with its time in whole microseconds, not before what is known and not in the future."""
        m = self._memory
        if isinstance(event, ev.Predicted):
            return attrs.evolve(event, at=_micro(event.at))
        if isinstance(event, ev.Heard) and event.end is not None:
            return attrs.evolve(event, end=min(_micro(event.end), m.now))
        if not isinstance(event, _SPEECH):
            return event
        at = _micro(event.at)
        possible = min(at if m.spoken is None else max(at, m.spoken), m.now)
        self.absorbed += possible != at
        return event if possible == event.at else attrs.evolve(event, at=possible)


def _micro(time: int) -> int:
    return (time + 500) // 1000 * 1000


def mermaid() -> str:
    """The table as a Mermaid state diagram, one composite state for each region."""
    lines = ["stateDiagram-v2"]
    for name, rows in (("Voice", _VOICE), ("Agent", _AGENT), ("Turn", _TURN), ("Hint", _HINT)):
        states = tuple(type(rows[0].state))
        lines += [f"    state {name} {{"]
        lines += (f'        state "{state.value}" as {name}_{state.value}' for state in states)
        lines += [f"        [*] --> {name}_{states[0].value}"]
        lines += (f"        {name}_{row.state.value} --> {name}_{row.to.value}: {_label(row)}" for row in rows)
        lines += ["    }"]
    return "\n".join(lines) + "\n"


def _label(row: Row) -> str:
    cause = row.cause.__name__ if isinstance(row.cause, type) else row.cause.value
    when = "" if row.when is None else f" [{_words(row.when)}]"
    return f"{cause}{when}" + ("" if row.then is None else f" / {_words(row.then)}")


def _words(function: Callable[[Memory, Any], object]) -> str:
    return function.__name__.replace("_", " ")
