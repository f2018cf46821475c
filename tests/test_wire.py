"""Wires: bounded, in order, and dropping only where they may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import numpy as np
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from voiceflow import Audio, EndOfStream, Text
from voiceflow._wire import Bell, Wire, receive_from

SECOND = 1_000_000_000


def wire(items: int = 4, *, live: bool = False, bell: Bell | None = None) -> Wire:
    return Wire("test", items * SECOND, live, bell or Bell())


def audio(pts: int, n: int = 320) -> Audio:
    return Audio(np.full(n, pts % 1000, np.int16), 16000, pts)


def virtually(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 5))
def test_nothing_is_lost_or_reordered_and_the_bound_holds(pauses: list[int], items: int) -> None:
    """Whatever the paces of the two ends, the frames arrive in order and at most one more than the bound is held."""

    async def main() -> None:
        each, got = wire(items), list[str]()

        async def send() -> None:
            for n, pause in enumerate(pauses):
                await trio.sleep(pause)
                await each.send(Text(str(n)))
                assert each.level <= items * SECOND
            each.close()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            try:
                while True:
                    frame = await each.receive()
                    assert isinstance(frame, Text)
                    got.append(frame.text)
                    await trio.sleep(1)
            except EndOfStream:
                pass
        assert got == [str(n) for n in range(len(pauses))]

    virtually(main)


async def test_audio_takes_room_by_its_length() -> None:
    """A wire of 0.1 s takes five blocks of 20 ms and lets a sixth wait."""
    each = Wire("test", SECOND // 10, live=False, bell=Bell())
    async with trio.open_nursery() as nursery:
        for n in range(5):
            await each.send(audio(n * 320))
        nursery.start_soon(each.send, audio(5 * 320))
        await wait_all_tasks_blocked()
        assert each.stats().depth == pytest.approx(0.1)
        assert each.stats().sent == 5
        await each.receive()
        assert each.stats().sent == 6
        nursery.cancel_scope.cancel()


async def test_a_live_wire_drops_its_oldest_and_says_so_in_the_next_block() -> None:
    """What a live wire drops is counted, and the block after the hole carries its length."""
    each = Wire("test", SECOND // 25, live=True, bell=Bell())
    for n in range(5):
        await each.send(audio(n * 320))
    got = [await each.receive() for _ in range(2)]
    assert [(f.pts, f.gap) for f in got if isinstance(f, Audio)] == [(960, 960), (1280, 0)]
    assert each.stats().dropped == 3


async def test_a_cancelled_sender_leaves_nothing_on_the_wire() -> None:
    """A frame that waited for room and was cancelled is not sent later."""
    each = wire(1)
    await each.send(Text("a"))
    with trio.move_on_after(0):
        await each.send(Text("never"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(each.send, Text("b"))
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert each.pop() == Text("a")
    assert not each.queue


async def test_a_cancelled_receiver_loses_no_frame(autojump_clock: MockClock) -> None:
    """A receiver that is cancelled in the instant of a send leaves the frame on the wire."""
    each = wire()
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            async def send() -> None:
                await trio.sleep(1)
                scope.cancel()
                with trio.CancelScope(shield=True):
                    await each.send(Text("kept"))

            nursery.start_soon(send)
            await each.receive()
    assert await each.receive() == Text("kept")


async def test_what_is_put_without_room_waits_behind_who_came_first() -> None:
    """The wire holds no more than it may, nothing is out of order, and its end comes behind all of it."""
    full = wire(1)
    for text in "ab":
        full.put(Text(text))
    assert (full.level, full.is_clear) == (SECOND, False)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(full.send, Text("c"))
        await wait_all_tasks_blocked()
        full.put(Text("d"))
        full.close()
        assert [await full.receive() for _ in "abcd"] == [Text(text) for text in "abcd"]
    assert full.peak == SECOND
    with pytest.raises(EndOfStream):
        await full.receive()


async def test_nobody_waits_for_a_receiver_that_is_done() -> None:
    """When the receiver stops listening, waiting senders go on and what they send is forgotten."""
    each = wire(1)
    await each.send(Text("a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(each.send, Text("b"))
        await wait_all_tasks_blocked()
        each.stop_listening()
    await each.send(Text("c"))
    assert not each.queue


async def test_several_wires_are_taken_from_in_the_order_of_arrival(autojump_clock: MockClock) -> None:
    """One task waits on several wires and sees their frames as they came."""
    bell = Bell()
    left, right = wire(9, bell=bell), wire(9, bell=bell)
    got: list[str] = []

    async def take_all() -> None:
        while True:
            _, frame = await receive_from([left, right], bell)
            assert isinstance(frame, Text)
            got.append(frame.text)

    async def send(each: Wire, at: list[float], name: str) -> None:
        for t in at:
            await trio.sleep_until(t)
            await each.send(Text(f"{name}{t:g}"))
        each.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send, left, [1.0, 4.0, 5.0], "l")
        nursery.start_soon(send, right, [2.0, 3.0, 6.0], "r")
        with pytest.raises(EndOfStream):
            await take_all()
    assert got == ["l1", "r2", "r3", "l4", "l5", "r6"]


async def test_age_is_that_of_the_oldest_frame(autojump_clock: MockClock) -> None:
    """A wire says how long its oldest frame has been waiting."""
    each = wire()
    await each.send(Text("a"))
    await trio.sleep(3)
    assert each.stats().age == 3


async def test_a_hole_is_told_when_nothing_is_left_to_tell_it(autojump_clock: MockClock) -> None:
    """A block that is larger than a live wire drops all that waits, and carries the hole itself; then there is none."""
    each = Wire("test", SECOND // 50, live=True, bell=Bell())
    await each.send(audio(0))
    await each.send(audio(320, 640))
    await each.send(audio(960))
    got = [await each.receive()]
    await each.send(audio(1280))
    got.append(await each.receive())
    assert [(f.pts, f.gap) for f in got if isinstance(f, Audio)] == [(960, 960), (1280, 0)]
