"""Rooms in virtual time, with lines that take everything: to the instant, when they end, and what comes when."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Literal

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from served import build, loud
from trio.testing import MockClock

from voiceflow import Samples
from voiceflow.machines.conference import Conference, Heard
from voiceflow.machines.room import RoomSettings
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls, Refused
from voiceflow.serve.limits import Limits
from voiceflow.serve.rooms import OpenRoom, Rooms
from voiceflow.serve.seat import Seat


@attrs.define(eq=False)
class Taker:
    """A line that keeps what it is told, and when the first sound of the others came."""

    told: list[tuple[str, Mapping[str, object]]] = attrs.field(factory=list[tuple[str, Mapping[str, object]]])
    others: list[tuple[float, int, Samples]] = attrs.field(factory=list[tuple[float, int, Samples]])
    ended: str = ""

    def play(self, turn: int, position: int, samples: Samples) -> None:
        if turn == 0:
            self.others.append((trio.current_time(), position, samples))

    def clear(self, turn: int) -> None:
        pass

    def hold(self, turn: int) -> bool:
        return False

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        self.told.append((type, fields))

    def end(self, reason: str) -> None:
        self.ended = reason

    def present(self) -> object:
        return next(fields["participants"] for type, fields in reversed(self.told) if type == "room")


@asynccontextmanager
async def rooms(limits: Limits | None = None) -> AsyncGenerator[Rooms]:
    calls = Calls(ServedAgent(build=build), limits or Limits(starts=1000.0, burst=1000.0), log=pytest.fail)
    async with calls.open():
        yield Rooms(calls)


async def enter(place: Rooms, name: str) -> tuple[Seat, Taker]:
    seat, line = await place.join("kitchen", name), Taker()
    seat.attach(line)
    return seat, line


async def ends(room: OpenRoom) -> tuple[float, str]:
    with trio.fail_after(1000):
        await room.call.over.wait()
    return round(trio.current_time(), 9), room.call.reason


async def test_nobody_comes_within_90_seconds(autojump_clock: MockClock) -> None:
    """A room that was opened ends then, and leaves nothing behind."""
    async with rooms() as place:
        assert await ends(await place.open("kitchen")) == (90.0, "nobody came")
        await trio.sleep(1)
        assert (len(place.calls), place.get("kitchen")) == (0, None)


async def test_all_leave_and_it_ends_after_5_seconds(autojump_clock: MockClock) -> None:
    """Unless somebody comes back before; who comes later has a new one."""
    async with rooms() as place:
        ann, line = await enter(place, "Ann")
        room = ann.room
        await trio.sleep(3)
        ann.detach(line)
        await trio.sleep(4.9)
        again, line = await enter(place, "Ann")
        assert again.room is room
        await trio.sleep(10)
        again.hang_up("hung up")
        assert line.ended == "hung up"
        assert await ends(room) == (22.9, "empty")
        later, _ = await enter(place, "Ann")
        assert later.room is not room


async def test_the_others_are_heard_sample_for_sample_60_ms_later(autojump_clock: MockClock) -> None:
    """And in the place where they were said; who is mute is not heard."""
    async with rooms() as place:
        (ann, ann_hears), (_, bo_hears), (cy, _) = [await enter(place, name) for name in ("Ann", "Bo", "Cy")]
        cy.mute(True)
        for at in range(0, 16000, 320):
            ann.hear(loud(1.0)[at : at + 320])
            cy.hear(loud(0.02))
            await trio.sleep(0.02)
        await trio.sleep(0.2)
        assert ann_hears.others == []
        heard = np.concatenate([samples for _, _, samples in bo_hears.others])
        begin = bo_hears.others[0][1]
        places = [(position, len(samples)) for _, position, samples in bo_hears.others]
        assert places == [(begin + 480 * n, 480) for n in range(len(places))]
        assert abs(len(np.trim_zeros(heard)) - 24000) < 480
        assert 0.06 <= bo_hears.others[0][0] <= 0.1
        assert abs(int(np.abs(heard[4800:19200].astype(int)).max()) - 8000) < 80


async def test_a_room_ends_with_its_call(autojump_clock: MockClock) -> None:
    """Everybody is told why."""
    async with rooms() as place:
        (ann, hears), (_, also) = [await enter(place, name) for name in ("Ann", "Bo")]
        ann.room.call.hang_up("limit")
        await ends(ann.room)
        assert (hears.ended, also.ended) == ("limit", "limit")
        await trio.sleep(1)
        assert ann.room.machine.participants == ()


class Broken(Conference):
    """Adds nothing up."""

    def take(self, count: int) -> Heard:
        raise ArithmeticError("a fault in the mixing")


async def test_a_fault_in_a_room_ends_it_alone(autojump_clock: MockClock) -> None:
    """It is logged and counted; other rooms go on."""
    log: list[str] = []
    calls = Calls(ServedAgent(build=build), log=log.append)
    async with calls.open():
        place = Rooms(calls)
        ann, hears = await enter(place, "Ann")
        other = await place.join("cellar", "Bo")
        other.attach(Taker())
        ann.room.conference = Broken(0, 0)
        assert (await ends(ann.room))[1] == hears.ended == "failed"
        assert (calls.counts.failed, len(log)) == (1, 1)
        await trio.sleep(1)
        assert (other.reason, other.over.is_set()) == ("", False)


async def test_as_many_rooms_as_there_may_be(autojump_clock: MockClock) -> None:
    """One more is refused until one is over."""
    async with rooms(Limits(rooms=1)) as place:
        room = await place.open("kitchen")
        with pytest.raises(Refused, match="at most 1 rooms"):
            await place.join("cellar", "Ann")
        await ends(room)
        assert (await place.join("cellar", "Ann")).name == "Ann"


Step = tuple[float, Literal["in", "out", "again"], str]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.5, 1.9, 2.0]),
        st.sampled_from(["in", "out", "again"]),
        st.sampled_from(["Ann", "Bo"]),
    ),
    max_size=8,
)


@settings(max_examples=10, deadline=None)
@given(STEPS)
def test_whoever_comes_and_goes_nobody_is_left_over(steps: list[Step]) -> None:
    """Who is there is who has a line; when all have gone the room ends exactly 2 s later, and the server is empty."""

    async def play() -> None:
        async with rooms(Limits(starts=1000.0, burst=1000.0, room=RoomSettings(empty_for=2.0))) as place:
            here: dict[str, tuple[Seat, Taker]] = {}
            for wait, do, name in steps:
                await trio.sleep(wait)
                if do == "out" and name in here:
                    seat, line = here.pop(name)
                    seat.detach(line)
                elif (do == "in" and name not in here) or do == "again":
                    before = here.pop(name, None)
                    here[name] = await enter(place, name)
                    if before is not None:
                        assert before[1].ended == "replaced"
                        before[0].detach(before[1])
                for seat, line in here.values():
                    assert set(seat.room.machine.participants) == set(here)
                    assert line.present() == seat.room.machine.participants
            left = [seat.room for seat, _ in here.values()]
            for seat, line in here.values():
                seat.detach(line)
            gone = trio.current_time()
            assert [await ends(room) for room in left] == [(round(gone + 2.0, 9), "empty")] * len(left)
            await trio.sleep(3)
            assert len(place.calls) == 0

    trio.run(play, clock=MockClock(autojump_threshold=0))
