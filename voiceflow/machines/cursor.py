"""How much of what was sent has sounded.

Sound that goes on without a break is a run: its first sample and the instant at which that sample starts. The
position is counted forward from the run that sounds now, in whole samples, so nothing adds up to a drift. A new
run begins where a block came too late (an underrun), behind what was taken back, and where a far player said how far
it is (a mark).
"""

from __future__ import annotations

from bisect import bisect_right

import attrs

_SECOND = 1_000_000_000


def _positive(cursor: object, field: attrs.Attribute[int], value: int) -> None:
    if value <= 0:
        raise ValueError(f"a cursor's {field.name} is more than 0 Hz; got {value}")


@attrs.define(on_setattr=attrs.setters.NO_OP)  # `sent` moves at every block, and has nothing to validate
class Cursor:
    """The played position of one turn: samples at `rate` Hz, against instants in integer nanoseconds.

    A sample is played once all of it has sounded. Instants come from one clock, and blocks in the order they
    were sent.
    """

    rate: int = attrs.field(validator=_positive)
    sent: int = attrs.field(default=0, init=False)
    underruns: int = attrs.field(default=0, init=False)
    _firsts: list[int] = attrs.field(factory=list[int], init=False, repr=False)
    _starts: list[int] = attrs.field(factory=list[int], init=False, repr=False)
    _broken: bool = attrs.field(default=False, init=False)
    """Whether what is sent next begins a run, whenever it comes."""
    _marked: int = attrs.field(default=0, init=False)
    _dropped: int | None = attrs.field(default=None, init=False)

    @property
    def dropped(self) -> bool:
        """Whether the position is frozen for good."""
        return self._dropped is not None

    def push(self, samples: int, at: int) -> None:
        """So many samples were sent, which start to sound at `at`, or when all before them have sounded if later.

        Raises:
            ValueError: the count is negative, or the turn was dropped: nothing may be sent any more.
        """
        if samples < 0 or self._dropped is not None:
            raise ValueError(f"nothing can be sent to a dropped cursor, nor {samples} samples; sent {self.sent}")
        if samples == 0:
            return
        if not self._starts:
            self._begin(self.sent, at)
        elif self._broken:
            self._begin(self.sent, max(at, self.end()))
        elif at > self.end():
            self._begin(self.sent, at)
            self.underruns += 1
        self._broken = False
        self.sent += samples

    def position(self, now: int) -> int:
        """Samples that have sounded at `now`, or had when the turn was dropped: 0 to `sent`."""
        if self._dropped is not None:
            return self._dropped
        run = bisect_right(self._starts, now) - 1
        if run < 0:
            return self._marked
        limit = self._firsts[run + 1] if run + 1 < len(self._firsts) else self.sent
        return min(limit, self._firsts[run] + (now - self._starts[run]) * self.rate // _SECOND)

    def end(self) -> int:
        """The first instant at which all that was sent has sounded, 0 if nothing was or the turn was dropped."""
        if not self._starts or self._dropped is not None:
            return 0
        # Rounded up: at this nanosecond the last sample has sounded, at the one before it had not.
        samples = self.sent - self._firsts[-1]
        return self._starts[-1] - -samples * _SECOND // self.rate

    def place(self, sample: int) -> int:
        """Where a sample that was sent, or the one behind the last, stands on the clock, in samples."""
        run = bisect_right(self._firsts, sample) - 1
        return round(self._starts[run] * self.rate / _SECOND) + sample - self._firsts[run]

    def take_back(self, heard: int) -> None:
        """Of what was sent, what is behind sample `heard` will not sound: what is sent next goes on from there.

        Raises:
            ValueError: more was heard than was sent.
        """
        if not 0 <= heard <= self.sent:
            raise ValueError(f"what was heard is 0 to the {self.sent} samples that were sent; got {heard}")
        self.sent, self._broken = heard, True
        while self._firsts and self._firsts[-1] >= heard:
            self._firsts.pop()
            self._starts.pop()

    def mark(self, samples: int, now: int) -> None:
        """A far player said at `now` that it has played so many samples: the estimate counts on from there.

        It is believed above what was counted here, forwards and backwards. A mark below an earlier one is
        late and counts for nothing, and so does one that comes after `drop`: players that are told to clear
        their buffer send every mark that was in it.
        """
        if self.dropped or samples < self._marked or not self._starts:
            return
        self._marked = min(samples, self.sent)
        self._firsts.clear()
        self._starts.clear()
        self._begin(self._marked, now)

    def drop(self, now: int) -> int:
        """The position at `now`, which stays for good: nothing that is not heard yet ever will be."""
        self._dropped = self.position(now)
        return self._dropped

    def _begin(self, first: int, start: int) -> None:
        self._firsts.append(first)
        self._starts.append(start)
