"""Replies that are begun before the user's turn is committed: each in a scope of its own, behind a gate.

A guess is a turn whose sink (and voice, if that is not to be guessed) does nothing before the commit: what is written
waits on its wires, which are bounded. The commit opens the gate; anything else cancels the scope, and what was made
in vain is counted.

Before there is anything to guess at, who will answer is told the words as they come (`Node.expect`): what a model has
read of them by then, it need not read when it is to answer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

import attrs
import trio

from voiceflow._clock import Clock
from voiceflow._opening import Opening
from voiceflow._turn import Turn
from voiceflow.frames import Prompt
from voiceflow.node import Node
from voiceflow.utterance import Utterance

Mark = Callable[..., None]


@attrs.define(eq=False)
class Guess:
    """One reply that was begun early."""

    number: int
    utterance: Utterance
    turn: Turn
    at: int
    """When it was begun, in nanoseconds."""
    ended: trio.Event = attrs.field(factory=trio.Event, init=False)
    abandoned: bool = attrs.field(default=False, init=False)

    def abandon(self, why: str) -> None:
        """Stop it; its cost is told when its last task has ended."""
        self.abandoned = True
        self.utterance.scope.cancel(reason=why)


@attrs.define(eq=False)
class Guessing:
    """At most one guess is open. One that was taken is the agenda's."""

    clock: Clock
    nursery: trio.Nursery
    """Of the session: a guess has no other parent before it is committed."""
    mark: Mark
    at_work: trio.Lock
    """The nodes of a turn are in one turn at a time: a new one waits until all tasks of the one before have ended."""
    open: Guess | None = attrs.field(default=None, init=False)
    _between: set[trio.CancelScope] = attrs.field(factory=set[trio.CancelScope], init=False)
    """Of who uses the nodes while no turn does, or waits for that."""
    _expected: Callable[[], Prompt] | None = attrs.field(default=None, init=False)
    """What the next prompt may begin with, if that is still to be told."""
    _telling: bool = attrs.field(default=False, init=False)

    async def perform(self, turn: Turn, opening: Opening) -> None:
        """Run a turn as soon as the nodes are free; who uses them between turns gives way."""
        for scope in self._between:
            scope.cancel(reason="a turn wants the nodes")
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self.at_work.acquire_nowait()
        except trio.WouldBlock:
            await self.at_work.acquire()
        try:
            await turn.run(opening)
        finally:
            self.at_work.release()

    @asynccontextmanager
    async def between_turns(self) -> AsyncGenerator[trio.CancelScope, None]:
        """The nodes of turns, until a turn wants them: the scope is cancelled then."""
        with trio.CancelScope() as scope:
            self._between.add(scope)
            try:
                async with self.at_work:
                    yield scope
            finally:
                self._between.discard(scope)

    def expect(self, prompt: Callable[[], Prompt], nodes: Iterable[Node]) -> None:
        """Tell those of the nodes who can get ready how the next prompt may begin, unless they are at work."""
        ready = [node for node in nodes if type(node).expect is not Node.expect]
        self._expected = prompt
        if ready and not self._telling:
            self._telling = True
            self.nursery.start_soon(self._tell, ready, name="words so far")

    async def _tell(self, nodes: Iterable[Node]) -> None:
        try:
            # What came meanwhile takes the place of what was told: only the newest is worth it.
            while (prompt := self._expected) is not None and not self.at_work.locked():
                self._expected = None
                async with self.between_turns():
                    for node in nodes:
                        await node.expect(prompt())
        finally:
            self._telling = False

    def begin(self, number: int, utterance: Utterance, turn: Turn, opening: Opening) -> None:
        """Begin a reply, as soon as the nodes are free."""
        guess = self.open = Guess(number, utterance, turn, self.clock.now())
        self.mark("guess.begun", utterance.id, number=number)
        self.nursery.start_soon(self._run, guess, opening, name=f"guess {utterance.id}")

    async def _run(self, guess: Guess, opening: Opening) -> None:
        try:
            with guess.utterance.scope:
                await self.perform(guess.turn, opening)
        finally:
            if guess.abandoned:
                cost = guess.turn.cost()
                self.mark("guess.abandoned", guess.turn.id, tokens=cost.tokens, seconds=cost.seconds)
            guess.ended.set()

    def take(self, number: int | None) -> Guess | None:
        """The guess of this number, now committed: its gate is open. None if there is none that can be used."""
        guess = self.open
        if guess is None:
            return None
        if guess.number != number or guess.turn.error is not None:
            self.abandon("another turn was committed")
            return None
        self.open = None
        self.mark("guess.committed", guess.turn.id, seconds=(self.clock.now() - guess.at) / 1e9)
        guess.turn.commit()
        return guess

    def abandon(self, why: str) -> None:
        """Give up what is open, if anything is."""
        guess, self.open = self.open, None
        if guess is not None:
            guess.abandon(why)
