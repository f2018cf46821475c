"""The reference scenarios, played against the machine in a small world that has no clock but its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from voiceflow.machines import turn_events as ev
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings, ns
from voiceflow.machines.turns import Turns

USER, TIMER, OUTPUT = 0, 1, 2


def plain(*, endpointing: Endpointing | None = None, speculation: str = "off", **interruption: Any) -> TurnSettings:
    """The settings that the scenarios take for granted."""
    return TurnSettings(
        endpointing=endpointing or Endpointing(mode="fixed"),
        interruption=Interruption(**({"always": {}, "fade": 0} | interruption)),
        speculation=Speculation(mode=speculation),  # type: ignore[arg-type]
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
    log: list[tuple[float, str]] = attrs.field(factory=list)
    history: list[tuple[str, str]] = attrs.field(factory=list)
    _heap: list[tuple[int, int, int, Callable[[], None]]] = attrs.field(factory=list)
    _count: int = 0
    _ids: int = 0
    current: Saying | None = None
    queue: list[Saying] = attrs.field(factory=list)
    held: bool = False
    _states: tuple[str, str] = ("listening", "listening")
    guesses: dict[int, int] = attrs.field(factory=dict)

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
        self.at(self.now + delay, OUTPUT, lambda: self._audio(saying))

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
            case ev.Commit(text=text):
                self.note(f"commit {text}")
                self.history.append(("user", text))
                self._enqueue(Saying(self._next(), ns(self.reply), True, True))
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
