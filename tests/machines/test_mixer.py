"""A voice and the sounds under it: each sample in its place, whatever the pieces that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.gain import from_decibels
from voiceflow.machines.mixer import Mixer, Track, seamless


def flat(value: int, count: int) -> Samples:
    return np.full(count, value, np.int16)


def counting(count: int) -> Samples:
    return np.arange(1, count + 1, dtype=np.int16)


def track(samples: Samples, *, at: int = 0, gain: float = 1.0, loop: bool = True, fade: int = 0) -> Track:
    found = Track(samples, gain, loop, fade)
    found.start(at)
    return found


# The voice


def test_a_voice_alone_is_given_as_it_came() -> None:
    """At its sample, with silence around it."""
    mixer = Mixer(duck=0.1, attack=3)
    assert mixer.put(2, np.array([-32768, 5, 32767], np.int16)) == 2
    assert (mixer.waiting, mixer.silent(2), mixer.silent(3)) == (5, True, False)
    assert mixer.take(4).tolist() == [0, 0, -32768, 5]
    assert mixer.take(4).tolist() == [32767, 0, 0, 0]
    assert (mixer.given, mixer.waiting, mixer.late, mixer.silent(100)) == (8, 0, 0, True)


def test_a_voice_that_goes_on_is_joined_as_long_as_some_of_it_waits() -> None:
    """Also when it comes later than it should, up to the last moment; then it begins with the next sample."""
    mixer = Mixer()
    mixer.put(0, flat(1, 4))
    assert mixer.put(7, flat(2, 2)) == 4
    mixer.take(6)
    assert mixer.put(6, flat(3, 2)) == 6
    mixer.take(4)
    assert mixer.put(8, flat(4, 2)) == 10
    assert mixer.late == 2
    assert mixer.take(3).tolist() == [4, 4, 0]


def test_a_voice_that_comes_early_waits_for_its_sample() -> None:
    """After a pause it begins where it is told to."""
    mixer = Mixer()
    mixer.put(1, flat(1, 1))
    mixer.take(4)
    assert mixer.put(6, flat(2, 1)) == 6
    assert mixer.take(4).tolist() == [0, 0, 2, 0]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 12)), max_size=20))
def test_no_sample_of_a_voice_is_lost_or_doubled(steps: list[tuple[int, int]]) -> None:
    """Whatever the jitter: what is given without its silence is what came, and only a dry voice is silent."""
    mixer, came, given = Mixer(), list[int](), list[int]()
    for value, (size, rendered) in enumerate(steps, 1):
        mixer.put(mixer.given, flat(value, size))
        came += [value] * size
        dry = mixer.waiting < rendered
        block = mixer.take(rendered).tolist()
        assert dry or all(block)
        given += block
    given += mixer.take(mixer.waiting).tolist()
    assert [sample for sample in given if sample] == came


def test_a_dropped_voice_falls_to_a_thousandth_and_is_gone() -> None:
    """Counted from where the ear is, which may lie behind what was given already."""
    mixer = Mixer()
    mixer.put(0, flat(10_000, 100))
    assert mixer.take(20).tolist() == [10_000] * 20
    mixer.drop(10, 30)
    assert mixer.waiting == 20
    out = mixer.take(30).tolist()
    assert out[:3] == [round(10_000 * 10 ** (-3 * n / 30)) for n in (10, 11, 12)]
    assert (out[19], out[20:]) == (round(10_000 * 10 ** (-3 * 29 / 30)), [0] * 10)


def test_a_voice_after_a_drop_begins_anew() -> None:
    """Over what still fades, not behind it."""
    mixer = Mixer()
    mixer.put(0, flat(1000, 100))
    mixer.drop(50, 10)
    assert mixer.put(52, flat(1, 3)) == 52
    mixer.drop(0, 0)
    assert (mixer.waiting, mixer.take(5).tolist()) == (0, [0] * 5)


# Tracks


def test_a_loop_goes_from_its_last_sample_to_its_first() -> None:
    """Sample by sample, from the sample at which it is started."""
    mixer = Mixer(tracks=[track(counting(5), at=3)])
    assert (mixer.silent(3), mixer.silent(4)) == (True, False)
    assert mixer.take(14).tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1]


def test_a_sound_that_is_no_loop_plays_once_a_start() -> None:
    """And may be started again."""
    once = track(counting(3), loop=False)
    mixer = Mixer(tracks=[once])
    assert mixer.take(5).tolist() == [1, 2, 3, 0, 0]
    assert mixer.silent(100)
    once.start(6)
    assert mixer.take(5).tolist() == [0, 1, 2, 3, 0]


def test_a_gain_is_a_factor_of_amplitude() -> None:
    """-20 dB is a tenth."""
    assert Mixer(tracks=[track(flat(1000, 9), gain=from_decibels(-20))]).take(2).tolist() == [100, 100]


def test_starts_and_stops_are_ramps() -> None:
    """A stop is heard from its sample on; a sound that was stopped begins again at its first sample."""
    sound = track(flat(1000, 7), fade=4)
    mixer = Mixer(tracks=[sound])
    sound.stop(6)
    assert mixer.take(12).tolist() == [250, 500, 750, 1000, 1000, 1000, 750, 500, 250, 0, 0, 0]
    assert mixer.silent(100)
    again = track(counting(100), fade=0)
    other = Mixer(tracks=[again])
    again.stop(2)
    other.take(10)
    again.start(10)
    assert other.take(3).tolist() == [1, 2, 3]


def test_a_start_in_the_fade_goes_on_where_it_is() -> None:
    """No jump in level, and none in the sound."""
    sound = track(counting(1000), fade=10)
    mixer = Mixer(tracks=[sound])
    mixer.take(99)
    sound.stop(99)
    sound.start(104)
    assert mixer.take(12).tolist() == [90, 81, 71, 62, 52, 58, 64, 70, 76, 82, 88, 94]
    assert mixer.take(4).tolist() == [101, 107, 114, 115]


def test_a_stop_takes_back_the_start_that_was_to_come() -> None:
    """Nothing sounds."""
    sound = track(counting(9), at=5)
    sound.stop(4)
    mixer = Mixer(tracks=[sound])
    assert mixer.take(9).tolist() == [0] * 9


@pytest.mark.parametrize("seam", [0, 1, 50])
def test_a_seam_leads_from_the_end_back_to_the_beginning(seam: int) -> None:
    """The loop is shorter by it; its first sample is the one that followed its last."""
    sound = counting(100)
    loop = seamless(sound, seam)
    assert len(loop) == 100 - seam
    assert loop[0] == (sound[100 - seam] if seam else sound[0])
    assert loop[seam:].tolist() == sound[seam : 100 - seam].tolist()


def test_a_seam_keeps_the_power_of_noise() -> None:
    """Within a decibel, where the ends have nothing to do with each other."""
    noise = np.random.default_rng(1).normal(0, 3000, 40_000).astype(np.int16)
    loop = seamless(noise, 10_000)
    assert np.std(loop[:10_000]) == pytest.approx(3000, rel=0.05)


@pytest.mark.parametrize("seam", [-1, 51])
def test_a_seam_is_at_most_half_of_the_sound(seam: int) -> None:
    """The error says how long that is."""
    with pytest.raises(ValueError, match=f"100 samples; got {seam}"):
        seamless(counting(100), seam)


def test_a_track_has_samples() -> None:
    """None is refused."""
    with pytest.raises(ValueError, match="got none"):
        Track(flat(0, 0))


# Together


def test_the_mixture_saturates() -> None:
    """It does not wrap around, and the sum is rounded once."""
    mixer = Mixer(tracks=[track(np.array([20_000, -20_000, 1, 1], np.int16), gain=1.4)])
    mixer.put(0, np.array([20_000, -20_000, 1, 2], np.int16))
    assert mixer.take(4).tolist() == [32767, -32768, 2, 3]


def test_the_tracks_are_lower_under_the_voice() -> None:
    """From its first sample on, until so long after its last, in straight lines."""
    mixer = Mixer(duck=0.5, attack=2, hold=3, release=4, tracks=[track(flat(1000, 9))])
    mixer.put(2, flat(0, 4))
    assert mixer.take(15).tolist() == [1000, 1000, 750, *[500] * 6, 625, 750, 875, 1000, 1000, 1000]


def test_a_short_pause_of_the_voice_does_not_raise_the_tracks() -> None:
    """One that is over before `hold` is."""
    mixer = Mixer(duck=0.5, hold=3, tracks=[track(flat(1000, 9))])
    mixer.put(0, flat(0, 2))
    assert mixer.take(4).tolist() == [500] * 4
    mixer.put(4, flat(0, 2))
    assert mixer.take(8).tolist() == [500] * 5 + [1000] * 3


def test_tracks_that_were_cut_off_come_back_from_silence() -> None:
    """All of them, within so many samples; the voice is not touched."""
    mixer = Mixer(tracks=[track(flat(1000, 9))])
    mixer.reopen(4)
    mixer.put(0, flat(1, 2))
    assert mixer.take(6).tolist() == [251, 501, 750, 1000, 1000, 1000]


@attrs.define
class Plan:
    """What is done to a mixer: (at most so many samples from now, what, how much)."""

    steps: Sequence[tuple[int, str, int]]

    def mixer(self) -> Mixer:
        sounds = [Track(counting(7) * 100, 0.5, fade=3), Track(counting(11) * -30, 1.5, loop=False, fade=2)]
        return Mixer(duck=0.3, attack=4, hold=2, release=6, tracks=sounds)

    def run(self, cuts: Sequence[int]) -> list[int]:
        """All that is given, asked for in pieces."""
        mixer, sizes, out = self.mixer(), iter(cuts), list[int]()
        for later, what, amount in self.steps:
            left = later
            while left:
                size = min(left, next(sizes, left))
                out += mixer.take(size).tolist()
                left -= size
            self.do(mixer, what, amount)
        out += mixer.take(60).tolist()
        return out

    def do(self, mixer: Mixer, what: str, amount: int) -> None:
        now = mixer.given
        match what:
            case "put":
                mixer.put(now + amount // 3, flat(700 * amount, amount))
            case "drop":
                mixer.drop(now - 2, amount)
            case "reopen":
                mixer.reopen(amount)
            case "start":
                mixer.tracks[amount % 2].start(now + amount // 2)
            case _:
                mixer.tracks[amount % 2].stop(now + amount // 2)


PLANS = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.sampled_from(["put", "put", "drop", "reopen", "start", "start", "stop"]),
        st.integers(0, 40),
    ),
    max_size=25,
)


@given(PLANS, st.lists(st.integers(1, 9), min_size=60, max_size=60))
def test_cutting_changes_no_sample(steps: list[tuple[int, str, int]], cuts: list[int]) -> None:
    """Whatever is placed, dropped, started and stopped, to the last bit."""
    plan = Plan(steps)
    assert plan.run(cuts) == plan.run([])


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=5),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_agrees_with_a_mixture_made_sample_by_sample(
    pieces: list[tuple[int, int]], attack: int, hold: int, release: int
) -> None:
    """A looped track under a voice with pauses, computed the slow way."""
    mixer = Mixer(duck=0.25, attack=attack, hold=hold, release=release, tracks=[track(counting(13) * 100)])
    voice, at, out = [0] * 400, 0, list[int]()
    sounding = [False] * 400
    for pause, length in pieces:
        at += pause + 1
        out += mixer.take(at - mixer.given).tolist()  # so that no piece is joined to the one before
        assert mixer.put(at, flat(500, length)) == at
        voice[at : at + length] = [500] * length
        sounding[at : at + length + hold] = [True] * (length + hold)
        at += length
    expected, level, begin, target, done = list[int](), 1.0, 1.0, 1.0, 0
    out += mixer.take(60).tolist()
    for n in range(len(out)):
        wanted = 0.25 if sounding[n] else 1.0
        if wanted != target:
            begin, target, done = level, wanted, 0
        over = attack if target < 1 else release
        done += 1
        level = target if done >= over else begin + (target - begin) * (done / over)
        expected.append(round(voice[n] + (n % 13 + 1) * 100 * level))
    assert max(abs(ours - theirs) for ours, theirs in zip(out, expected, strict=True)) <= 1
