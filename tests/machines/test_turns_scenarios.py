"""The reference scenarios, played against the machine in a small world that has no clock but its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from voiceflow.machines import turn_events as ev
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, SpeculationMode, TurnSettings, ns
from voiceflow.machines.turns import Turns

USER, TIMER, OUTPUT = 0, 1, 2
_Entry = tuple[int, int, int, Callable[[], None]]


def plain(
    *, endpointing: Endpointing | None = None, speculation: SpeculationMode = "off", **interruption: Any
) -> TurnSettings:
    """The settings that the scenarios take for granted."""
    return TurnSettings(
        endpointing=Endpointing(mode="fixed"),
        interruption=Interruption(always={}, fade=0, **interruption),
        speculation=Speculation(mode=speculation),
    )


@attrs.frozen
class Clip:
    """What the user says, and when; no text is a noise."""

    start: float
    end: float
    text: str = ""


@attrs.define
class Saying:
    """One utterance of the agent on its way to the ear."""

    id: int
    length: int
    interruptible: bool
    answers: bool
    audio_at: int = 0
    ready: bool = False
    since: int | None = None
    played: int = 0
    over: bool = False


@attrs.define
class World:
    """User, VAD, STT, LLM, TTS and speaker with the times of the scenarios; `log` is what happened, in seconds."""

    machine: Turns
    reply: float = 2.0
    llm_last: float = 0.3
    tts: float = 0.2
    stt: float = 0.2
    silence: float = 0.5
    now: int = 0
    log: list[tuple[float, str]] = attrs.field(factory=list[tuple[float, str]])
    history: list[tuple[str, str]] = attrs.field(factory=list[tuple[str, str]])
    _heap: list[_Entry] = attrs.field(factory=list[_Entry])
    _count: int = 0
    _ids: int = 0
    current: Saying | None = None
    queue: list[Saying] = attrs.field(factory=list[Saying])
    held: bool = False
    _states: tuple[str, str] = ("listening", "listening")
    guesses: dict[int, int] = attrs.field(factory=dict[int, int])
    guesses_tts: bool = False

    def at(self, time: int, rank: int, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (time, rank, self._count, action))

    def note(self, what: str) -> None:
        self.log.append((self.now / 1e9, what))

    def clips(self, clips: Sequence[Clip], *, stt_at_end: bool = False) -> None:
        """Schedule what the user, the VAD and the STT do: gaps shorter than the VAD's silence are pauses."""
        for place, clip in enumerate(clips):
            before = clips[place - 1].end if place else None
            after = clips[place + 1].start if place + 1 < len(clips) else None
            joins = before is not None and clip.start - before < self.silence
            goes_on = after is not None and after - clip.end < self.silence
            start, end = ns(clip.start), ns(clip.end)
            self.user(clip.start, ev.SpeechResumed(start) if joins else ev.SpeechStarted(start))
            self.user(clip.end, ev.SpeechPaused(end))
            if not goes_on:
                self.user(clip.end + self.silence, ev.SpeechEnded(end))
            if clip.text:
                self.user(clip.end + (0 if stt_at_end else self.stt), ev.Heard(clip.text, "final"))

    def user(self, seconds: float, event: ev.Event) -> None:
        self.at(ns(seconds), USER, lambda: self.feed(event))

    def say(self, length: float, *, interruptible: bool = True) -> None:
        self._enqueue(Saying(self._next(), ns(length), interruptible, False))

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _enqueue(self, saying: Saying) -> None:
        self.queue.append(saying)
        self._begin()

    def _begin(self) -> None:
        if self.current is not None or not self.queue:
            return
        saying = self.current = self.queue.pop(0)
        self.feed(ev.AgentStarted(saying.id, saying.interruptible, saying.answers))
        delay = ns(self.tts) + (ns(self.llm_last) if saying.answers else 0)
        self.at(saying.audio_at or self.now + delay, OUTPUT, lambda: self._audio(saying))

    def _audio(self, saying: Saying) -> None:
        saying.ready = True
        if not self.held and not saying.over:
            self._play(saying)

    def _play(self, saying: Saying) -> None:
        begins = saying.since = self.now
        self.at(self.now + saying.length - saying.played, OUTPUT, lambda: self._end(saying, begins))
        self.feed(ev.AgentAudible(saying.id))

    def _end(self, saying: Saying, begun: int) -> None:
        if saying.over or saying.since != begun:
            return
        saying.over = True
        self.current = None
        self.history.append(("assistant", "all"))
        self.feed(ev.AgentEnded(saying.id))
        self._begin()

    def feed(self, event: ev.Event) -> None:
        for command in self.machine.step(event, self.now):
            self.obey(command)
        states = self.machine.user, self.machine.agent
        if states[1] != self._states[1]:
            self.note(states[1])
        self._states = states

    def obey(self, command: ev.Command) -> None:
        match command:
            case ev.Commit(text=text, speculation=number):
                self.note(f"commit {text}")
                self.history.append(("user", text))
                audio_at = 0 if number is None else self._guessed(self.guesses[number])
                self._enqueue(Saying(self._next(), ns(self.reply), True, True, audio_at))
            case ev.Speculate(number=number):
                self.guesses[number] = self.now
            case ev.Keep(text=text):
                self.note(f"keep {text}")
                self.history.append(("user", text))
            case ev.Interrupt(utterance=utterance):
                self._interrupt(utterance)
            case ev.Hold():
                self.note("hold")
                self._pause()
            case ev.Resume():
                self.note("resume")
                self._resume()
            case _:
                self.note(type(command).__name__.lower())

    def _guessed(self, begun: int) -> int:
        """When a reply that was begun early is audible: its synthesis, too, may have gone ahead of the commit."""
        text_at, tts = begun + ns(self.llm_last), ns(self.tts)
        return max(self.now, text_at + tts) if self.guesses_tts else max(self.now, text_at) + tts

    def _pause(self) -> None:
        self.held = True
        if self.current is not None and self.current.since is not None:
            self.current.played += self.now - self.current.since
            self.current.since = None

    def _resume(self) -> None:
        self.held = False
        if self.current is not None and self.current.ready and self.current.since is None:
            self._play(self.current)

    def _interrupt(self, utterance: int) -> None:
        saying = self.current
        assert saying is not None
        assert saying.id == utterance
        saying.over = True
        self.held = False
        if saying.since is not None:
            saying.played += self.now - saying.since
        self.note(f"interrupt after {saying.played / 1e9:g}")
        if saying.played:
            self.history.append(("assistant", f"{saying.played / 1e9:g}"))
        self.current = None
        while self.queue and self.queue[0].interruptible:
            self.queue.pop(0)
        self._begin()

    def run(self) -> list[tuple[float, str]]:
        """Play until nothing is left to happen."""
        while True:
            due = self.machine.due()
            if due is not None:
                self.at(due, TIMER, lambda: self.feed(ev.Tick()))
            if not self._heap:
                return self.log
            self.now, rank, _, action = heapq.heappop(self._heap)
            if rank != TIMER or self.machine.due() == self.now:
                action()


FIRST = Clip(0.5, 2.5, "Hello there")
STOP = Clip(5.0, 6.0, "Stop!")


def play(
    clips: Sequence[Clip], settings: TurnSettings | None = None, *, stt_at_end: bool = False, **world: Any
) -> World:
    made = World(Turns(settings or plain()), **world)
    made.clips(clips, stt_at_end=stt_at_end)
    made.run()
    assert made.machine.absorbed == 0
    assert made.machine.due() is None
    return made


def test_a_plain_turn_is_committed_half_a_second_after_speech() -> None:
    """Scenario 1: thinking at 3.0, speaking at 3.5, listening again at 5.5."""
    world = play([FIRST])
    assert world.log == [
        (3.0, "commit Hello there"),
        (3.0, "thinking"),
        (3.5, "speaking"),
        (5.5, "listening"),
    ]
    assert world.history == [("user", "Hello there"), ("assistant", "all")]


def test_an_interruption_cuts_the_reply_and_is_answered() -> None:
    """Scenario 2: ducked at 5.0, cut at 5.5 with 2.0 s played, committed at 6.5."""
    world = play([FIRST, STOP], reply=10.0)
    assert world.log[3:] == [
        (5.0, "duck"),
        (5.5, "interrupt after 2"),
        (5.5, "listening"),
        (6.5, "commit Stop!"),
        (6.5, "thinking"),
        (7.0, "speaking"),
        (17.0, "listening"),
    ]
    assert world.history[:3] == [("user", "Hello there"), ("assistant", "2"), ("user", "Stop!")]


def test_words_accumulate_over_the_pauses_of_an_utterance() -> None:
    """Scenario 3: three words by 7.5; the hint is let go in the pause and taken up again."""
    settings = plain(min_words=3)
    world = play([FIRST, STOP, Clip(6.4, 7.5, "ok, stop!")], settings, stt_at_end=True, reply=10.0)
    assert world.log[3:8] == [
        (5.0, "duck"),
        (6.2, "resume"),
        (6.4, "duck"),
        (7.5, "interrupt after 4"),
        (7.5, "listening"),
    ]
    assert world.log[8] == (8.0, "commit Stop! ok, stop!")


def test_with_interruption_off_the_words_wait_for_the_end_of_the_reply() -> None:
    """Scenario 4: everything is played, and the words are committed at 13.5."""
    world = play([FIRST, STOP], plain(mode="off"), reply=10.0)
    assert world.log[2:6] == [
        (3.5, "speaking"),
        (13.5, "listening"),
        (13.5, "commit Stop!"),
        (13.5, "thinking"),
    ]


def test_speech_while_thinking_cuts_a_reply_that_was_never_heard() -> None:
    """Scenario 5: interrupted at 3.6, committed again at 4.6, no assistant item in between."""
    world = play([FIRST, Clip(3.1, 4.1, "and more")], llm_last=2.0)
    assert world.log == [
        (3.0, "commit Hello there"),
        (3.0, "thinking"),
        (3.1, "hold"),
        (3.6, "interrupt after 0"),
        (3.6, "listening"),
        (4.6, "commit and more"),
        (4.6, "thinking"),
        (6.8, "speaking"),
        (8.8, "listening"),
    ]
    assert world.history == [("user", "Hello there"), ("user", "and more"), ("assistant", "all")]


def test_a_noise_while_thinking_holds_the_first_sample_back_until_it_is_let_go() -> None:
    """Scenario 6: the first sample, ready at 3.5, is heard at 3.6; nothing is stored for the noise."""
    world = play([FIRST, Clip(3.1, 3.4)], reply=5.0)
    assert world.log[2:] == [
        (3.1, "hold"),
        (3.6, "resume"),
        (3.6, "speaking"),
        (5.4, "stalled"),
        (8.6, "listening"),
    ]
    assert world.history == [("user", "Hello there"), ("assistant", "all")]


def test_a_cough_lowers_the_voice_and_cuts_nothing() -> None:
    """Scenario 7: ducked at 4.0, full gain at 4.4, to the end at 13.5."""
    world = play([FIRST, Clip(4.0, 4.2)], reply=10.0)
    assert world.log[2:] == [
        (3.5, "speaking"),
        (4.0, "duck"),
        (4.4, "resume"),
        (6.2, "stalled"),
        (13.5, "listening"),
    ]
    assert world.history == [("user", "Hello there"), ("assistant", "all")]


def test_speech_that_goes_on_after_a_commit_drops_the_unheard_reply() -> None:
    """Scenario 9: the reply's first sample is held back, cut unheard at 3.1, and both parts answered from 3.7."""
    world = play([Clip(0.5, 2.0, "Tell me a story"), Clip(2.6, 3.2, "about a firefighter.")])
    assert world.log == [
        (2.5, "commit Tell me a story"),
        (2.5, "thinking"),
        (2.6, "hold"),
        (3.1, "interrupt after 0"),
        (3.1, "listening"),
        (3.7, "commit about a firefighter."),
        (3.7, "thinking"),
        (4.2, "speaking"),
        (6.2, "listening"),
    ]
    assert world.history == [("user", "Tell me a story"), ("user", "about a firefighter."), ("assistant", "all")]


@pytest.mark.parametrize("protected", [False, True])
def test_what_waits_behind_an_interrupted_item_is_dropped_unless_protected(protected: bool) -> None:
    """Scenario 10: A is cut at 1.5 with 1.3 s played; B is heard from 1.7 to 4.7 if it is protected."""
    world = World(Turns(plain()))
    world.say(3.0)
    world.say(3.0, interruptible=not protected)
    world.clips([Clip(1.0, 2.0, "Hello there")])
    world.run()
    assert world.log[:4] == [(0.0, "thinking"), (0.2, "speaking"), (1.0, "duck"), (1.5, "interrupt after 1.3")]
    if protected:
        assert world.log[4:8] == [
            (1.5, "thinking"),
            (1.7, "speaking"),
            (4.7, "listening"),
            (4.7, "commit Hello there"),
        ]
    else:
        assert world.log[4:6] == [(1.5, "listening"), (2.5, "commit Hello there")]


@pytest.mark.parametrize(("mode", "first_audio"), [("llm+tts", 0.7), ("llm", 0.8), ("off", 1.1)])
def test_a_right_guess_brings_the_first_audio_forward(mode: SpeculationMode, first_audio: float) -> None:
    """Scenario 8: seconds from the end of speech to the first audio, by what was guessed ahead."""
    world = play(
        [Clip(0.5, 2.0, "Hello there")], plain(speculation=mode), stt=0.1, tts=0.3, guesses_tts=mode == "llm+tts"
    )
    assert world.log[0] == (2.5, "commit Hello there")
    assert world.log[2] == (2.0 + first_audio, "speaking")
