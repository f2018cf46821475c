"""The agent's mouth in a call from far away: a sink whose sound is played elsewhere.

Blocks leave a cushion ahead of the ear. What was heard is what the far player says, counted on by the clock from
there. All that an interruption needs is synchronous: the line is told to be silent in the same step. So it is when the
voice is held: the far player says how far it came, and from there the voice goes on. Who does not say that is taken to
have come as far as the clock counts.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio
from attrs import validators as are

from voiceflow._clock import SECOND
from voiceflow.audio_sink import AudioSink, Playback
from voiceflow.frames import Audio, Samples, Spoken
from voiceflow.machines.far import Cushion, FarCursor
from voiceflow.serve.line import Line
from voiceflow.services import Ports

_BACKLOG = 1.0
"""Seconds of sound beyond the cushion that a far player may owe its word for, before it is sent no more."""

_LOST = 5.0
"""Seconds after which a player that owes its word is taken to be gone."""

_ANSWER = 0.5
"""Seconds that a voice which goes on waits for a player to say how far it had come when it was held."""


@attrs.define(eq=False)
class _Playback(Playback[FarCursor]):
    """One turn on its way to the far ear."""

    phrase: int = 0
    """Where the phrase under way begins."""
    words: list[tuple[int, int, int]] = attrs.Factory(list[tuple[int, int, int]])
    """Its words that are known by now."""
    within: bool = False
    """Whether a phrase is under way."""
    missed: int = 0
    left: int = 0
    """When its first block left."""
    ports: Ports | None = None
    """Those by which it was played last."""
    answer: bool = False
    """Whether the far player owes an answer to how far it came."""
    stood: bool = False
    """Whether it was held, or its line cut, since the player last said how much was missing."""


@attrs.define(eq=False)
class Mouth(AudioSink[_Playback]):
    """Plays `Spoken` audio at the other end of a line, at `rate` Hz, in blocks of `block` seconds.

    It has the ports of a `Speaker`, and stands in a graph where one would. Without a line, and while the far player
    owes its word for a second of sound, it stands. Marks: `phrase` (`text`, `begin`, `end` or None, `words`: first
    character, last character and sample of each) when a phrase is on its way, and again as more of it is known;
    `turn.heard` (`at`, in nanoseconds) when the far player has said when the first sample of the turn sounded.
    """

    rate: int = attrs.field(default=24000, validator=[are.ge(8000), are.le(48000)])
    block: float = attrs.field(default=0.02, validator=[are.ge(0.01), are.le(0.2)])

    on_lost: Callable[[], None] = attrs.field(default=lambda: None, init=False, repr=False)
    """Called when the far player has not given its word for too long."""
    on_sent: Callable[[float], None] = attrs.field(default=lambda late: None, init=False, repr=False)
    """Called with each block, and the seconds by which it left after it might have."""
    cushion: Cushion = attrs.field(factory=Cushion, init=False, repr=False)
    _line: Line | None = attrs.field(default=None, init=False, repr=False)
    _gives_word: bool = attrs.field(default=False, init=False, repr=False)
    """Whether the far player says what it has played."""
    _cleared: int | None = attrs.field(default=None, init=False, repr=False)
    """The last turn that the line was told to be silent about."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    # The line

    def connect(self, line: Line) -> None:
        """Play there from now on, from the first sample that is not known to have sounded."""
        self._line = line
        if self._cleared is not None:
            line.clear(self._cleared)
        self._tell()

    def disconnect(self) -> None:
        """There is no line: what was not known to have sounded has not."""
        self._line = None
        if self._playing is not None and not self._playing.ended:
            self._take_back(self._playing, for_good=False)
        self._tell()

    def played(self, turn: int, position: int, missed: int = 0, *, held: bool = False) -> None:
        """The far player has played `position` samples of a turn, with `missed` samples of silence between them.

        With `held`, it has fallen silent there because it was told to be.
        """
        playback = self._of(turn)
        if playback is None:
            return
        before = playback.cursor.told
        if not playback.cursor.mark(position, self._now()):
            return
        self._gives_word = True
        told = playback.cursor.told
        if (held and playback.answer) or told > playback.cursor.sent:
            playback.answer = playback.answer and not held
            self._seat(playback, told)
        playback.forget(told)
        if not before and told and playback.ports is not None:
            sounded = (told + missed) * SECOND // self.rate
            # Whatever a player says, nothing sounded before it had left.
            playback.ports.mark("turn.heard", at=max(playback.left, self._now() - sounded))
        # What the voice did not have in time is not the line's fault, and would not come sooner by a larger cushion.
        missed -= min(missed, playback.cursor.dry)
        if missed > playback.missed + self.rate // 1000:
            if not playback.stood:
                self.cushion.miss((missed - playback.missed) / self.rate)
            playback.missed = missed
        else:
            self.cushion.played((told - before) / self.rate)
        playback.stood = playback.stood and told == before
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    # A turn

    async def _play(self, playback: _Playback, ports: Ports) -> None:
        playback.ports = ports
        inlet = ports[self.spoken]
        count = max(1, round(self.block * self.rate))
        await self._until_answered(playback)
        await self._send_rest(playback, ports, count, down_to=count)
        async for spoken in inlet.taking():
            self._take(playback, spoken, ports)
            inlet.commit()  # it is in our own keeping now, which outlives a crash of this loop
            await self._send_rest(playback, ports, count, down_to=count)
        playback.close()
        await self._send_rest(playback, ports, count, down_to=1)
        await self._until_heard(playback, ports)

    @property
    def _rate(self) -> int:
        return self.rate

    def _new(self, turn: int) -> _Playback:
        return _Playback(turn, FarCursor(self.rate))

    def _take(self, playback: _Playback, spoken: Spoken, ports: Ports) -> None:
        if not playback.within:
            playback.phrase, playback.words = playback.ledger.samples, []
        playback.take(spoken)
        if not playback.within or spoken.words or spoken.last:
            self._tell_phrase(playback, spoken, ports)
        playback.within = not spoken.last

    def _tell_phrase(self, playback: _Playback, spoken: Spoken, ports: Ports) -> None:
        begin = playback.phrase
        playback.words += (
            (word.start, word.end, begin + word.sample * self.rate // spoken.rate) for word in spoken.words
        )
        end = playback.ledger.samples if spoken.last else None
        ports.mark("phrase", text=spoken.phrase.text, begin=begin, end=end, words=tuple(playback.words))

    async def _until_answered(self, playback: _Playback) -> None:
        """Wait until it is known how far the far player came, or so long that the clock's count stands for it."""
        with trio.move_on_after(_ANSWER):
            while playback.answer:
                await self._news.wait()
        playback.answer = False

    async def _send_rest(self, playback: _Playback, ports: Ports, count: int, *, down_to: int) -> None:
        while playback.waiting >= down_to:
            await self._until_due(playback, ports, min(count, playback.waiting))
            await trio.lowlevel.checkpoint_if_cancelled()  # word may come, and a hold behind it, before we run
            await self._send(playback, ports, playback.next(count))

    async def _until_due(self, playback: _Playback, ports: Ports, count: int) -> None:
        """Wait until a block may leave."""
        wanted = ports.now()
        while True:
            if self._line is None:
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
            playback.left = now
            await self._begin(playback, now)
        position = cursor.sent
        cursor.push(len(samples), now)
        if not self._gives_word:
            # Of a player that says nothing, what it was sent in the last second may not have sounded.
            playback.forget(cursor.sent - round(_BACKLOG * self.rate))
        samples = self._gain.apply(samples)
        if self._line is not None:
            self._line.play(playback.turn, position, samples)
        assert self._ports is not None
        await self._ports[self.audio].send(Audio(samples, self.rate, cursor.place(position)))

    async def _until_heard(self, playback: _Playback, ports: Ports) -> None:
        while True:
            if self._line is None:
                await self._news.wait()
                continue
            end = playback.cursor.end()
            if end <= ports.now():
                return playback.cursor.settle()
            await ports.sleep_until(end, output=True)

    # What an interruption needs

    def _silence(self, playback: _Playback, *, for_good: bool) -> int:
        heard = playback.cursor.position(self._now())
        playback.answer, playback.stood = False, True
        if for_good:
            self._cleared = playback.turn
        if self._line is None:
            return heard if for_good else max(playback.begin, playback.cursor.told)
        if for_good:
            self._line.clear(playback.turn)
        else:
            playback.answer = self._line.hold(playback.turn)
        return heard
