"""The agent's mouth in a call from far away: a sink whose sound is played elsewhere.

Blocks leave a cushion ahead of the ear. What was heard is what the far player says, counted on by the clock from
there. All that an interruption needs is synchronous: the line is told to be silent in the same step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

import attrs
import numpy as np
import trio
from attrs import validators as are

from voiceflow._clock import SECOND
from voiceflow.frames import Audio, Samples, Spoken
from voiceflow.machines.far import Cushion, FarCursor
from voiceflow.machines.gain import Gain, from_decibels
from voiceflow.machines.ledger import Ledger
from voiceflow.node import Ports, Sink
from voiceflow.ports import In, Out, Signal
from voiceflow.resampling import Resampler
from voiceflow.serve.line import Line
from voiceflow.speaker import Activity

_BACKLOG = 1.0
"""Seconds of sound beyond the cushion that a far player may owe its word for, before it is sent no more."""

_LOST = 5.0
"""Seconds after which a player that owes its word is taken to be gone."""


@attrs.define(eq=False)
class _Playback:
    """One turn on its way to the ear."""

    turn: int
    cursor: FarCursor
    ledger: Ledger
    rest: Samples = attrs.Factory(lambda: np.zeros(0, np.int16))
    kept: deque[tuple[int, Samples]] = attrs.Factory(deque[tuple[int, Samples]])
    """What was sent and is not known to have sounded, in case the line is cut."""
    resampler: Resampler | None = None
    begin: int = 0
    """Where the phrase under way begins."""
    words: list[tuple[int, int, int]] = attrs.Factory(list[tuple[int, int, int]])
    """Its words that are known by now."""
    within: bool = False
    """Whether a phrase is under way."""
    audible: bool = False
    ended: bool = False
    missed: int = 0

    def forget_told(self) -> None:
        while self.kept and self.kept[0][0] + len(self.kept[0][1]) <= self.cursor.told:
            self.kept.popleft()


@attrs.define(eq=False)
class Mouth(Sink):
    """Plays `Spoken` audio at the other end of a line, at `rate` Hz, in blocks of `block` seconds.

    It has the ports of a `Speaker`, and stands in a graph where one would. Without a line, and while the far player
    owes its word for a second of sound, it stands. Marks: `phrase` (`text`, `begin`, `end` or None, `words`: first
    character, last character and sample of each) when a phrase is on its way, and again as more of it is known.
    """

    rate: int = attrs.field(default=24000, validator=[are.ge(8000), are.le(48000)])
    block: float = attrs.field(default=0.02, validator=[are.ge(0.01), are.le(0.2)])
    duck_to: float = attrs.field(default=-15.0, validator=are.le(0))
    ramp: float = attrs.field(default=0.03, validator=are.ge(0))

    spoken = In(Spoken, seconds=0.3)
    audio = Out(Audio)
    activity = Signal(Activity)

    on_audible: Callable[[int], None] = attrs.field(default=lambda turn: None, init=False, repr=False)
    on_lost: Callable[[], None] = attrs.field(default=lambda: None, init=False, repr=False)
    """Called when the far player has not given its word for too long."""
    on_sent: Callable[[float], None] = attrs.field(default=lambda late: None, init=False, repr=False)
    """Called with each block, and the seconds by which it left after it might have."""
    cushion: Cushion = attrs.field(factory=Cushion, init=False, repr=False)
    _ports: Ports | None = attrs.field(default=None, init=False, repr=False)
    _line: Line | None = attrs.field(default=None, init=False, repr=False)
    _gives_word: bool = attrs.field(default=False, init=False, repr=False)
    """Whether the far player says what it has played."""
    _playing: _Playback | None = attrs.field(default=None, init=False, repr=False)
    _cleared: int | None = attrs.field(default=None, init=False, repr=False)
    """The last turn that the line was told to be silent about."""
    _gain: Gain = attrs.field(init=False, repr=False)
    _held: bool = attrs.field(default=False, init=False, repr=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._gain = Gain(round(self.ramp * self.rate))

    # The line

    def attach(self, ports: Ports) -> None:
        self._ports = ports

    def connect(self, line: Line) -> None:
        """Play there from now on, from the first sample that is not known to have sounded."""
        self._line = line
        if self._cleared is not None:
            line.clear(self._cleared)
        playback = self._playing
        if playback is not None and not playback.ended and not playback.cursor.dropped:
            for position, samples in playback.kept:
                line.play(playback.turn, position, samples)
        self._tell()

    def disconnect(self) -> None:
        """There is no line: what was not known to have sounded has not."""
        self._line = None
        if self._playing is not None and self._ports is not None and not self._playing.cursor.dropped:
            self._playing.cursor.stand(self._ports.now())
        self._tell()

    def played(self, turn: int, position: int, missed: int = 0) -> None:
        """The far player has played `position` samples of a turn, with `missed` samples of silence between them."""
        playback = self._playing
        if playback is None or playback.turn != turn or self._ports is None:
            return
        before = playback.cursor.told
        if not playback.cursor.mark(position, self._ports.now()):
            return
        self._gives_word = True
        playback.forget_told()
        # What the voice did not have in time is not the line's fault, and would not come sooner by a larger cushion.
        missed -= min(missed, playback.cursor.dry)
        if missed > playback.missed + self.rate // 1000:
            self.cushion.miss((missed - playback.missed) / self.rate)
            playback.missed = missed
        else:
            self.cushion.played((playback.cursor.told - before) / self.rate)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    # A turn

    async def play(self, ports: Ports) -> None:
        assert ports.turn is not None, "a sink plays turns"
        playback = self._playback(ports.turn)
        inlet = ports[self.spoken]
        count = max(1, round(self.block * self.rate))
        await self._send_rest(playback, ports, count, down_to=count)
        async for spoken in inlet.taking():
            self._take(playback, spoken, ports)
            inlet.commit()  # it is in our own keeping now, which outlives a crash of this loop
            await self._send_rest(playback, ports, count, down_to=count)
        if playback.resampler is not None:
            playback.rest = np.concatenate((playback.rest, playback.resampler.end()))
            playback.resampler = None
        await self._send_rest(playback, ports, count, down_to=1)
        await self._until_heard(playback, ports)

    def _playback(self, turn: int) -> _Playback:
        """The turn's state: a new one, or the one it had before."""
        if self._playing is None or self._playing.turn != turn:
            self._playing = _Playback(turn, FarCursor(self.rate), Ledger(self.rate))
            self._gain.jump()
        return self._playing

    def _take(self, playback: _Playback, spoken: Spoken, ports: Ports) -> None:
        if playback.resampler is None or playback.resampler.source_rate != spoken.rate:
            before, playback.resampler = playback.resampler, Resampler(spoken.rate, self.rate)
            if before is not None:
                playback.rest = np.concatenate((playback.rest, before.end()))
        samples = playback.resampler.push(spoken.samples)
        if not playback.within:
            playback.begin, playback.words = playback.ledger.samples, []
        playback.ledger.add(spoken, len(samples))
        playback.rest = np.concatenate((playback.rest, samples)) if len(playback.rest) else samples
        if not playback.within or spoken.words or spoken.last:
            self._tell_phrase(playback, spoken, ports)
        playback.within = not spoken.last

    def _tell_phrase(self, playback: _Playback, spoken: Spoken, ports: Ports) -> None:
        begin = playback.begin
        playback.words += (
            (word.start, word.end, begin + word.sample * self.rate // spoken.rate) for word in spoken.words
        )
        end = playback.ledger.samples if spoken.last else None
        ports.mark("phrase", text=spoken.phrase.text, begin=begin, end=end, words=tuple(playback.words))

    async def _send_rest(self, playback: _Playback, ports: Ports, count: int, *, down_to: int) -> None:
        while len(playback.rest) >= down_to:
            await self._until_due(playback, ports, min(count, len(playback.rest)))
            block, playback.rest = playback.rest[:count], playback.rest[count:]
            await self._send(playback, ports, block)

    async def _until_due(self, playback: _Playback, ports: Ports, count: int) -> None:
        """Wait until a block may leave."""
        wanted = ports.now()
        while True:
            if self._held or self._line is None:
                await self._news.wait()
                wanted = ports.now()
            elif self._gives_word and playback.cursor.backlog + count > self._room:
                await self._until_word()
                wanted = ports.now()
            else:
                due = playback.cursor.due(self.cushion.ahead, ports.now())
                if due <= ports.now():
                    self.on_sent((ports.now() - wanted) / SECOND)
                    return
                await ports.sleep_until(due, output=True)
                wanted = due

    @property
    def _room(self) -> int:
        return round((_BACKLOG + self.cushion.seconds) * self.rate)

    async def _until_word(self) -> None:
        with trio.move_on_after(_LOST) as scope:
            await self._news.wait()
        if scope.cancelled_caught:
            self.on_lost()

    async def _send(self, playback: _Playback, ports: Ports, samples: Samples) -> None:
        cursor, now = playback.cursor, ports.now()
        if not playback.audible:
            playback.audible = True
            self._announce(playback, "audible", now)
            self.on_audible(playback.turn)
            await trio.lowlevel.checkpoint_if_cancelled()  # who was told may have wanted no more of it
        samples = self._gain.apply(samples)
        position, pts = cursor.sent, cursor.pts(now)
        cursor.push(len(samples), now)
        playback.kept.append((position, samples))
        if not self._gives_word:
            self._keep_little(playback)
        if self._line is not None:
            self._line.play(playback.turn, position, samples)
        assert self._ports is not None
        await self._ports[self.audio].send(Audio(samples, self.rate, pts))

    def _keep_little(self, playback: _Playback) -> None:
        """Of a player that says nothing, what it was sent in the last second may not have sounded."""
        while len(playback.kept) * self.block > _BACKLOG:
            playback.kept.popleft()

    async def _until_heard(self, playback: _Playback, ports: Ports) -> None:
        while True:
            if self._line is None:
                await self._news.wait()
                continue
            end = playback.cursor.end()
            if end <= ports.now():
                return
            await ports.sleep_until(end, output=True)

    # What an interruption needs

    def drop(self, turn: int) -> None:
        playback = self._playing
        if playback is not None and playback.turn == turn and self._ports is not None:
            playback.cursor.drop(self._ports.now())
            playback.kept.clear()
            if playback.cursor.sent:
                self._cleared = turn
                if self._line is not None:
                    self._line.clear(turn)
            self._end(playback, self._ports.now())

    def finish(self, turn: int) -> None:
        playback = self._playing
        if playback is not None and playback.turn == turn and self._ports is not None:
            self._end(playback, self._ports.now())

    def heard(self, turn: int) -> str:
        playback = self._playing
        if playback is None or playback.turn != turn or self._ports is None:
            return ""
        return playback.ledger.heard(playback.cursor.position(self._ports.now()))

    def position(self, turn: int) -> float:
        """Seconds of the turn that have been heard."""
        playback = self._playing
        if playback is None or playback.turn != turn or self._ports is None:
            return 0.0
        return playback.cursor.position(self._ports.now()) / self.rate

    def duck(self) -> None:
        self._gain.go_to(from_decibels(self.duck_to))

    def hold(self) -> None:
        """Send nothing more until `resume`; what has left sounds to its end."""
        self._held = True

    def resume(self) -> None:
        self._gain.go_to(1.0)
        if self._held:
            self._held = False
            self._tell()

    def _end(self, playback: _Playback, at: int) -> None:
        if not playback.ended:
            playback.ended = True
            self._announce(playback, "ended", at)

    def _announce(self, playback: _Playback, what: Literal["audible", "ended"], at: int) -> None:
        if self._ports is not None:
            self._ports[self.activity].set(Activity(playback.turn, what, at))
