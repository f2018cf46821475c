"""Hears what the user does, steps the turn-taking machine, and obeys it.

Everything here but the loop is synchronous: an event is stepped to its end, and its commands are obeyed, before the
next one begins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs
import trio

from voiceflow._agenda import Agenda
from voiceflow._changes import Changes
from voiceflow._clock import SECOND, TIMER
from voiceflow._condensing import Condensing
from voiceflow._guessing import Guessing
from voiceflow._minutes import Minutes
from voiceflow._opening import Given
from voiceflow._ports import NodePorts
from voiceflow._rounds import Agents, SessionTools
from voiceflow._wire import Bell, first_of
from voiceflow._wiring import Plan, Surroundings
from voiceflow.chat.history import History
from voiceflow.chat.window import ContextWindow
from voiceflow.errors import VoiceflowError
from voiceflow.frames import Frame, Interjection, Prediction, Speech, Transcript
from voiceflow.machines import turn_events as ev
from voiceflow.machines.muting import Muting
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.turn_settings import TurnSettings
from voiceflow.machines.turn_state import Agent, Hint, Voice
from voiceflow.machines.turn_state import Turn as UserTurn
from voiceflow.machines.turns import Turns
from voiceflow.node import Sink
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.use import ToolUse
from voiceflow.utterance import Utterance

_AT_REST = (Voice.SILENT, Agent.LISTENING, UserTurn.CLOSED, Hint.NONE)


@attrs.define(eq=False)
class Conductor:
    """Between the turn-taking machine and the world."""

    plan: Plan
    around: Surroundings
    settings: TurnSettings
    machine: Turns
    sink: Sink
    history: History
    policy: RestartPolicy
    runner: ToolRunner
    use: ToolUse
    agents: Agents
    ports: NodePorts | None
    """The turn-taking node's, if the graph has one."""
    changed: Callable[[], None]
    """Called when the session may have finished."""
    nursery: trio.Nursery
    """The session's."""
    window: ContextWindow | None

    agenda: Agenda = attrs.field(init=False)
    condensing: Condensing | None = attrs.field(default=None, init=False)
    answer: Utterance | None = attrs.field(default=None, init=False)
    """The answer to the user's last turn."""
    _answering: Changes = attrs.field(factory=Changes, init=False)
    _bell: Bell = attrs.field(init=False)
    _awaited: int | None = attrs.field(default=None, init=False)
    """The machine's timer that is waited for."""
    _events: deque[ev.Event] = attrs.field(factory=deque[ev.Event], init=False)
    _stepping: bool = attrs.field(default=False, init=False)
    _muting: Muting = attrs.field(init=False)
    _muted: bool = attrs.field(default=False, init=False)
    _states: tuple[str, str] = attrs.field(default=("", ""), init=False)

    def __attrs_post_init__(self) -> None:
        self._muting = Muting(self.settings.mute)
        self._bell = self.ports.bell if self.ports is not None else Bell()
        guessing = Guessing(self.around.clock, self.nursery, self.mark, trio.Lock())
        tools = SessionTools(
            self.use, self.runner, self.agents, self.history.append, self.mark, self._follow_tools, self._answer
        )
        self.agenda = Agenda(
            self.plan,
            self.around,
            self.sink,
            Minutes(self.history, self.runner, self.window, self.mark),
            self.policy,
            tools,
            guessing,
            self.mark,
            self.post,
            self._at_rest,
        )
        if self.window is not None:
            self.condensing = Condensing(
                self.window, self.plan, self.around, self.history, guessing, tools, self.mark, lambda: self.agenda.idle
            )
        self.sink.on_audible = self.agenda.audible

    @property
    def idle(self) -> bool:
        """Whether nothing is being said, waits to be said, or is owed an answer."""
        # At rest a timer may run all the same: the one that tells how long the user has been silent.
        owes = self.machine.state != _AT_REST and self.machine.due() is not None
        return self.agenda.idle and not owes

    def _at_rest(self) -> None:
        if self.condensing is not None:
            self.condensing.turn_ended()
        self.changed()

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
        self._follow_mute()
        while True:
            wire = first_of(wires)
            if wire is not None:
                self._hear(wire.pop())
                await trio.lowlevel.checkpoint_if_cancelled()
                continue
            self.changed()
            await self._wait()

    async def _wait(self) -> None:
        due = self._awaited = self.machine.due()
        if due is None:
            await self._bell.wait()
            return
        at = self.around.clock.when(due) + TIMER
        if trio.current_time() < at:
            with trio.move_on_at(at) as scope:
                await self._bell.wait()
            if not scope.cancelled_caught or self.machine.due() != due:
                return
        await trio.lowlevel.checkpoint_if_cancelled()
        self.post(ev.Tick())

    def _is_late(self) -> bool:
        """Whether a timer is due before the one that is waited for; another is looked for when that one has passed."""
        due = self.machine.due()
        return due is not None and (self._awaited is None or due < self._awaited)

    def _hear(self, frame: Frame) -> None:
        match frame:
            case Speech():
                at = frame.pts * SECOND // frame.rate
                self.mark("speech", active=frame.active, voiced=frame.voiced, at=at)
                self.post(self._speech_event(frame, at))
            case Transcript():
                end = None if frame.end is None else frame.end * SECOND // frame.rate
                self.mark("transcript", stage=frame.stage, text=frame.text, confidence=frame.confidence, end=end)
                self.post(ev.Heard(frame.text, frame.stage, frame.confidence, frame.language, end))
                if frame.stage == "interim" and (text := self.machine.foreseen):
                    self.agenda.foresee(text)
            case Prediction():
                self.mark("prediction", probability=frame.probability, detector=frame.detector)
                self.post(ev.Predicted(frame.probability, frame.pts * SECOND // frame.rate, frame.detector))
            case Interjection():
                self.mark("interjection", interrupts=frame.interrupts)
                self.post(ev.Classified(frame.interrupts))
            case _:
                raise TypeError(f"the turn-taking hears no {type(frame).__name__}")

    def _speech_event(self, frame: Speech, at: int) -> ev.Event:
        if not frame.active:
            return ev.SpeechEnded(at)
        if not frame.voiced:
            return ev.SpeechPaused(at)
        # The machine knows best whether an utterance is open: a verdict may be lost, or come twice.
        begins = self.machine.state[0] is Voice.SILENT
        return ev.SpeechStarted(at, frame.probability) if begins else ev.SpeechResumed(at)

    def post(self, event: ev.Event) -> None:
        """Step the machine with an event and obey, before anything else happens."""
        self._events.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events:
                self._step(self._events.popleft())
                self._tell_states()
        finally:
            self._stepping = False
        if self._bell.task is not None and self._is_late():
            self._bell.ring()
        self.changed()

    def _step(self, event: ev.Event) -> None:
        absorbed = self.machine.absorbed
        commands = self.machine.step(event, self.now())
        if self.machine.absorbed > absorbed:
            self.mark("absorbed", self.agenda.turn, event=type(event).__name__)
        for command in commands:
            self._obey(command)

    def _tell_states(self) -> None:
        states = self.machine.user, self.machine.agent
        if states != self._states:
            self._states = states
            self.mark("state", user=states[0], agent=states[1])
            self._muting.follow(states[1])
            self._follow_mute()

    def mute(self, change: int) -> None:
        """The program wants one more (1) or one less (-1) that the user is not listened to."""
        self._muting.asked += change
        self._follow_mute()

    def _answer(self) -> None:
        self.agenda.enqueue("answer", lambda: Given(self.agenda.minutes.prompt()))

    def _follow_tools(self, change: int) -> None:
        self._muting.tools += change
        self._follow_mute()

    def _follow_mute(self) -> None:
        if self._muting.muted != self._muted:
            self._muted = self._muting.muted
            self.mark("muted", muted=self._muted)
            self.post(ev.Mute(self._muted))

    def _obey(self, command: ev.Command) -> None:
        match command:
            case ev.Commit():
                self._commit(command)
            case ev.Keep():
                self.agenda.minutes.user(command.text)
            case ev.Interrupt():
                self.agenda.interrupt(command.utterance, command.why)
            case ev.Duck():
                self.sink.duck()
                self.mark("duck", self.agenda.turn)
            case ev.Hold():
                self.sink.hold()
                self.mark("hold", self.agenda.turn)
            case ev.Resume():
                self.sink.resume()
                self.mark("resume", self.agenda.turn)
            case ev.Stalled():
                self.mark("stalled")
            case ev.Idle():
                self.mark("idle", times=command.times)
            case ev.Speculate():
                self.agenda.guess(command.number, command.text, self.settings.speculation.mode)
            case ev.Abandon():
                self.agenda.guessing.abandon("the user said something else")
            case _:
                raise TypeError(f"the turn-taking commands {command!r}, which is not known here")

    def _commit(self, command: ev.Commit) -> None:
        self.agenda.minutes.user(command.text)
        utterance = self.answer = self.agenda.answer(command.speculation)
        self._answering.tell()
        self.mark("turn.committed", utterance.id, speech_end=command.speech_end, text=command.text)

    async def take_text(self, text: str) -> Utterance:
        """The user typed. Waits until it is committed (a busy agent finishes first) and answered.

        Raises:
            VoiceflowError: the session was left before that, or a node of a turn would wait for its own end.
        """
        self.agenda.within.may_wait()
        before = self.answer
        self.post(ev.UserText(text))
        while self.answer is before:
            if self.agenda.stopped:
                raise VoiceflowError("the session was left before the text was answered")
            await self._answering.next()
        assert self.answer is not None
        return await self.answer

    def stop(self) -> None:
        """The call is over: nothing more is said, and words that were still in hand are kept."""
        self.agenda.stop(keep=self._keep)
        self._answering.tell()

    def _keep(self) -> None:
        """Keep the words that are in hand, and those that have come in this instant and were not looked at yet."""
        wires = [inbox.wire for inbox in self.ports.inboxes.values()] if self.ports is not None else []
        while (wire := first_of(wires)) is not None:
            self._hear(wire.pop())
        self.post(ev.Closing())
