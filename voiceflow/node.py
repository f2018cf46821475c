"""What a stage is: ports, a lifetime, and `run`.

A node is an actor: its `run` loops receive -> decide -> send, and its rules live in a synchronous machine. One
that is nothing but such a machine is a `StageNode`, which the runtime may run inside its neighbour's task.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeVar

from voiceflow.errors import GraphError
from voiceflow.frames import Frame, Prompt, Speech
from voiceflow.machines.breaker import FallbackPolicy
from voiceflow.ports import In, Out, Signal, Watch, ports_of
from voiceflow.services import Call, Ports, Services

if TYPE_CHECKING:
    from voiceflow.graph import Graph

Lifetime = Literal["session", "turn"]


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

    async def expect(self, prompt: Prompt) -> None:
        """The user speaks, and the next prompt may begin like this one: read into a cache what will be needed.

        For models, between turns, inside `open`: a turn that wants the node cancels it, and a newer beginning comes
        when it has returned. It raises nothing: what fails here fails again when the answer is asked for, and is told
        then.
        """

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

    @property
    def prepare(self) -> Callable[[F], Awaitable[None]] | None:
        """What is awaited before a frame is pushed, such as work that is done elsewhere; None while that is nothing."""
        return None

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
        """Be silent at once, and stay where it is, until `resume`."""

    def resume(self) -> None:
        """Play on at full gain."""
