"""What a node is given to run with: the ends of its ports, services, and the call that it is in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

from voiceflow.frames import Frame, Prompt
from voiceflow.items import Thought, ToolCall
from voiceflow.ports import Inlet, Outlet, SignalInlet, SignalOutlet

if TYPE_CHECKING:
    from voiceflow.node import Stage

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Receiver(Protocol[T_co]):
    """The receiving end of one inlet. Iterating ends when every sender is done.

    What was received is given again to the next incarnation of a node that crashed, until it is committed.
    `receive` (and iterating) commits all that came before; `take` commits nothing, for nodes whose state spans
    several frames: they call `commit` when those are dealt with.
    """

    async def receive(self) -> T_co:
        """The next frame, after committing the ones before.

        Raises:
            EndOfStream: there will be no more.
        """
        ...

    async def take(self) -> T_co:
        """The next frame, committing nothing. Raises as `receive`."""
        ...

    def commit(self, held: int = 0) -> None:
        """What was taken so far need not be replayed, but for the frames that bring the last `held` samples.

        Those the node has let nothing out for yet, and may still need: the lead-in of an utterance that may begin.
        """
        ...

    def __aiter__(self) -> AsyncIterator[T_co]: ...
    def taking(self) -> AsyncIterator[T_co]:
        """Iterate by `take`."""
        ...


class Sender(Protocol[T_contra]):
    """The sending end of one outlet. Waits while a wire is full; never drops, unless the port is live."""

    async def send(self, frame: T_contra) -> None: ...


class Cell(Protocol[T]):
    """A latest-value cell."""

    @property
    def value(self) -> T | None: ...
    def set(self, value: T) -> None: ...
    async def changed(self) -> T:
        """Wait for the next `set` and give its value."""
        ...


class Process(Protocol):
    """A worker process that answers messages in order. Any picklable value may be sent either way."""

    async def send(self, message: object) -> None: ...
    async def receive(self) -> Any:
        """The next message.

        Raises:
            ProviderError: the process ended or raised; retryable.
        """
        ...


class Services(Protocol):
    """What a node may use apart from its ports."""

    def now(self) -> int:
        """Nanoseconds since the session began, on the session's clock."""
        ...

    def sleep_until(self, t: int, *, output: bool = False) -> Coroutine[Any, Any, None]:
        """Wait for the instant `t` on that clock. At equal times, `output` comes after everything else."""
        ...

    def mark(self, name: str, **values: object) -> None:
        """Write a mark into the trace. Free when nobody listens. No words of a caller but under `text`."""
        ...

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        """Run `fn(*args)` in a thread, at most `width` of the same `model` at a time in this process.

        Cancelling abandons the thread: keep a call within one window. Under a virtual clock it runs inline.
        """
        ...

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        """A worker process that runs the function `"module:name"` with `args`; killed when the scope ends.

        The function is called as `name(channel, *args)`, where `channel` has a blocking `receive()`, a `send(message)`
        and `waiting()`: whether a message is there to be received.
        """
        ...


class Ports(Services, Protocol):
    """The world as a running node sees it: `ports[self.audio]` is the end of that port."""

    @property
    def turn(self) -> int | None:
        """The turn that a turn's node runs in."""
        ...

    @overload
    def __getitem__(self, port: Inlet[T]) -> Receiver[T]: ...
    @overload
    def __getitem__(self, port: Outlet[T]) -> Sender[T]: ...
    @overload
    def __getitem__(self, port: SignalOutlet[T]) -> Cell[T]: ...
    @overload
    def __getitem__(self, port: SignalInlet[T]) -> Cell[T]: ...

    async def committed(self) -> None:
        """Wait until it is certain that this turn is wanted: at once, but in a reply that was begun as a guess.

        What a node does outside the conversation (a booking, an order) waits for this.
        """
        ...

    async def call_tools(self, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
        """The model wants the tools called that are called in `items`: whole calls, and what it thought of them.

        A model's node does this when its reply to `prompt`, the one that it was given, is complete. Its text it has
        sent before. The calls are run; then its inlet gives another prompt, with the text, `items` and the outputs.
        Without a call in `items` nothing happens.
        """
        ...

    async def pump(self, stage: Stage[Any]) -> None:
        """Run a stage between the node's one inlet and its outlets, until the inlet has ended."""
        ...

    def merged(self, *inlets: Inlet[Any]) -> AsyncIterator[tuple[Inlet[Any], Frame]]:
        """Frames of several inlets in the order they came, each with its inlet; ends when all have ended.

        Optional inlets that are not connected give none.
        """
        ...

    def sent(self, port: Outlet[T]) -> Sequence[T]:
        """What the incarnation before this one sent since its last commit; empty at first.

        The runtime drops as many frames from the front of what this one sends (of audio, as many samples; of
        text, as many characters), so that replaying repeats nothing. A node that can go on from there
        calls `resume`.
        """
        ...

    def resume(self, port: Outlet[T]) -> None:
        """This incarnation goes on after what was sent: drop nothing."""
        ...


class Call(Protocol):
    """What a node that leads the conversation can do with the call it is in; a `Session` is one."""

    def reply(self, instructions: str = "", *, interruptible: bool = True) -> Any:
        """Have the node that takes prompts answer, although the user has said nothing."""
        ...

    def close(self, *, within: float = 0.0) -> None:
        """End the call when all is said, or in so many seconds."""
        ...


class EndOfStream(Exception):
    """Every sender of this inlet is done. Not an error."""
