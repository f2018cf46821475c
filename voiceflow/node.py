"""What a stage is: ports, a lifetime, and `run`. And what it is given to run with.

A node is an actor: its `run` loops receive -> decide -> send, and its rules live in a synchronous machine. One
that is nothing but such a machine is a `StageNode`, which the runtime may run inside its neighbour's task.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, Self, TypeVar, overload

from voiceflow.errors import GraphError
from voiceflow.frames import Frame, Prompt, Speech
from voiceflow.items import Thought, ToolCall
from voiceflow.machines.breaker import FallbackPolicy
from voiceflow.ports import In, Inlet, Out, Outlet, Signal, SignalInlet, SignalOutlet, Watch, ports_of

if TYPE_CHECKING:
    from voiceflow.graph import Graph

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)

Lifetime = Literal["session", "turn"]


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

    async def sleep_until(self, t: int, *, output: bool = False) -> None:
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


class Node:
    """Base of every stage.

    Subclasses declare ports, say their `lifetime` and write `run`. A "session" node runs from the session's start
    to its end, a "turn" node once for each reply, inside that reply's cancel scope. An instance belongs to
    one session at a time; what is heavy (a model) is shared behind it.

    `run` returns when its inlets have ended; its outlets are closed for it. What it raises is met by the
    supervisor: it is restarted with what was in flight, as `restarts` allows.
    """

    lifetime: ClassVar[Lifetime] = "session"
    opens_turns: ClassVar[bool] = False
    """Whether what leaves this session's node begins a turn. True for the turn-taking alone."""
    scripted: ClassVar[bool] = False
    """Whether it stands where a model does and goes by rules: it can be asked for nothing else, a summary say."""
    _others: tuple[Node, ...] = ()
    _fallback: FallbackPolicy = FallbackPolicy()

    @property
    def name(self) -> str:
        """What messages, traces and drawings call this node, before its graph makes it unique."""
        return type(self).__name__.lower()

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Entered once a session, before anything runs: load, connect, start worker processes."""
        yield

    def joined(self, call: Call) -> None:
        """The call begins, or the node comes into it later. For nodes that speak of themselves, or end the call."""

    async def run(self, ports: Ports) -> None:
        """The actor's loop."""
        raise TypeError(f"{type(self).__name__} has no run()")

    def check(self, graph: Graph) -> None:
        """Look at where the node stands in the graph; raise `GraphError` if it cannot work there."""

    def or_else(self, *others: Node, policy: FallbackPolicy | None = None) -> Self:
        """Fall back: after a failure the next of `others` goes on, on the same wires, with what was in flight.

            graph.connect(vad, FasterWhisper().or_else(PocketSphinx()), turns)

        All of them are opened with the session, so that the next one is ready when it is needed. A model that takes
        over in the middle of a reply is told, at the end of its prompt, what was written, and goes on from there; a
        voice is given the rest of the phrase. What other nodes send again is swallowed. `policy` says when a provider
        has failed, and when it is tried again.

        Raises:
            GraphError: another node has not the same ports, or does not live as long.
        """
        for other in others:
            if _shape(other) != _shape(self):
                raise GraphError(
                    f"{other.name} cannot take over from {self.name}: {_told(other)} instead of {_told(self)}"
                )
        self._others = (*self.others, *others)
        self._fallback = policy or self._fallback
        return self

    @property
    def replays(self) -> bool:
        """Whether it sends the same again when it is given the same again: then a restart swallows what was sent.

        A model or a voice that does not goes on after a failure as another would: see `or_else`.
        """
        return True

    @property
    def others(self) -> tuple[Node, ...]:
        """What `or_else` named."""
        return self._others

    @property
    def providers(self) -> tuple[Node, ...]:
        """Who may run where this node stands, in their order: itself, then each of the `others`."""
        return self, *self.others

    @property
    def fallback(self) -> FallbackPolicy:
        """When one of these is left for the next."""
        return self._fallback

    @classmethod
    def inlets(cls) -> dict[str, In[Any]]:
        return ports_of(cls, In)

    @classmethod
    def outlets(cls) -> dict[str, Out[Any]]:
        return ports_of(cls, Out)

    @classmethod
    def signals(cls) -> dict[str, Signal[Any]]:
        return ports_of(cls, Signal)

    @classmethod
    def watches(cls) -> dict[str, Watch[Any]]:
        return ports_of(cls, Watch)


def _shape(node: Node) -> tuple[str, dict[str, type], dict[str, type]]:
    """What must be the same for one node to stand where another did."""
    inlets = {name: port.kind for name, port in node.inlets().items()}
    outlets = {name: port.kind for name, port in node.outlets().items()}
    return node.lifetime, inlets, outlets


def _told(node: Node) -> str:
    lifetime, inlets, outlets = _shape(node)
    sides = (", ".join(f"{name} ({kind.__name__})" for name, kind in side.items()) for side in (inlets, outlets))
    return f"a {lifetime}'s node with {' to '.join(side or 'nothing' for side in sides)}"


F = TypeVar("F", bound=Frame)


class Stage(Generic[F]):
    """A synchronous machine between one inlet and the outlets: frames in, frames out, no I/O, no clock."""

    idle: int | None = None
    """Nanoseconds without a frame after which `flush` is called, once; None for never."""

    def follow(self, speech: Speech | None, left: Sequence[Frame]) -> Iterable[Frame]:
        """What leaves first, where other stages may have been at work before this one: all that was `left`.

        `left` is what the one before would have let out had its stream ended where it was swapped; after a crash, and
        at first, nothing. `speech` is the last verdict on speech that left: a detector that goes on with speech which
        is open keeps back the end of it.
        """
        return left

    def push(self, frame: F) -> Iterable[Frame]:
        """What leaves because `frame` came. Each frame leaves by the outlet of its kind."""
        raise NotImplementedError

    def flush(self) -> Iterable[Frame]:
        """What leaves because nothing came for `idle`."""
        return ()

    def end(self) -> Iterable[Frame]:
        """What is still to leave when the inlet has ended."""
        return ()


class StageNode(Node):
    """A node that is nothing but a `Stage`: one inlet, and outlets of different kinds."""

    def stage(self) -> Stage[Any]:
        """A fresh stage, for a session, a turn or a restart."""
        raise NotImplementedError

    async def run(self, ports: Ports) -> None:
        await ports.pump(self.stage())


class Sink(Node):
    """The last stage of a reply, which knows what the user has heard. Lives for the session, plays turns.

    All but `play` is synchronous, so that an interruption takes no time. `on_audible` is set by the session: call it
    with the turn when its first sample leaves.
    """

    on_audible: Callable[[int], None]

    def attach(self, ports: Ports) -> None:
        """The session begins: here are the outlets and signals that outlive a turn."""

    async def play(self, ports: Ports) -> None:
        """Play what comes of a turn: runs inside the turn's scope, until the last sample of it is heard.

        It is called again for the same turn when it raised, and when something is said in the middle of a reply: it
        goes on where it was.
        """
        raise NotImplementedError

    def finish(self, turn: int) -> None:
        """The turn is over: it is not played any more."""

    def drop(self, turn: int) -> None:
        """Nothing more of this turn leaves."""
        raise NotImplementedError

    def heard(self, turn: int) -> str:
        """The text of this turn that was heard up to now, or until it was dropped: a prefix of what was said."""
        raise NotImplementedError

    def position(self, turn: int) -> float:
        """Seconds of this turn that were heard up to now, or until it was dropped; 0 for what has no length."""
        return 0.0

    def fade_by(self, seconds: float) -> None:
        """The session begins: what is cut off fades so long, if the sink has no setting of its own."""

    def duck(self) -> None:
        """Play more quietly until `resume`."""

    def hold(self) -> None:
        """Play nothing, and stay where it is, until `resume`."""

    def resume(self) -> None:
        """Play on at full gain."""
