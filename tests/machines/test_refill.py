"""A device's own buffer is kept full: nothing that it is given is lost, whatever it does."""

from __future__ import annotations

import attrs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.playout import Playout
from voiceflow.machines.refill import Dose, Refill

MS = 1_000_000


@attrs.define
class Server:
    """A sound server as ALSA shows one: it plays from the first piece on, and swallows `gulp` samples when it begins.

    Then it takes `burst` samples at a time. When it finds less than it takes, it has run dry: what it held is thrown
    away, all of it is free, and it begins again.
    """

    capacity: int
    gulp: int
    burst: int
    held: list[int] = attrs.Factory(list[int])
    heard: list[int] = attrs.Factory(list[int])
    lost: list[int] = attrs.Factory(list[int])
    begun: bool = False

    @property
    def free(self) -> int:
        return self.capacity - len(self.held)

    def write(self, samples: Samples) -> None:
        assert len(samples) <= self.free
        self.held += samples.tolist()
        if not self.begun:
            self.begun = True
            self.take(self.gulp)

    def take(self, count: int) -> None:
        if not self.begun:
            return
        if len(self.held) < count:
            self.lost += [sample for sample in self.held if sample]
            self.held, self.begun = [], False
            return
        self.heard += self.held[:count]
        del self.held[:count]


def serve(server: Server, refill: Refill, playout: Playout, now: int) -> list[Dose]:
    """All that the thread of a device does until it has to wait."""
    doses: list[Dose] = []
    while (dose := refill.due(server.free, now)) != Dose():
        doses.append(dose)
        server.write(np.concatenate((np.zeros(dose.silence, np.int16), playout.read(dose.sound))))
    return doses


def test_a_device_begins_with_all_the_silence_that_it_holds() -> None:
    """And is given sound from then on, as it asks: the whole blocks that it has room for."""
    refill = Refill(rate=1000, capacity=80, block=20)
    assert refill.due(80, 0) == Dose(silence=80)
    assert refill.due(0, 0) == Dose()
    assert refill.due(19, 19 * MS) == Dose()
    assert refill.due(45, 45 * MS) == Dose(sound=40)
    assert refill.late == 0


def test_a_device_that_has_run_dry_begins_again() -> None:
    """With silence, and it says for how long nothing was heard: it held 75 samples, and 100 ms have gone by."""
    refill = Refill(rate=1000, capacity=80, block=20)
    refill.due(80, 0)
    assert refill.due(25, 25 * MS) == Dose(sound=20)
    assert refill.due(80, 125 * MS) == Dose(silence=80, missed=25)
    assert refill.late == 105
    assert refill.due(20, 145 * MS) == Dose(sound=20)


def test_a_device_that_is_all_but_dry_is_not_begun_anew() -> None:
    """It goes on by itself; for how long nothing was heard is told."""
    refill = Refill(rate=1000, capacity=80, block=20)
    refill.due(80, 0)
    assert refill.due(79, 90 * MS) == Dose(sound=60, missed=10)
    assert refill.late == 10


def test_a_device_that_says_that_it_ran_dry_begins_again() -> None:
    """Behind what it has been given since."""
    refill = Refill(rate=1000, capacity=80, block=20)
    refill.due(80, 0)
    refill.due(60, 60 * MS)
    refill.ran_dry()
    assert refill.due(20, 61 * MS) == Dose(silence=20)
    assert refill.late == 20


def test_it_waits_until_there_is_room_for_a_block() -> None:
    """As if the device took sample after sample."""
    refill = Refill(rate=1000, capacity=80, block=20)
    assert [refill.wait(free) for free in (0, 15, 20, 33)] == [0.02, 0.005, 0.0, 0.0]


def test_a_server_that_swallows_the_first_block_would_begin_over_and_over() -> None:
    """What `Refill` is for: sound given block by block to a device that has just begun is thrown away."""
    server, sound = Server(capacity=80, gulp=50, burst=20), iter(range(1, 1000))
    for _ in range(10):
        server.write(np.array([next(sound) for _ in range(20)], np.int16))
    assert (len(server.lost), server.heard) == (200, [])


@given(
    periods=st.integers(1, 6),
    gulps=st.integers(0, 6),
    bursts=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5)), min_size=1, max_size=40),
)
def test_all_sound_is_heard_in_order(periods: int, gulps: int, bursts: list[tuple[int, int]]) -> None:
    """Of bursts up to what it holds, and after stalls in which it ran dry: what is lost is silence alone."""
    block = 20
    capacity = (periods + 1) * block
    server = Server(capacity, min(gulps * block, capacity), block)
    refill, playout = Refill(1000, capacity, block), Playout(10_000)
    playout.write(np.arange(1, 5001, dtype=np.int16))
    now = 0
    serve(server, refill, playout, now)
    for blocks, pause in bursts:
        for _ in range(min(blocks, periods + 1)):  # it asks for several at once, and then for a time for none
            server.take(block)
        now += (blocks + pause) * block * MS
        serve(server, refill, playout, now)
    server.take(len(server.held))
    heard = [sample for sample in server.heard if sample]
    assert heard == list(range(1, len(heard) + 1))
    assert server.lost == []


@given(st.integers(0, 400))
def test_a_stall_is_silence_of_its_own_length_and_a_new_beginning(stall: int) -> None:
    """A steady device whose thread does not come for so many milliseconds: what comes later is what `late` says."""
    block, capacity = 20, 80
    server, refill, playout = Server(capacity, 0, block), Refill(1000, capacity, block), Playout(10_000)
    playout.write(np.arange(1, 5001, dtype=np.int16))
    serve(server, refill, playout, 0)
    now = 0
    for _ in range(10):
        now += block
        server.take(block)
        serve(server, refill, playout, now * MS)
    for _ in range(stall // block):
        server.take(block)
    now += stall
    begun_anew = any(dose.silence for dose in serve(server, refill, playout, now * MS))
    assert begun_anew == (stall // block * block > capacity - 1)
    assert refill.late == (stall if begun_anew else 0)
