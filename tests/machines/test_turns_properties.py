"""Whatever happens, in whatever order: what the turn-taking machine promises of every sequence of events."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from voiceflow.machines import turn_events as ev
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings
from voiceflow.machines.turn_state import Agent, Hint, Turn
from voiceflow.machines.turns import Turns

MS = 1_000_000
# Every segment has a word of its own, so that it is known where it went; these count as a listener's.
LISTENING_SOUNDS = {"en": ("mhm", *(f"b{number}" for number in range(120)))}

SETTINGS = st.builds(
    TurnSettings,
    endpointing=st.builds(
        Endpointing, mode=st.sampled_from(("fixed", "threshold", "adaptive")), min_wait=st.sampled_from((0.0, 0.5))
    ),
    interruption=st.builds(
        Interruption,
        mode=st.sampled_from(("vad", "stt", "hybrid", "off")),
        min_words=st.integers(0, 3),
        min_confidence=st.sampled_from((0.0, 0.5)),
        on_hint=st.sampled_from(("duck", "hold", "nothing")),
        resume=st.booleans(),
        backchannels=st.just(LISTENING_SOUNDS),
    ),
    speculation=st.builds(Speculation, mode=st.sampled_from(("off", "llm"))),
    idle=st.sampled_from((None, 5.0)),
    idle_repeats=st.booleans(),
    watchdog=st.sampled_from((None, 10.0)),
)
KINDS = st.sampled_from(("b{}", "w{}", "stop w{}", "w{} and more words"))
RECENT = st.integers(-3000, 200)


class AnyOrder(RuleBasedStateMachine):
    """Every event at any time, with times in the past and the future; the caller does what it is told."""

    steps: ClassVar[int] = 0

    @initialize(config=SETTINGS, vad=st.booleans(), detectors=st.sampled_from((0, 1, 2)))
    def begin(self, config: TurnSettings, vad: bool, detectors: int) -> None:
        self.machine = Turns(config, vad=vad, detectors=detectors)
        self.now = 0
        self.segments = 0
        self.finals: set[str] = set()
        self.uncertain: set[str] = set()
        self.out: Counter[str] = Counter()
        self.interim = ""
        self.utterances = 0
        self.running: int | None = None
        self.cut: int | None = None
        self.next_commit = 0
        self.lowered = False
        self.guess: int | None = None
        self.muted = False

    def feed(self, event: ev.Event) -> None:
        type(self).steps += 1
        for command in self.machine.step(event, self.now):
            self.obey(command)

    def obey(self, command: ev.Command) -> None:
        match command:
            case ev.Commit():
                assert self.running is None, "two turns are open"
                assert self.now >= self.next_commit, "two turns are open"
                assert command.transcribed <= self.now
                assert command.speech_end <= self.now
                self.next_commit = self.now + 2_000 * MS
                self.out.update(command.text.split())
                assert command.speculation == self.guess, "a guess outlives its turn"
                self.guess = None
            case ev.Keep():
                self.out.update(command.text.split())
                assert command.text.strip()
            case ev.Interrupt():
                assert command.utterance == self.running
                self.cut, self.running = self.running, None
                self.lowered = False
            case ev.Duck() | ev.Hold():
                assert self.running is not None
                self.lowered = True
            case ev.Resume():
                assert self.lowered
                self.lowered = False
            case ev.Speculate():
                assert self.guess is None
                self.guess = command.number
            case ev.Abandon():
                assert self.guess == command.number
                self.guess = None
            case ev.Stalled():
                assert command.during == self.running
                assert command.speech_end <= self.now
            case _:
                assert isinstance(command, ev.Idle)
                assert self.running is None

    @rule(ms=st.sampled_from((0, 1, 50, 200, 500, 700, 2000, 15_000)))
    def time_passes(self, ms: int) -> None:
        until = self.now + ms * MS
        self.tick_until(until)
        self.now = until

    def tick_until(self, until: int) -> None:
        """No deadline is left behind: after its tick the next one lies ahead."""
        while (due := self.machine.due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.feed(ev.Tick())
            after = self.machine.due()
            assert after is None or after > self.now

    @rule(kind=st.sampled_from((ev.SpeechStarted, ev.SpeechPaused, ev.SpeechResumed, ev.SpeechEnded)), ago=RECENT)
    def the_voice_changes(self, kind: Any, ago: int) -> None:
        self.feed(kind(self.now + ago * MS))

    @rule(probability=st.sampled_from((0.1, 1.0)))
    def the_voice_begins(self, probability: float) -> None:
        self.feed(ev.SpeechStarted(self.now, probability))

    @rule(kind=st.sampled_from((ev.SpeechPaused, ev.SpeechResumed, ev.SpeechEnded)))
    def the_voice_goes_on(self, kind: Any) -> None:
        self.feed(kind(self.now))

    @rule(kind=KINDS, stage=st.sampled_from(("interim", "preflight")))
    def words_appear(self, kind: str, stage: Any) -> None:
        self.segments += 1
        self.interim = kind.format(self.segments)
        # Taken as it stood, it may come once more as the final of what seems to be new speech.
        self.uncertain.add(next(word for word in self.interim.split() if word[-1].isdigit()))
        self.feed(ev.Heard(self.interim, stage))

    @rule(kind=KINDS, confidence=st.sampled_from((None, 0.2, 0.9)), twice=st.booleans())
    def words_are_final(self, kind: str, confidence: float | None, twice: bool) -> None:
        self.segments += 1
        self.final(kind.format(self.segments), confidence)
        if twice:
            absorbed = self.machine.absorbed
            self.feed(ev.Heard(kind.format(self.segments), "final", confidence))
            assert self.machine.absorbed == absorbed + (not self.muted)

    @precondition(lambda self: self.interim)
    @rule()
    def the_interim_becomes_final(self) -> None:
        self.final(self.interim, None)
        self.interim = ""

    def final(self, text: str, confidence: float | None) -> None:
        if not self.muted:
            self.finals.add(next(word for word in text.split() if word[-1].isdigit()))
        self.feed(ev.Heard(text, "final", confidence))

    @rule(text=st.sampled_from(("", "  ")), stage=st.sampled_from(("interim", "final")))
    def nothing_is_heard(self, text: str, stage: Any) -> None:
        self.feed(ev.Heard(text, stage))

    @rule(probability=st.sampled_from((0.0, 0.5, 1.0, 7.0, float("nan"))), ago=RECENT)
    def the_detector_answers(self, probability: float, ago: int) -> None:
        self.feed(ev.Predicted(probability, self.now + ago * MS))

    @rule(blank=st.booleans())
    def the_user_types(self, blank: bool) -> None:
        self.segments += 1
        if not blank:
            self.finals.add(f"w{self.segments}")
        self.feed(ev.UserText("" if blank else f"w{self.segments}"))

    @rule(interruptible=st.booleans(), answers=st.booleans())
    def the_agent_starts(self, interruptible: bool, answers: bool) -> None:
        self.utterances += 1
        self.running = self.utterances
        self.next_commit = 0
        self.feed(ev.AgentStarted(self.running, interruptible, answers))

    @precondition(lambda self: self.running is not None)
    @rule()
    def the_agent_is_heard(self) -> None:
        self.feed(ev.AgentAudible(self.utterances))

    @precondition(lambda self: self.running is not None)
    @rule()
    def the_agent_ends(self) -> None:
        # As with any caller, its own books are in order before it tells.
        ended, self.running = self.running, None
        assert ended is not None
        self.feed(ev.AgentEnded(ended))
        assert not self.lowered

    @rule(kind=st.sampled_from((ev.AgentStarted, ev.AgentAudible, ev.AgentEnded)), back=st.integers(0, 3))
    def a_dead_utterance_is_told_of(self, kind: Any, back: int) -> None:
        absorbed, number = self.machine.absorbed, (self.running or self.utterances + 1) - 1 - back
        expected = kind is ev.AgentEnded and number == self.cut
        if expected:
            self.cut = None
        self.feed(kind(number))
        assert self.machine.absorbed == absorbed + (not expected)

    @rule(interrupts=st.booleans())
    def the_classifier_answers(self, interrupts: bool) -> None:
        self.feed(ev.Classified(interrupts))

    @rule(force=st.booleans())
    def the_program_interrupts(self, force: bool) -> None:
        self.feed(ev.InterruptAsked(force))
        assert not (force and self.running)

    @rule(muted=st.booleans())
    def the_user_is_muted(self, muted: bool) -> None:
        self.muted = muted
        self.feed(ev.Mute(muted))

    @rule(back=st.integers(1, 3000))
    def the_clock_goes_backwards(self, back: int) -> None:
        self.tick_until(self.now)
        self.feed(ev.Tick())
        absorbed, commands = self.machine.absorbed, self.machine.step(ev.Tick(), self.now - back * MS)
        assert (self.machine.absorbed, commands) == (absorbed + 1, ())

    @rule()
    def the_session_closes(self) -> None:
        self.feed(ev.Closing())
        assert self.machine.state[2] is Turn.CLOSED

    @invariant()
    def playback_is_lowered_only_for_an_open_hint(self) -> None:
        assert not self.lowered or self.machine.state[3] in (Hint.OPEN, Hint.DOUBTED)
        assert self.machine.state[3] is Hint.NONE or self.running is not None

    @invariant()
    def nothing_goes_out_twice(self) -> None:
        assert self.machine.state[2] is not Turn.CLOSED or self.guess is None
        words = {word: times for word, times in self.out.items() if word[-1].isdigit()}
        assert all(times == 1 or word in self.uncertain for word, times in words.items()), words

    def teardown(self) -> None:
        """From wherever it is, the machine comes to rest, and by then every final word went out."""
        if not hasattr(self, "machine"):
            return
        self.feed(ev.SpeechEnded(self.now))
        if self.running is not None:
            self.the_agent_ends()
        self.tick_until(self.now + 4_000 * MS)
        if self.machine.state[1] is Agent.AWAITED:
            self.tick_until(self.now + 4_000 * MS)
        assert self.machine.at_rest
        assert {word for word in self.finals if not self.out[word]} == set()


def run(examples: int, *, shrink: bool = True) -> int:
    """How many events were told."""
    AnyOrder.steps = 0
    phases = [phase for phase in Phase if shrink or phase is not Phase.shrink]
    chosen = settings(max_examples=examples, stateful_step_count=50, deadline=None, phases=phases)
    run_state_machine_as_test(AnyOrder, settings=chosen)
    return AnyOrder.steps


def test_every_order_of_events_keeps_the_promises() -> None:
    """One turn at a time, no deadline missed, every state left again, no word lost or said twice."""
    assert run(40) > 0


@pytest.mark.slow
def test_ten_thousand_events_keep_the_promises() -> None:
    """The same, for long."""
    assert run(400) >= 10_000
