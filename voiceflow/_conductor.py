"""Obeys the turn-taking machine: one writer for the queue of utterances, the history and the speaker.

Everything here but the two loops is synchronous. An event is stepped to its end before the next one begins, and an
interruption is one such step: what was heard is read, the sink drops the turn, its scope is cancelled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import attrs
import trio

from voiceflow._clock import TIMER
from voiceflow._ports import NodePorts
from voiceflow._turn import Turn
from voiceflow._wire import Bell, first_of
from voiceflow._wiring import Plan, Surroundings
from voiceflow.chat.history import History
from voiceflow.errors import VoiceflowError, describe
from voiceflow.frames import Frame, Message, Prediction, Speech, Transcript
from voiceflow.machines import turn_events as ev
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.turn_state import Agent, Hint, Voice
from voiceflow.machines.turn_state import Turn as UserTurn
from voiceflow.machines.turns import Turns
from voiceflow.node import Sink
from voiceflow.utterance import Utterance

_SECOND = 1_000_000_000
_AT_REST = (Voice.SILENT, Agent.LISTENING, UserTurn.CLOSED, Hint.NONE)


@attrs.define(eq=False)
class Conductor:
    """Between the turn-taking machine and the world."""

    plan: Plan
    around: Surroundings
    machine: Turns
    sink: Sink
    history: History
    policy: RestartPolicy
    ports: NodePorts | None
    """The turn-taking node's, if the graph has one."""
    changed: Callable[[], None]
    """Called when the session may have finished."""

    queue: deque[Utterance] = attrs.field(factory=deque[Utterance], init=False)
    current: Utterance | None = attrs.field(default=None, init=False)
    answer: Utterance | None = attrs.field(default=None, init=False)
    """The answer to the user's last turn."""
    _answering: trio.Event = attrs.field(factory=trio.Event, init=False)
    _bell: Bell = attrs.field(init=False)
    _wake: trio.Event = attrs.field(factory=trio.Event, init=False)
    _events: deque[ev.Event] = attrs.field(factory=deque[ev.Event], init=False)
    _stepping: bool = attrs.field(default=False, init=False)
    _talking: bool = attrs.field(default=False, init=False)
    _stopped: bool = attrs.field(default=False, init=False)
    _ids: int = attrs.field(default=0, init=False)
    _states: tuple[str, str] = attrs.field(default=("", ""), init=False)

    def __attrs_post_init__(self) -> None:
        self._bell = self.ports.bell if self.ports is not None else Bell()
        self.sink.on_audible = self._audible

    @property
    def idle(self) -> bool:
        """Whether nothing is being said, waits to be said, or is owed an answer."""
        # At rest a timer may run all the same: the one that tells how long the user has been silent.
        owes = self.machine.state != _AT_REST and self.machine.due() is not None
        return self.current is None and not self.queue and not owes

    @property
    def heard_all(self) -> bool:
        """Whether the machine knows all that has come in."""
        return self.ports is None or all(not inbox.wire.queue for inbox in self.ports.inboxes.values())

    def now(self) -> int:
        return self.around.clock.now()

    def mark(self, name: str, turn: int | None = None, **values: object) -> None:
        if self.around.trace.readers:
            self.around.trace.mark(self.now(), turn, "turns", name, values)

    # The user's side

    async def listen(self) -> None:
        """Feed what the user does to the machine, and its timers. The program may speak when the user has gone."""
        wires = [inbox.wire for inbox in self.ports.inboxes.values()] if self.ports is not None else []
        while True:
            wire = first_of(wires)
            if wire is not None:
                self._hear(wire.pop())
                await trio.lowlevel.checkpoint_if_cancelled()
                continue
            self.changed()
            await self._wait()

    async def _wait(self) -> None:
        due = self.machine.due()
        if due is None:
            await self._bell.wait()
            return
        with trio.move_on_at(self.around.clock.when(due) + TIMER) as scope:
            await self._bell.wait()
        if scope.cancelled_caught:
            self.post(ev.Tick())

    def _hear(self, frame: Frame) -> None:
        match frame:
            case Speech():
                at = frame.pts * _SECOND // frame.rate
                self.mark("speech", active=frame.active, voiced=frame.voiced, at=at)
                self.post(self._speech_event(frame, at))
            case Transcript():
                self.mark("transcript", stage=frame.stage, text=frame.text, confidence=frame.confidence)
                end = None if frame.end is None else frame.end * _SECOND // frame.rate
                self.post(ev.Heard(frame.text, frame.stage, frame.confidence, frame.language, end))
            case Prediction():
                self.mark("prediction", probability=frame.probability, detector=frame.detector)
                self.post(ev.Predicted(frame.probability, frame.pts * _SECOND // frame.rate))
            case _:
                raise TypeError(f"the turn-taking hears no {type(frame).__name__}")

    def _speech_event(self, frame: Speech, at: int) -> ev.Event:
        going_on, self._talking = self._talking, frame.active
        if not frame.active:
            return ev.SpeechEnded(at)
        if not frame.voiced:
            return ev.SpeechPaused(at)
        return ev.SpeechResumed(at) if going_on else ev.SpeechStarted(at, frame.probability)

    def post(self, event: ev.Event) -> None:
        """Step the machine with an event and obey, before anything else happens."""
        self._events.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events:
                for command in self.machine.step(self._events.popleft(), self.now()):
                    self._obey(command)
                self._tell_states()
        finally:
            self._stepping = False
        self._bell.ring()

    def _tell_states(self) -> None:
        states = self.machine.user, self.machine.agent
        if states != self._states:
            self._states = states
            self.mark("state", user=states[0], agent=states[1])

    def _obey(self, command: ev.Command) -> None:
        match command:
            case ev.Commit():
                self._commit(command)
            case ev.Keep():
                self._add("user", command.text)
            case ev.Interrupt():
                self._interrupt(command.utterance, command.why)
            case ev.Duck():
                self.sink.duck()
                self.mark("duck", self._turn)
            case ev.Hold():
                self.sink.hold()
                self.mark("hold", self._turn)
            case ev.Resume():
                self.sink.resume()
                self.mark("resume", self._turn)
            case ev.Stalled():
                self.mark("stalled")
            case ev.Idle():
                self.mark("idle", times=command.times)
            case ev.Speculate() | ev.Abandon():
                # No guess is begun here before its turn is committed: later than it could be, and never wrong.
                pass
            case _:
                raise TypeError(f"the turn-taking commands {command!r}, which is not known here")

    def _commit(self, command: ev.Commit) -> None:
        self._add("user", command.text)
        utterance = self.answer = self.enqueue("answer", self.history.prompt)
        self._tell_answer()
        self.mark("turn.committed", utterance.id, speech_end=command.speech_end, text=command.text)

    def _add(self, role: Any, text: str, *, interrupted: bool = False) -> Message:
        message = self.history.add(role, text, interrupted=interrupted)
        self.mark("history", role=role, text=text, sequence=message.sequence, interrupted=interrupted)
        return message

    def _tell_answer(self) -> None:
        self._answering.set()
        self._answering = trio.Event()

    async def take_text(self, text: str) -> Utterance:
        """The user typed. Waits until it is committed (a busy agent finishes first) and answered.

        Raises:
            VoiceflowError: the session was left before that.
        """
        before = self.answer
        self.post(ev.UserText(text))
        while self.answer is before:
            if self._stopped:
                raise VoiceflowError("the session was left before the text was answered")
            await self._answering.wait()
        assert self.answer is not None
        return await self.answer

    # The agent's side

    @property
    def _turn(self) -> int | None:
        return None if self.current is None else self.current.id

    def _audible(self, turn: int) -> None:
        if self.current is not None and self.current.id == turn:
            self.current.state = "speaking"
        self.mark("turn.audible", turn)
        self.post(ev.AgentAudible(turn))

    def enqueue(self, kind: Any, opening: Callable[[], Frame], *, interruptible: bool = True) -> Utterance:
        """Put something to say behind what waits. When the call is over it is done at once, unheard."""
        self._ids += 1
        utterance = Utterance(self._ids, kind, interruptible, opening=opening, cut=self.cut)
        if self._stopped:
            self._never_said(utterance)
        else:
            self.queue.append(utterance)
            self._wake.set()
        return utterance

    def cut(self, utterance: Utterance, force: bool) -> bool:
        """Stop an utterance that plays or waits."""
        if utterance.done or utterance.interrupted or not (utterance.interruptible or force):
            return False
        if utterance is self.current:
            self.post(ev.InterruptAsked(force))
            return utterance.interrupted
        self.queue.remove(utterance)
        self._never_said(utterance)
        return True

    def _interrupt(self, id: int, why: str) -> None:
        """The user has the floor: stop what plays, and what waits up to the first that is protected."""
        if self.current is None or self.current.id != id:
            return
        self._stop_current(why)
        while self.queue and self.queue[0].interruptible:
            self._never_said(self.queue.popleft())

    def _stop_current(self, why: str) -> None:
        utterance = self.current
        assert utterance is not None
        if utterance.interrupted:
            return
        # One synchronous step: between reading the position and cancelling nothing else can run.
        self.sink.drop(utterance.id)
        utterance.interrupted = True
        self._store(utterance)
        utterance.scope.cancel(reason=why)
        self.mark("turn.interrupted", utterance.id, why=why, text=utterance.heard)
        self.sink.resume()

    def _store(self, utterance: Utterance) -> None:
        utterance.heard = self.sink.heard(utterance.id)
        if utterance.heard:
            self._add("assistant", utterance.heard, interrupted=utterance.interrupted or utterance.error is not None)

    def _never_said(self, utterance: Utterance) -> None:
        utterance.interrupted = True
        utterance.finish()
        self.mark("turn.dropped", utterance.id)

    def stop(self) -> None:
        """The call is over: nothing more is said, and words that were still in hand are kept."""
        self._stopped = True
        if self.current is not None:
            self._stop_current("the session was left")
        self.post(ev.Closing())  # a user's item stands after the reply that it came upon
        self._tell_answer()
        while self.queue:
            self._never_said(self.queue.popleft())

    async def speak(self) -> None:
        """Say what is in the queue, one utterance after the other."""
        while True:
            while not self.queue:
                self._wake = trio.Event()
                self.changed()
                await self._wake.wait()
            await self._say(self.queue.popleft())

    async def _say(self, utterance: Utterance) -> None:
        self.current = utterance
        utterance.state = "thinking"
        complete = False
        try:
            complete = await self._run(utterance)
        finally:
            if not utterance.interrupted:
                # Ended by itself, failed, or the session closes: what was heard until now stays said.
                if not complete:
                    self.sink.drop(utterance.id)
                utterance.interrupted = not complete and utterance.error is None
                self._store(utterance)
            utterance.finish()
            self.current = None
            self.mark(
                "turn.ended",
                utterance.id,
                text=utterance.heard,
                interrupted=utterance.interrupted,
                seconds=self.sink.position(utterance.id),
            )
            self.post(ev.AgentEnded(utterance.id))

    async def _run(self, utterance: Utterance) -> bool:
        """Whether it was said to its end."""
        self.mark("turn.started", utterance.id, kind=utterance.kind)
        self.post(ev.AgentStarted(utterance.id, utterance.interruptible, utterance.kind == "answer"))
        opening = utterance.opening()
        way = self.plan.turn_for(opening)
        if way is None:
            return True  # a graph without a model hears the user out, and leaves the answer to the program
        turn = Turn(utterance.id, self.plan, way, self.around, self.policy)
        with utterance.scope:
            await turn.run(opening)
        utterance.error = turn.error
        if turn.error is not None:
            self.mark("turn.failed", utterance.id, error=describe(turn.error))
        return not utterance.scope.cancelled_caught and utterance.error is None
