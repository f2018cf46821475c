"""What the agent has to say: the queue of utterances, the one under way, and what was heard of each.

All but `speak` is synchronous, so that an interruption is one step: what was heard is read, the sink drops the turn,
its scope is cancelled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

import attrs
import trio

from voiceflow._cost import Cost
from voiceflow._guessing import Guess, Guessing, Mark
from voiceflow._minutes import Minutes
from voiceflow._opening import Given, Opening
from voiceflow._ports import NodePorts
from voiceflow._rounds import SessionTools
from voiceflow._stages import standing
from voiceflow._turn import Turn
from voiceflow._wiring import Plan, Surroundings, TurnPlan
from voiceflow._within import Within
from voiceflow.errors import describe
from voiceflow.items import Image
from voiceflow.machines import turn_events as ev
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.turn_settings import SpeculationMode
from voiceflow.node import Sink
from voiceflow.utterance import Kind, Utterance


@attrs.define(eq=False)
class Agenda:
    """Says one utterance after the other; the nodes of a turn are at work in one turn at a time."""

    plan: Plan
    around: Surroundings
    sink: Sink
    minutes: Minutes
    policy: RestartPolicy
    tools: SessionTools
    guessing: Guessing
    mark: Mark
    post: Callable[[ev.Event], None]
    """Tells the turn-taking machine."""
    changed: Callable[[], None]
    """Called when the session may have finished."""

    within: Within = attrs.field(init=False)
    """What is said, handed over and waited for from inside of a turn."""
    queue: deque[Utterance] = attrs.field(factory=deque[Utterance], init=False)
    current: Utterance | None = attrs.field(default=None, init=False)
    stopped: bool = attrs.field(default=False, init=False)
    _taken: Guess | None = attrs.field(default=None, init=False)
    """The guess that goes on as an answer, until that one is done."""
    _working: Turn | None = attrs.field(default=None, init=False)
    """The turn of the current utterance."""
    _wake: trio.Event = attrs.field(factory=trio.Event, init=False)
    _ids: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.within = Within(self.tools.agents, self._turns, self.can, self._aside)

    @property
    def idle(self) -> bool:
        """Whether nothing is being said or waits to be said."""
        return self.current is None and not self.queue

    @property
    def ports(self) -> list[NodePorts]:
        """Those of the turn that is being said."""
        return [] if self._working is None else self._working.ports

    @property
    def asked(self) -> int:
        """How often something was to be said so far; what is said in the middle of a reply does not count."""
        return self._ids

    @property
    def turn(self) -> int | None:
        """The turn under way."""
        return None if self.current is None else self.current.id

    # What is to be said

    def can(self, opening: Opening) -> bool:
        """Whether the graph has a way for what begins so."""
        return self.plan.turn_for(opening.kind) is not None

    def say(self, opening: Opening, *, interruptible: bool) -> Utterance:
        """Put something behind what waits; or, for who writes a reply, into the middle of that."""
        aside = self.within.say(opening, interruptible)
        return self.enqueue("say", lambda: opening, interruptible=interruptible) if aside is None else aside

    def enqueue(self, kind: Kind, opening: Callable[[], Opening], *, interruptible: bool = True) -> Utterance:
        """Put something to say behind what waits. When the call is over it is done at once, unheard."""
        self.guessing.abandon("something else is said first")
        return self._put(self._utterance(kind, opening, interruptible))

    def answer(self, guess: int | None) -> Utterance:
        """Put the answer to what the user said behind what waits; the guess of this number, if it is still good."""
        taken = self.guessing.take(guess)
        if taken is None:
            return self._put(self._utterance("answer", lambda: Given(self.minutes.prompt()), True))
        self._taken = taken
        return self._put(taken.utterance)

    def guess(self, number: int, text: str, mode: SpeculationMode) -> None:
        """Begin to answer `text`, in case it is what the user will have said."""
        opening = Given(self.minutes.supposing(text))
        way = self.plan.turn_for(opening.kind)
        ending = self.current is not None and self.current.interrupted and not self.queue
        if way is None or not (self.idle or ending):
            return
        utterance = self._utterance("answer", lambda: opening, True)
        held = self.plan.held_back(voices=mode != "llm+tts")
        self.guessing.begin(number, utterance, self._turn(utterance, way, held, trio.Event()), opening)

    def foresee(self, text: str) -> None:
        """The user's words so far: who answers them may get ready."""
        self.guessing.expect(partial(self.minutes.supposing, text), standing(self.plan.graph, "llm"))

    def _utterance(
        self, kind: Kind, opening: Callable[[], Opening], interruptible: bool, turn: int | None = None
    ) -> Utterance:
        self._ids += turn is None
        id = turn or self._ids
        return Utterance(id, kind, interruptible, opening=opening, cut=self.cut, may_wait=self.within.may_wait)

    def _turn(
        self, utterance: Utterance, way: TurnPlan, held: frozenset[str] = frozenset(), gate: trio.Event | None = None
    ) -> Turn:
        around, policy, within = self.around, self.policy, self.within
        hand = partial(within.hand_over, utterance)
        return Turn(utterance.id, self.plan, way, around, policy, self.tools, within.say_in, hand, held, gate)

    def _aside(self, turn: Turn, opening: Opening, interruptible: bool) -> Utterance:
        return self._utterance("say", lambda: opening, interruptible, turn.id)

    def _turns(self) -> list[Turn]:
        """The turns that are at work and not stopped."""
        found: list[Turn] = []
        if self._working is not None and self.current is not None and not self.current.interrupted:
            found.append(self._working)
        begun = (self._taken, self.guessing.open)
        return found + [guess.turn for guess in begun if guess is not None]

    def _put(self, utterance: Utterance) -> Utterance:
        if self.stopped:
            self._never_said(utterance)
        else:
            self.queue.append(utterance)
            self._wake.set()
        return utterance

    # What stops it

    def cut(self, utterance: Utterance, force: bool) -> bool:
        """Stop an utterance that plays or waits."""
        if utterance.done or utterance.interrupted or not (utterance.interruptible or force):
            return False
        if self._working is not None and self._working.says(utterance):
            return self.current is not None and self.cut(self.current, force)  # it is part of that
        if utterance is self.current:
            self.post(ev.InterruptAsked(force))
            return utterance.interrupted
        self.queue.remove(utterance)
        self._never_said(utterance)
        return True

    def interrupt(self, id: int, why: str) -> None:
        """The user has the floor: stop what plays, and what waits up to the first that is protected."""
        if self.current is None or self.current.id != id:
            return
        self._stop_current(why)
        while self.queue and self.queue[0].interruptible:
            self._never_said(self.queue.popleft())

    def stop(self, keep: Callable[[], None]) -> None:
        """The call is over: nothing more is said. `keep` stores the words of the user that are still in hand."""
        self.stopped = True
        if self.current is not None:
            self._stop_current("the session was left")
        keep()  # a user's item stands after the reply that it came upon
        self.guessing.abandon("the session was left")
        while self.queue:
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
        if self.around.trace.readers:
            cost = Cost() if self._working is None else self._working.cost()
            values = {"tokens": cost.tokens, "made": cost.seconds, "heard": utterance.seconds}
            self.mark("turn.interrupted", utterance.id, why=why, text=utterance.heard, **values)
        self.sink.resume()

    def _never_said(self, utterance: Utterance) -> None:
        utterance.interrupted = True
        utterance.scope.cancel(reason="it will not be said")
        utterance.finish()
        self.mark("turn.dropped", utterance.id)

    # What was heard

    def show(self, images: Iterable[Image]) -> None:
        """The user shows something, and will say what about it."""
        self.guessing.abandon("the user showed something else")
        self.minutes.show(images)

    def _store(self, utterance: Utterance) -> None:
        utterance.heard = self.sink.heard(utterance.id)
        utterance.seconds = self.sink.position(utterance.id)
        if utterance.heard:
            cut = utterance.interrupted or utterance.error is not None
            # A signature is for all that was written in one go.
            whole = not cut and self._working is not None and not self._working.rounds.rounds
            signature = self._working.rounds.signature if whole and self._working is not None else ""
            said = self.minutes.assistant(utterance.heard, interrupted=cut, signature=signature)
            self.tools.agents.said(said, utterance)

    def audible(self, turn: int) -> None:
        """The sink says that the first sample of a turn is heard."""
        if self.current is not None and self.current.id == turn:
            self.current.state = "speaking"
        self.mark("turn.audible", turn)
        self.post(ev.AgentAudible(turn))

    # Saying it

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
            self.sink.finish(utterance.id)
            utterance.finish()
            self.current = self._working = None
            self.mark(
                "turn.ended",
                utterance.id,
                text=utterance.heard,
                interrupted=utterance.interrupted,
                seconds=utterance.seconds,
            )
            self.post(ev.AgentEnded(utterance.id))

    async def _run(self, utterance: Utterance) -> bool:
        """Whether it was said to its end."""
        self.mark("turn.started", utterance.id, kind=utterance.kind)
        self.post(ev.AgentStarted(utterance.id, utterance.interruptible, utterance.kind == "answer"))
        turn = await self._perform(utterance)
        if turn is None:
            return True  # a graph without a model hears the user out, and leaves the answer to the program
        utterance.error = turn.error
        if turn.error is not None:
            self.mark("turn.failed", utterance.id, error=describe(turn.error))
        return not utterance.scope.cancelled_caught and utterance.error is None

    async def _perform(self, utterance: Utterance) -> Turn | None:
        """Its turn, when that has ended: the one that was begun as a guess, or one from its opening."""
        guess, self._taken = self._taken, None
        if guess is not None and guess.utterance is utterance:
            self._working = guess.turn
            await guess.ended.wait()
            return guess.turn
        opening = utterance.opening()
        way = self.plan.turn_for(opening.kind)
        if way is None:
            return None
        turn = self._working = self._turn(utterance, way)
        with utterance.scope:
            await self.guessing.perform(turn, opening)
        return turn
