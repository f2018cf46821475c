"""Rooms: several callers in one call.

A room is the line of its call, and hands on to each seat what the call tells and plays. What callers say is added up
every 20 ms: for the agent, and for each seat without the one who sits there. A caller hears the others as turn 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import cast

import attrs
import trio
from starlette.requests import HTTPConnection

from voiceflow._clock import SECOND
from voiceflow.frames import Prompt, Samples
from voiceflow.graph import Graph
from voiceflow.items import Item, Message
from voiceflow.machines.conference import Conference, Heard
from voiceflow.machines.room import Command, NotIn, Over, Present, Room, Said
from voiceflow.machines.speakers import Speakers
from voiceflow.ports import Outlet
from voiceflow.serve.call import Call
from voiceflow.serve.calls import Calls, Refused
from voiceflow.serve.counts import Counts
from voiceflow.serve.limits import Limits
from voiceflow.serve.seat import RATE_IN, RATE_OUT, Seat
from voiceflow.trace import Mark

_STEP, _LAG, _MOST = 0.02, 0.06, 0.5
"""Seconds that are added up at a time; that a voice is kept back, for what comes late; that may wait of it besides."""

_STALL = 0.5
"""Seconds by which a machine may be late before it leaves out what it missed."""


def _now() -> int:
    return round(trio.current_time() * SECOND)


@attrs.define(eq=False)
class OpenRoom:
    """A room at work: the line of its call."""

    name: str
    call: Call
    machine: Room
    conference: Conference = attrs.field(
        factory=partial(Conference, round(_LAG * RATE_IN), round(_MOST * RATE_IN)), init=False
    )
    speakers: Speakers = attrs.field(factory=Speakers, init=False)
    _seats: dict[str, Seat] = attrs.field(factory=dict[str, Seat], init=False)
    _met: set[str] = attrs.field(factory=set[str], init=False)
    """Who has ever been there."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)

    # Who is there

    def join(self, name: str, rate_in: int = RATE_IN) -> Seat:
        """A seat by this name, "" for any; who has it already is told that they were replaced.

        Raises:
            NotIn: the room is full, or over.
        """
        name = name or self.machine.guest()
        commands = self.machine.join(name, _now())
        before = self._seats.pop(name, None)
        if before is not None and before.line is not None:
            before.line.end("replaced")
        seat = self._seats[name] = Seat(self, name, rate_in)
        self.conference.join(name)
        self._met.add(name)
        self.obey(commands)
        return seat

    def attached(self, seat: Seat) -> None:
        """A seat has its line. The agent is heard from the first on."""
        if not self.call.attached:
            self.call.attach(self)
        self._tell_present(seat, self.machine.present())

    def leave(self, seat: Seat) -> None:
        """Nobody sits there any more, unless it is somebody else's seat by now."""
        if self._seats.get(seat.name) is not seat:
            return
        del self._seats[seat.name]
        self.conference.leave(seat.name)
        if not self._seats:
            self.call.detach(self)
        self.obey(self.machine.leave(seat.name, _now()))

    def obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Present():
                    for seat in self._seats.values():
                        self._tell_present(seat, command)
                case Said():
                    for name in command.to:
                        fields = {"from": command.sender, "to": name if command.private else None, "text": command.text}
                        self._tell(self._seats[name], "message", fields)
                case Over():
                    self.call.hang_up(command.reason)
        self._news.set()
        self._news = trio.Event()

    def _tell_present(self, seat: Seat, here: Present) -> None:
        fields = {"room": self.name, "participants": here.participants, "hears": here.hears}
        self._tell(seat, "room", {**fields, "you": seat.name})

    def _tell(self, seat: Seat, type: str, fields: Mapping[str, object]) -> None:
        if seat.line is not None:
            seat.line.tell(type, fields)

    def tell_others(self, seat: Seat, type: str, fields: Mapping[str, object]) -> None:
        for each in self._seats.values():
            if each is not seat:
                self._tell(each, type, fields)

    # The line of the call

    def play(self, turn: int, position: int, samples: Samples) -> None:
        for seat in self._seats.values():
            if seat.line is not None:
                seat.line.play(turn, position, samples)

    def clear(self, turn: int) -> None:
        for seat in self._seats.values():
            if seat.line is not None:
                seat.line.clear(turn)

    def hold(self, turn: int) -> bool:
        lines = [seat.line for seat in self._seats.values() if seat.line is not None]
        return sum(line.hold(turn) for line in lines) > 0

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        if type == "transcript":
            speaker = self._speaker(final=bool(fields["final"]))
            fields = {**fields, "speaker": speaker}
            self.speakers.heard(speaker if fields["final"] else None)
        for seat in self._seats.values():
            self._tell(seat, type, fields)

    def _speaker(self, *, final: bool) -> str | None:
        """Who is taken to have said it: whom the agent hears, or who was the loudest since the last final words."""
        return self.machine.hears or self.conference.talker(forget=final)

    def end(self, reason: str) -> None:
        for seat in list(self._seats.values()):
            if seat.line is not None:
                seat.line.end(reason)

    # What they say

    def hear(self, seat: Seat, samples: Samples) -> None:
        if self._seats.get(seat.name) is seat:
            self.conference.push(seat.name, samples)

    async def run(self) -> None:
        """Add up what is said, and end the room in time, until its call is over."""
        with self.call.watched(self._look):
            await self._run()
        self.obey(self.machine.close(self.call.reason))

    def _look(self, mark: Mark) -> None:
        if mark.name == "history" and mark.values["role"] == "user":
            sequence, text = cast(int, mark.values["sequence"]), cast(str, mark.values["text"])
            names = self.call.speakers[sequence] = self.speakers.of(text)
            said = {"sequence": sequence, "speakers": names}
            self.call.session.trace.mark(mark.t, mark.turn, "room", "room.said", said)

    def named(self, prompt: Prompt) -> Iterable[Prompt]:
        """The same, with who said what, where more than one has been there."""
        if len(self._met) < 2:
            return (prompt,)
        return (attrs.evolve(prompt, items=tuple(map(self._named, prompt.items))),)

    def _named(self, item: Item) -> Item:
        if not isinstance(item, Message) or item.role != "user":
            return item
        if (names := self.call.speakers.get(item.sequence)) is None:  # it is not in the history yet: a guess
            speaker = self._speaker(final=False)
            names = self.speakers.so_far() or (() if speaker is None else (speaker,))
        return attrs.evolve(item, speakers=names)

    async def _run(self) -> None:
        step = round(_STEP * RATE_IN)
        due = trio.current_time()
        while not self.call.over.is_set():
            if not self._seats:
                await self._until_somebody()
                due = trio.current_time()
            late = trio.current_time() - due
            due += _STEP if late < _STALL else late
            await trio.sleep_until(due)
            self._hand_out(self.conference.take(step))

    def _hand_out(self, heard: Heard) -> None:
        self.call.hear(heard.of(self.machine.hears))
        for seat in self._seats.values():
            seat.hear_others(heard)

    async def _until_somebody(self) -> None:
        while not self._seats and not self.machine.reason:
            due = self.machine.due()
            with trio.move_on_at(math.inf if due is None else due / SECOND):
                await self._news.wait()
            self.obey(self.machine.tick(_now()))
        if self.machine.reason:
            await self.call.over.wait()


def _prompts(graph: Graph) -> list[Outlet[Prompt]]:
    """Where what a model is asked leaves the turn-taking."""
    openers = (node for node in graph.nodes.values() if node.opens_turns)
    return [getattr(node, name) for node in openers for name, port in node.outlets().items() if port.kind is Prompt]


@attrs.define(eq=False)
class Rooms:
    """The rooms of a server; each is a call."""

    calls: Calls
    _rooms: dict[str, OpenRoom] = attrs.field(factory=dict[str, OpenRoom], init=False)
    _opening: trio.Lock = attrs.field(factory=trio.Lock, init=False)

    async def join(self, room: str, name: str, rate_in: int = RATE_IN) -> Seat:
        """A seat in this room, which is opened when there is none, for who sends sound of `rate_in` Hz.

        Raises:
            Refused: it is full, or there are as many rooms or calls as there may be.
            VoiceflowError: its session cannot be opened.
        """
        async with self._opening:
            here = self.get(room) or await self.open(room)
        try:
            return here.join(name, rate_in)
        except NotIn as error:
            raise Refused("busy", str(error)) from error

    def get(self, room: str) -> OpenRoom | None:
        """The room of this name, while it is open."""
        here = self._rooms.get(room)
        if here is not None:
            here.obey(here.machine.tick(_now()))
        return None if here is None or here.call.reason else here

    async def open(self, room: str) -> OpenRoom:
        """A room that waits for its first caller. Raises as `join`."""
        self._rooms = {name: each for name, each in self._rooms.items() if not each.call.over.is_set()}
        limits = self.calls.limits
        if len(self._rooms) >= limits.rooms:
            raise Refused("busy", f"there are at most {limits.rooms} rooms")
        call = await self.calls.begin(
            rate_in=RATE_IN, rate_out=RATE_OUT, kind="room", about={"room": room}, resume=math.inf
        )
        here = self._rooms[room] = OpenRoom(room, call, Room(_now(), limits.room))
        for outlet in _prompts(call.session.graph):
            call.session.graph.transform(outlet, here.named)
        self.calls.beside(call, here.run)
        return here


WayIn = Callable[[HTTPConnection], "Calls | Door | None"]
"""Where who asks so comes in: as a call, or into the room that is named; None if a name is none."""


@attrs.frozen
class Door:
    """Where a socket, or a peer, comes in that names a room: it gives seats as `Calls` gives calls."""

    rooms: Rooms
    room: str
    name: str

    @property
    def limits(self) -> Limits:
        return self.rooms.calls.limits

    @property
    def counts(self) -> Counts:
        return self.rooms.calls.counts

    def resume(self, secret: str, rate: int | None = None) -> None:
        """There is nothing to be resumed: one joins again."""

    async def begin(self, *, rate_in: int, rate_out: int, kind: str = "web") -> Seat:
        """Raises as `Rooms.join`."""
        return await self.rooms.join(self.room, self.name, rate_in if kind == "rtc" else RATE_IN)
