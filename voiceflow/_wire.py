"""A bounded wire between one outlet and one inlet.

Same shape as a Trio memory channel, with three differences: room is counted in seconds of audio or in items; a live
wire drops its oldest frame instead of making the sender wait; and one task can wait on several wires at once, and
take from them in the order in which frames arrived.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import attrs
import outcome
import trio

from voiceflow.frames import Audio, Frame, Spoken
from voiceflow.ports import In, Inlet
from voiceflow.services import EndOfStream

_SECOND = 1_000_000_000
_Sender = tuple[trio.lowlevel.Task | None, Frame]
_SOUND = (Audio, Spoken)


def weight(frame: Frame) -> int:
    """How much room a frame takes: nanoseconds of sound, or one item as if it were a second."""
    if isinstance(frame, _SOUND):
        return len(frame.samples) * _SECOND // frame.rate
    return _SECOND


@attrs.define
class Bell:
    """Where the one task of a node waits for any of its wires."""

    task: trio.lowlevel.Task | None = None
    cut: bool = False
    """The node's streams end here, whatever is on their wires: that is for who comes after it."""

    def end(self) -> None:
        """Let the node see the end of its streams as soon as it asks for more."""
        self.cut = True
        self.ring()

    async def cut_within(self, nanoseconds: int) -> bool:
        """Wait so long, but no longer than until the streams end. Whether they do."""
        with trio.move_on_after(nanoseconds / _SECOND):
            await trio.lowlevel.checkpoint()
            while not self.cut:
                await self.wait()
        return self.cut

    def ring(self, *error: outcome.Error) -> None:
        """Wake who waits, if anyone does. An error is raised there."""
        if self.task is not None:
            trio.lowlevel.reschedule(self.task, *error)
            self.task = None

    async def wait(self) -> None:
        assert self.task is None, "a node's inlets are received from by one task"
        self.task = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)


class Party(Protocol):
    """Who is at an end of a wire, and is told of its want of room."""

    def full(self, change: int) -> None:
        """One more of the wires that it takes from is full (1), or one less (-1); or it took, and it still is (0)."""

    def held(self, change: int) -> None:
        """It begins to wait for room (1), or has waited (-1)."""


@attrs.frozen
class WireStats:
    """A wire at one moment: `depth` in seconds of audio or in items, `age` of its oldest frame in seconds."""

    depth: float
    capacity: float
    age: float
    sent: int
    dropped: int
    peak: float


@attrs.define(eq=False)
class Wire:
    """Frames on their way. `capacity` in the units of `weight`; a frame larger than that travels alone."""

    name: str
    capacity: int
    live: bool
    bell: Bell = attrs.Factory(Bell)
    queue: deque[tuple[float, int, Frame]] = attrs.field(factory=deque[tuple[float, int, Frame]], init=False)
    level: int = attrs.field(default=0, init=False)
    peak: int = attrs.field(default=0, init=False)
    sent: int = attrs.field(default=0, init=False)
    carried: int = attrs.field(default=0, init=False)
    """All that was ever put on the wire, in the units of `weight`."""
    dropped: int = attrs.field(default=0, init=False)
    writers: int = attrs.field(default=1, init=False)
    """How many senders are not done."""
    closed: bool = attrs.field(default=False, init=False)
    """Every sender is done."""
    deaf: bool = attrs.field(default=False, init=False)
    """The receiver is done: what is sent now goes nowhere, and nobody waits for it."""
    through: Callable[[Frame, int], bool] | None = attrs.field(default=None, init=False)
    """Deals with a frame of this weight at once, in the place of a receiver who waits. Whether it did."""
    taker: Party | None = attrs.field(default=None, init=False)
    givers: tuple[Party, ...] = attrs.field(default=(), init=False)
    _full: bool = attrs.field(default=False, init=False)  # a frame waits for room, or was dropped since one was taken
    _waiting: list[_Sender] = attrs.field(factory=list[_Sender], init=False)
    """Few, and mostly none: an empty deque is ten times as large as an empty list, and a call has many wires."""
    _gap: int = attrs.field(default=0, init=False)

    async def send(self, frame: Frame) -> None:
        """Put a frame on the wire, waiting for room unless the wire is live."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self.takes(frame):
            await self.wait_for_room(frame)

    def put(self, frame: Frame) -> None:
        """Give a frame to the wire at once: where there is no room it waits for some, and nobody waits for that."""
        if not self.takes(frame):
            self.wait(frame)

    def wait(self, frame: Frame, task: trio.lowlevel.Task | None = None) -> _Sender:
        """A frame that was not taken goes on the wire when there is room. `task` is woken then."""
        entry = (task, frame)
        self._waiting.append(entry)
        if not self._full:
            self._follow(full=True)
        return entry

    def takes(self, frame: Frame) -> bool:
        """Whether a frame need not wait for room: then it is on the wire, or nobody listens."""
        if self.deaf:
            return True
        cost = weight(frame)
        if self.live:
            self._make_room(cost)
        elif self._waiting or (self.queue and self.level + cost > self.capacity):
            return False
        self._put(frame, cost)
        return True

    @property
    def is_clear(self) -> bool:
        """Whether nothing waits for room, and there is some."""
        return (self.level < self.capacity and not self._waiting) or self.live or self.deaf

    def _has_room(self, cost: int) -> bool:
        return not self.queue or self.level + cost <= self.capacity

    async def wait_for_room(self, frame: Frame) -> None:
        entry = self.wait(frame, trio.lowlevel.current_task())

        def abort(_: object) -> trio.lowlevel.Abort:
            self._waiting.remove(entry)
            if not self._waiting:
                self._follow(full=False)
            return trio.lowlevel.Abort.SUCCEEDED

        for giver in self.givers:
            giver.held(1)
        try:
            await trio.lowlevel.wait_task_rescheduled(abort)
        finally:
            for giver in self.givers:
                giver.held(-1)

    def _follow(self, *, full: bool) -> None:
        """Whether there is room may be otherwise, or a frame was taken."""
        change, self._full = full - self._full, full
        if self.taker is not None:
            self.taker.full(change)

    def _make_room(self, wanted: int) -> None:
        while self.queue and self.level + wanted > self.capacity:
            _, cost, frame = self.queue.popleft()
            self.level -= cost
            self.dropped += 1
            if not self._full:
                self._follow(full=True)
            if isinstance(frame, Audio):
                self._gap += frame.gap + len(frame.samples)
        if self.queue and self._gap:
            at, cost, frame = self.queue[0]
            if isinstance(frame, Audio):
                self.queue[0] = at, cost, attrs.evolve(frame, gap=frame.gap + self._gap)
                self._gap = 0

    def _put(self, frame: Frame, cost: int) -> None:
        if self._gap and isinstance(frame, Audio):
            frame = attrs.evolve(frame, gap=frame.gap + self._gap)
            self._gap = 0
        self.carried += cost
        self.sent += 1
        if self.through is not None and self.through(frame, cost):
            return
        self.queue.append((trio.current_time(), cost, frame))
        self.level += cost
        if self.level > self.peak:
            self.peak = self.level
        self.bell.ring()

    def pop(self) -> Frame:
        """The oldest frame; lets waiting senders go on, in their order."""
        _, cost, frame = self.queue.popleft()
        self.level -= cost
        if self._full:
            self._make_good()
        return frame

    def took(self) -> None:  # or is at work on what it took before
        if self._full:
            self._follow(full=True)

    def _make_good(self) -> None:
        """There is room for some of what waits."""
        while self._waiting and self._has_room(weight(self._waiting[0][1])):
            task, waiting = self._waiting.pop(0)
            self._put(waiting, weight(waiting))
            _let_go(task)
        self._follow(full=bool(self._waiting))

    async def receive(self) -> Frame:
        """The oldest frame, waiting for one. Raises `EndOfStream` when the sender is done and all is taken."""
        if self.queue or self.closed or self.bell.cut:
            await trio.lowlevel.checkpoint_if_cancelled()
        while self.bell.cut or not self.queue:
            if self.closed or self.bell.cut:
                raise EndOfStream
            await self.bell.wait()
        return self.pop()

    def close(self) -> None:
        """A sender is done; what is on the wire can still be received."""
        self.writers -= 1
        if self.writers <= 0:
            self.closed = True
            self.bell.ring()

    def stop_listening(self) -> None:
        """The receiver is done; senders that wait are let go."""
        self.deaf = True
        self.queue.clear()
        self.level = 0
        for task, _ in self._waiting:
            _let_go(task)
        self._waiting.clear()
        self._follow(full=False)

    def stats(self) -> WireStats:
        age = trio.current_time() - self.queue[0][0] if self.queue else 0.0
        depth, capacity, peak = (n / _SECOND for n in (self.level, self.capacity, self.peak))
        return WireStats(depth, capacity, age, self.sent, self.dropped, peak)


def _let_go(sender: trio.lowlevel.Task | None) -> None:
    if sender is not None:
        trio.lowlevel.reschedule(sender, outcome.Value(None))


def first_of(wires: list[Wire]) -> Wire | None:
    """The wire whose oldest frame arrived first, if any holds one; of equals, the first in the list."""
    best: Wire | None = None
    for wire in wires:
        if wire.queue and (best is None or wire.queue[0][0] < best.queue[0][0]):
            best = wire
    return best


async def receive_from(wires: list[Wire], bell: Bell) -> tuple[Wire, Frame]:
    """The frame that arrived first on any of the wires. Raises `EndOfStream` when all have ended."""
    await trio.lowlevel.checkpoint_if_cancelled()
    while True:
        if bell.cut:
            raise EndOfStream
        wire = first_of(wires)
        if wire is not None:
            return wire, wire.pop()
        if all(wire.closed for wire in wires):
            raise EndOfStream
        await bell.wait()


def wire_for(name: str, inlet: Inlet[Any], *, live: bool, bell: Bell) -> Wire:
    """A wire as an inlet asks for it: so many seconds for audio, so many items for the rest."""
    return Wire(name, room_of(inlet), live, bell)


def room_of(inlet: Inlet[Any] | In[Any]) -> int:
    """What the wire into an inlet holds, in the units of `weight`."""
    room = inlet.seconds if issubclass(inlet.kind, Audio | Spoken) else inlet.items
    return max(1, round(room * _SECOND))
