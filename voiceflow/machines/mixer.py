r"""A voice and the sounds under it, added up sample by sample.

Everything stands at a sample of one output, which is given in order, in pieces of any length. The voice is placed
when it comes; what is given already is never changed, so a voice that comes too late begins with the next sample that
is. A voice that goes on before what waits of it has run out is joined to it without a gap, however late it came. Each
sample of the voice is given exactly as it came, but for the sounds under it.

    given |<- the next sample to give
    ------+----[ voice ]----------[ voice ]-----> samples
    tracks  ~~~~~~~~\______/~~~~~~\_______/~~~~   lower under the voice and for `hold` behind it
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples, read_only
from voiceflow.machines.ramp import Curve, Ramp

_FADED = -3.0
"""Decades that a fade falls over its length: to -60 dB."""


def seamless(samples: Samples, seam: int) -> Samples:
    """A sound to be looped: its last `seam` samples go over into its first ones, with equal power.

    The loop is shorter by as much. Its last sample is followed by the one that followed it in the recording.

    Raises:
        ValueError: `seam` is negative, or more than half of the sound.
    """
    if not 0 <= seam <= len(samples) // 2:
        raise ValueError(f"seam is 0 to half of the sound's {len(samples)} samples; got {seam}")
    angle = np.pi / 2 * np.arange(seam) / max(1, seam)
    loop = samples[: len(samples) - seam].copy()
    tail = samples[len(samples) - seam :].astype(np.float64)
    joined: Curve = loop[:seam].astype(np.float64) * np.sin(angle) + tail * np.cos(angle)
    loop[:seam] = np.clip(np.rint(joined), -32768, 32767)
    return loop


def added(sounds: Iterable[Samples], count: int) -> Samples:
    """Sounds of `count` samples as one, which saturates."""
    mixed: Curve = np.zeros(count)
    for sound in sounds:
        mixed += sound
    return _saturated(mixed)


def _saturated(mixed: Curve) -> Samples:
    clipped: Samples = np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)
    return clipped


def _some(track: object, field: attrs.Attribute[Samples], samples: Samples) -> None:
    if not len(samples):
        raise ValueError("a track has samples; got none")


@attrs.define(eq=False)
class Track:
    """One sound under the voice: silent until it is started; `gain` is a factor of amplitude.

    A looped one goes on from its last sample to its first. One that is not plays once a start. Starts and stops
    are ramps of `fade` samples; a start while it is still fading out goes on where it is.
    """

    samples: Samples = attrs.field(converter=read_only, validator=_some, repr=lambda s: f"<{len(s)}>")
    gain: float = attrs.field(default=1.0, validator=are.ge(0))
    loop: bool = True
    fade: int = attrs.field(default=0, validator=are.ge(0))
    _ramp: Ramp = attrs.field(factory=partial(Ramp, 0.0), init=False)
    _place: int = attrs.field(default=0, init=False)
    _due: deque[tuple[int, float]] = attrs.field(factory=deque[tuple[int, float]], init=False)
    """Where it is started (1) or stopped (0)."""

    def silent(self, until: int) -> bool:
        """Whether it gives nothing before sample `until`."""
        begins = any(level and at < until for at, level in self._due)
        return not begins and (self._over or self._stands)

    @property
    def _over(self) -> bool:
        return not self.loop and self._place >= len(self.samples)

    @property
    def _stands(self) -> bool:
        return self._ramp.level == 0.0 and not self._ramp.moving

    def start(self, at: int) -> None:
        """Begin to sound at sample `at`."""
        self._plan(at, 1.0)

    def stop(self, at: int) -> None:
        """Begin to fade at sample `at`; a start that was to come later than that does not come."""
        self._plan(at, 0.0)

    def _plan(self, at: int, level: float) -> None:
        while self._due and self._due[-1][0] >= at:
            self._due.pop()
        self._due.append((at, level))

    def take(self, begin: int, count: int) -> Curve | None:
        """Its part in samples `begin` to `begin + count`; None for silence."""
        if self.silent(begin + count):
            while self._due and self._due[0][0] < begin + count:
                self._due.popleft()  # a stop of what does not sound
            return None
        out, at = np.zeros(count), 0
        while at < count:
            while self._due and self._due[0][0] <= begin + at:
                self._turn(self._due.popleft()[1])
            until = min(count, self._due[0][0] - begin) if self._due else count
            out[at:until] = self._play(until - at)
            at = until
        return out

    def _turn(self, level: float) -> None:
        if level and (self._over or self._stands):
            self._place = 0
            self._ramp.go_to(0.0, 0)
        if level != self._ramp.target:
            self._ramp.go_to(level, self.fade)

    def _play(self, count: int) -> Curve:
        if self._stands:
            return np.zeros(count)
        curve = self._ramp.take(count)
        places = np.arange(self._place, self._place + count)
        self._place += count
        if self.loop:
            self._place %= len(self.samples)
            sound = self.samples[places % len(self.samples)].astype(np.float64)
        else:
            sound = np.zeros(count)
            there = self.samples[places[0] : places[0] + count]
            sound[: len(there)] = there
        return sound * curve * self.gain


@attrs.define(eq=False)
class Mixer:
    """Gives the voice and the tracks as one signal, which saturates.

    Under the voice the tracks are at `duck`, a factor of amplitude: reached within `attack` samples of the voice's
    first, kept until `hold` samples after its last, and left within `release` samples.
    """

    duck: float = attrs.field(default=1.0, validator=[are.ge(0), are.le(1)])
    attack: int = attrs.field(default=0, validator=are.ge(0))
    hold: int = attrs.field(default=0, validator=are.ge(0))
    release: int = attrs.field(default=0, validator=are.ge(0))
    tracks: list[Track] = attrs.Factory(list[Track])
    given: int = attrs.field(default=0, init=False)
    voiced: int = attrs.field(default=0, init=False)
    """The sample behind the last one of a voice that was given."""
    late: int = attrs.field(default=0, init=False)
    """Samples by which voices came too late, all together."""
    _voice: list[tuple[int, Samples]] = attrs.field(factory=list[tuple[int, Samples]], init=False, repr=False)
    _end: int | None = attrs.field(default=None, init=False)
    """The sample behind the voice's last; None if there was none, or what comes next begins anew."""
    _ducked_until: int = attrs.field(default=0, init=False)
    _ducking: Ramp = attrs.field(factory=Ramp, init=False)
    _opening: Ramp = attrs.field(factory=Ramp, init=False)

    @property
    def waiting(self) -> int:
        """Samples up to the end of the voice that were not given yet."""
        return max((at + len(samples) for at, samples in self._voice), default=self.given) - self.given

    def silent(self, count: int) -> bool:
        """Whether the next `count` samples are silence, as things stand."""
        until = self.given + count
        return all(begin >= until for begin, _ in self._voice) and all(track.silent(until) for track in self.tracks)

    def put(self, at: int, samples: Samples) -> int:
        """Place a piece of the voice at sample `at`, or behind what waits of it, or at the next sample that is given.

        Returns the sample at which it begins.
        """
        if self._end is None or self._end < self.given:
            self.late += max(0, self.given - at)
            self._end = max(at, self.given)
        begin = self._end
        if len(samples):
            self._voice.append((begin, read_only(samples)))
            self._end += len(samples)
        return begin

    def drop(self, at: int, fade: int) -> None:
        """Forget the voice: from sample `at`, given already or not, it falls exponentially to -60 dB in `fade` samples.

        What comes next begins anew.
        """
        kept: list[tuple[int, Samples]] = []
        for begin, samples in self._voice:
            piece = samples[: max(0, at + fade - begin)]
            past = np.maximum(0, np.arange(begin - at, begin - at + len(piece))) / max(1, fade)
            faded: Curve = np.rint(piece.astype(np.float64) * np.power(10.0, _FADED * past))
            if len(piece):
                kept.append((begin, read_only(faded.astype(np.int16))))
        self._voice, self._end = kept, None

    def reopen(self, over: int) -> None:
        """The tracks were cut off behind us: they come back from silence within so many samples."""
        self._opening.go_to(0.0, 0)
        self._opening.go_to(1.0, over)

    def take(self, count: int) -> Samples:
        """The next `count` samples."""
        parts = [part for track in self.tracks if (part := track.take(self.given, count)) is not None]
        # The two curves move on whether anything sounds under them or not.
        curve = self._duck_curve(count) * self._opening.take(count)
        mixed: Curve = sum(parts, np.zeros(count)) * curve
        for begin, samples in self._voice:
            piece = samples[max(0, self.given - begin) : max(0, self.given + count - begin)]
            place = max(0, begin - self.given)
            mixed[place : place + len(piece)] += piece
            if len(piece):
                self.voiced = max(self.voiced, self.given + place + len(piece))
        self.given += count
        self._voice = [(begin, samples) for begin, samples in self._voice if begin + len(samples) > self.given]
        return _saturated(mixed)

    def _duck_curve(self, count: int) -> Curve:
        at, end = self.given, self.given + count
        pieces = [np.zeros(0)]
        while at < end:
            ducked, until = self._sounds(at)
            target, over = (self.duck, self.attack) if ducked else (1.0, self.release)
            if target != self._ducking.target:
                self._ducking.go_to(target, over)
            stop = min(end, until) if until is not None else end
            pieces.append(self._ducking.take(stop - at))
            at = stop
        return np.concatenate(pieces)

    def _sounds(self, at: int) -> tuple[bool, int | None]:
        """Whether the tracks are ducked at sample `at`, and the sample up to which that is known; None for good."""
        for begin, samples in self._voice:
            if begin <= at < begin + len(samples):
                self._ducked_until = max(self._ducked_until, begin + len(samples) + self.hold)
                return True, begin + len(samples)
        if at < self._ducked_until:
            return True, min([self._ducked_until, *(begin for begin, _ in self._voice if begin > at)])
        return False, min((begin for begin, _ in self._voice if begin > at), default=None)
