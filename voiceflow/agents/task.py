"""An agent with a result: it is on duty until it has one, and then who awaits it goes on."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import attrs
import trio

from voiceflow.agents.agent import Agent
from voiceflow.agents.transfer import Context, Ended
from voiceflow.errors import VoiceflowError

T = TypeVar("T")


class GaveUp(VoiceflowError):
    """A task has no result: the user would not say, or could not be understood. `why` quotes nobody."""

    def __init__(self, task: str, why: str) -> None:
        super().__init__(f"the task {task} was given up: {why}")
        self.task, self.why = task, why


@attrs.define(eq=False)
class Task(Agent, Generic[T]):
    """Awaited with `await session.task(task)`, or `await task.run(session)`: its tools call `complete` or `give_up`.

    `context` is what its model is told of the conversation so far.
    """

    context: Context = attrs.field(default="whole", kw_only=True)
    _results: list[T] = attrs.field(factory=list[T], init=False, repr=False)
    _why: str = attrs.field(default="", init=False)
    _done: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    async def run(self, session: Any) -> T:
        """The result, once there is one.

        Raises:
            GaveUp: there is none.
        """
        result: T = await session.task(self)
        return result

    def complete(self, value: T) -> Ended:
        """This is the result. A tool returns what this does: the model need not be asked for more."""
        if not self._done.is_set():
            self._results.append(value)
            self._done.set()
        return Ended()

    def give_up(self, why: str) -> Ended:
        """There will be no result. `why` quotes nobody; it is returned as `complete` is."""
        if not self._done.is_set():
            self._why = why
            self._done.set()
        return Ended()

    def begin(self) -> None:
        """The session says that it is to be done, perhaps once more."""
        self._results, self._why, self._done = [], "", trio.Event()

    def stop(self) -> None:
        """The session says that it is not on duty any more."""
        self.give_up("another agent took over, or the session was left")

    @property
    def over(self) -> bool:
        """Whether it has a result, or was given up."""
        return self._done.is_set()

    async def outcome(self) -> T:
        """What came of it. Raises `GaveUp` if nothing did."""
        await self._done.wait()
        if not self._results:
            raise GaveUp(self.name, self._why)
        return self._results[0]
