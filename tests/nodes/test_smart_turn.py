import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar, cast

import attrs
import numpy as np
import pytest
import trio
from parts import RECORDINGS, SPEECH

from voiceflow import Audio, Prediction, Process, ProviderError, Samples, Speech
from voiceflow.frames import Frame
from voiceflow.machines.restart import RestartPolicy
from voiceflow.models import MissingModel, find
from voiceflow.nodes.smart_turn import WINDOW, SmartTurn, features, load, score
from voiceflow.nodes.soundfile import read_audio
from voiceflow.testing import check_detector, drive

T = TypeVar("T")
RATE = 16_000
CLIPS = Path(__file__).parents[2] / "graphs" / "clips"


@attrs.define
class Verdicts:
    """An executor in whose place the network stands: it takes `cost` seconds and gives what it is told, in order."""

    gives: Sequence[float] = (0.5,) * 100
    cost: float = 0.04
    crash_at: int | None = None
    heard: list[Samples] = attrs.field(factory=list[Samples])
    busy: bool = False

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        assert (model, width) == ("smart-turn", 1)
        if fn is load:
            return cast(T, "a path")
        assert not self.busy
        self.busy = True
        await trio.sleep(self.cost)
        self.busy = False
        self.heard.append(cast(Samples, args[0]))
        if len(self.heard) == self.crash_at:
            raise ProviderError("the network fell over", retryable=True)
        return cast(T, self.gives[len(self.heard) - 1])

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        raise NotImplementedError


def ramp(begin: int, end: int) -> Samples:
    """Samples that tell their own place."""
    return (np.arange(begin, end) % 30_000).astype(np.int16)


def call(seconds: float, *verdicts: tuple[float, bool], rate: int = RATE, late: float = 0.3) -> list[Frame | float]:
    """A call in blocks of 20 ms in real time; verdicts (when speech began or ended) fall `late`."""
    size = rate // 50
    frames: list[Frame | float] = []
    due = {round((at + late) * 50): Speech(active, round(at * rate), 0, rate) for at, active in verdicts}
    for n in range(round(seconds * 50)):
        speech = due.get(n + 1)
        told = attrs.evolve(speech, known=(n + 1) * size) if speech else None
        frames += [0.02, Audio(ramp(n * size, (n + 1) * size), rate, n * size, speech=told)]
    return frames


async def test_an_end_of_speech_is_judged_when_the_network_is_done(autojump_clock: object) -> None:
    driven = await drive(SmartTurn(), {"audio": call(3.0, (0.5, True), (2.0, False))}, executor=Verdicts([0.875]))
    assert driven.timed["predictions"] == [(2.34, Prediction(0.875, 32_000, RATE, "smart-turn"))]


async def test_the_network_hears_the_turn_from_a_quarter_second_before_it(autojump_clock: object) -> None:
    network = Verdicts()
    await drive(SmartTurn(), {"audio": call(6.0, (2.0, True), (4.0, False))}, executor=network)
    (sound,) = network.heard
    np.testing.assert_array_equal(sound, ramp(28_000, 68_800))  # and the 0.3 s of silence behind it


async def test_what_a_quick_vad_has_not_waited_for_is_silence(autojump_clock: object) -> None:
    """The network always hears 0.3 s behind the end of speech."""
    network = Verdicts()
    await drive(SmartTurn(), {"audio": call(6.0, (2.0, True), (4.0, False), late=0.1)}, executor=network)
    (sound,) = network.heard
    np.testing.assert_array_equal(sound, np.concatenate([ramp(28_000, 65_600), np.zeros(3200, np.int16)]))


def spoken(seconds: float, late: float, *voices: tuple[float, float]) -> list[Frame | float]:
    """A call that is loud where somebody speaks; the VAD tells the begin 0.1 s late, and the last end by `late`."""
    frames: list[Frame | float] = []
    begin, end = voices[0][0], voices[-1][1]
    due = {round((begin + 0.1) * 50): (True, begin), round((end + late) * 50): (False, end)}
    for n in range(round(seconds * 50)):
        level = 8000 if any(first <= n / 50 < last for first, last in voices) else 0
        verdict = due.get(n + 1)
        told = Speech(verdict[0], round(verdict[1] * RATE), (n + 1) * 320, RATE) if verdict else None
        frames += [0.02, Audio(np.tile(np.array([level, -level], np.int16), 160), RATE, n * 320, speech=told)]
    return frames


@pytest.mark.parametrize(("late", "cost", "told"), [(0.3, 0.04, 2.3), (0.3, 0.125, 2.325), (0.2, 0.04, 2.24)])
async def test_a_rest_is_judged_before_it_is_an_end(
    autojump_clock: object, late: float, cost: float, told: float
) -> None:
    """0.2 s after the voice fell silent, once, for an end at 2.0 s: the verdict is ready, or as soon as it can be."""
    network = Verdicts([0.875, 0.125], cost=cost)
    driven = await drive(SmartTurn(), {"audio": spoken(3.0, late, (0.5, 2.0))}, executor=network)
    assert driven.timed["predictions"] == [(told, Prediction(0.875, 32_000, RATE, "smart-turn"))]
    assert len(network.heard) == 1


async def test_a_rest_that_ends_is_no_verdict(autojump_clock: object) -> None:
    """A voice that goes on is judged anew, with all that it said."""
    network = Verdicts([0.875, 0.125])
    driven = await drive(SmartTurn(), {"audio": spoken(4.0, 0.3, (0.5, 2.0), (2.24, 3.0))}, executor=network)
    assert driven.timed["predictions"] == [(3.3, Prediction(0.125, 48_000, RATE, "smart-turn"))]
    assert [len(sound) for sound in network.heard] == [
        round((0.25 + 1.5 + 0.4) * RATE),
        round((0.25 + 2.5 + 0.4) * RATE),
    ]


async def test_a_pause_belongs_to_the_turn_and_a_long_silence_ends_it(autojump_clock: object) -> None:
    network = Verdicts()
    spoken = [(1.0, True), (1.5, False), (2.5, True), (3.0, False), (5.5, True), (6.0, False)]
    await drive(SmartTurn(), {"audio": call(7.0, *spoken)}, executor=network)
    begins = [int(sound[0]) for sound in network.heard]
    assert begins == [12_000, 12_000, 84_000 % 30_000]


async def test_no_more_than_the_last_eight_seconds_are_heard(autojump_clock: object) -> None:
    network = Verdicts()
    await drive(SmartTurn(), {"audio": call(13.0, (1.0, True), (12.0, False))}, executor=network)
    assert [len(sound) for sound in network.heard] == [WINDOW]
    np.testing.assert_array_equal(network.heard[0], ramp(round(12.3 * RATE) - WINDOW, round(12.3 * RATE)))


async def test_while_one_is_judged_the_newest_of_the_others_waits(autojump_clock: object) -> None:
    network = Verdicts([0.1, 0.2, 0.3], cost=1.0)
    spoken = [(0.5, True), (0.7, False), (1.0, True), (1.2, False), (1.4, True), (1.6, False)]
    driven = await drive(SmartTurn(), {"audio": call(2.5, *spoken, late=0.1)}, executor=network)
    assert driven.timed["predictions"] == [
        (1.8, Prediction(0.1, round(0.7 * RATE), RATE, "smart-turn")),
        (2.8, Prediction(0.2, round(1.6 * RATE), RATE, "smart-turn")),
    ]


async def test_audio_never_waits_for_the_network(autojump_clock: object) -> None:
    """The inlet holds 0.4 s: with a network that takes 5 s, blocks that waited for it would come late."""
    network = Verdicts([0.1, 0.9], cost=5.0)
    spoken = [(0.5, True), (1.0, False), (3.0, True), (4.0, False)]
    driven = await drive(SmartTurn(), {"audio": call(4.5, *spoken)}, executor=network)
    assert [at for at, _ in driven.timed["predictions"]] == [6.3, 11.3]
    np.testing.assert_array_equal(network.heard[1][-10:], ramp(round(4.3 * RATE) - 10, round(4.3 * RATE)))


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
async def test_audio_of_any_rate_is_judged_at_its_own_samples(autojump_clock: object, rate: int) -> None:
    network = Verdicts([0.75])
    driven = await drive(SmartTurn(), {"audio": call(4.0, (1.0, True), (2.0, False), rate=rate)}, executor=network)
    assert driven["predictions"] == [Prediction(0.75, 2 * rate, rate, "smart-turn")]
    assert abs(len(network.heard[0]) - round(1.55 * RATE)) <= 1


async def test_lost_samples_are_silence(autojump_clock: object) -> None:
    network = Verdicts()
    blocks = [frame for frame in call(3.0, (0.5, True), (2.0, False)) if isinstance(frame, Audio)]
    lossy = [*blocks[:50], attrs.evolve(blocks[60], gap=3200), *blocks[61:]]
    await drive(SmartTurn(), {"audio": lossy}, executor=network)
    (sound,) = network.heard
    assert len(sound) == round(2.05 * RATE)
    assert np.count_nonzero(sound[round(0.75 * RATE) : round(0.95 * RATE)]) == 0
    np.testing.assert_array_equal(sound[-100:], ramp(round(2.3 * RATE) - 100, round(2.3 * RATE)))


async def test_without_verdicts_nothing_is_judged(autojump_clock: object) -> None:
    assert (await drive(SmartTurn(), {"audio": call(3.0)}, executor=Verdicts())).timed["predictions"] == []


async def test_after_a_crash_the_same_end_of_speech_is_judged_again(autojump_clock: object) -> None:
    network = Verdicts([0.1, 0.9], crash_at=1)
    policy = RestartPolicy(attempts=3)
    feed = call(4.0, (1.0, True), (2.0, False))
    driven = await drive(SmartTurn(), {"audio": feed}, executor=network, restarts=policy)
    assert driven["predictions"] == [Prediction(0.9, 32_000, RATE, "smart-turn")]
    first, again = network.heard
    assert len(again) > RATE
    np.testing.assert_array_equal(first[-len(again) :], again)


def test_the_features_of_a_short_turn_have_silence_in_front() -> None:
    shown = features(ramp(0, 16_000))
    assert shown.shape == (80, 800)
    assert np.ptp(shown[:, :690], axis=1).max() == 0
    assert shown[:, 700:].std() > 0.1


@pytest.mark.parametrize("samples", [0, 1, 200, WINDOW, WINDOW + 1])
def test_any_length_of_sound_has_features(samples: int) -> None:
    shown = features(ramp(0, samples))
    assert shown.shape == (80, 800)
    assert np.isfinite(shown).all()


@pytest.mark.parametrize("seconds", [-1.0, 601.0])
def test_a_wrong_setting_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="new_turn_after"):
        SmartTurn(new_turn_after=seconds)


@pytest.mark.shares_model
def test_a_file_that_is_no_network_is_named_when_the_node_opens(tmp_path: Path) -> None:
    path = tmp_path / "smart-turn-v3.2-cpu.onnx"
    path.write_bytes(b"<html>")
    with pytest.raises(ProviderError, match="onnx"):
        load(str(path))


def model_path() -> str:
    """The real model's. A machine without it (`voiceflow models fetch smart-turn-v3`) skips what needs it."""
    try:
        return str(find("smart-turn-v3").path)
    except MissingModel as error:
        pytest.skip(str(error))


def recording(path: Path) -> Samples:
    if path.is_relative_to(SPEECH):
        RECORDINGS.need()
    return read_audio(str(path), RATE)


@pytest.mark.shares_model
def test_the_real_network_gives_a_probability_for_any_sound() -> None:
    path = model_path()
    for sound in (np.zeros(0, np.int16), np.zeros(WINDOW, np.int16), ramp(0, 3 * WINDOW)):
        assert 0.0 <= score(sound, path) <= 1.0


# Where speech ends, in seconds: read by people, and spoken by the demo's caller.
ENDS = {
    SPEECH / "librivox-0870.wav": 6.88,
    SPEECH / "librivox-0890.wav": 5.15,
    CLIPS / "hello.flac": 2.56,
    CLIPS / "people.flac": 2.78,
    CLIPS / "thanks.flac": 2.43,
}


def cut(sound: Samples, at: float) -> Samples:
    """A recording that is broken off, and 0.3 s of its room's noise."""
    blocks = sound[: len(sound) // 400 * 400].reshape(-1, 400)
    quiet = blocks[np.argmin(blocks.astype(float).std(axis=1))].std()
    noise = np.random.RandomState(0).standard_normal(RATE * 3 // 10) * quiet
    return np.concatenate((sound[: round(at * RATE)], np.rint(noise).astype(np.int16)))


@pytest.mark.slow
@pytest.mark.shares_model
def test_speech_sounds_more_done_at_its_end_than_broken_off() -> None:
    path = model_path()
    ends: list[float] = []
    breaks: list[float] = []
    for file, end in ENDS.items():
        sound = recording(file)
        ends.append(score(cut(sound, end), path))
        breaks += [score(cut(sound, float(at)), path) for at in np.arange(0.75, end - 0.5, 0.4)]
    higher = np.mean([[end > broken for broken in breaks] for end in ends])
    print(f"ends {np.round(ends, 2)}; {len(breaks)} cuts: mean {np.mean(breaks):.2f}; end higher in {higher:.0%}")
    assert min(ends) > 0.6
    assert np.mean(ends) - np.mean(breaks) > 0.1
    assert higher > 0.6


@pytest.mark.slow
@pytest.mark.shares_model
async def test_a_real_recording_is_judged_once_at_its_end() -> None:
    model_path()
    sound = recording(SPEECH / "librivox-0870.wav")
    blocks: list[Frame | float] = []
    verdicts = {0: Speech(True, 0, 320, RATE), 360: Speech(False, 110_080, 361 * 320, RATE)}
    whole = np.concatenate((sound, np.zeros(RATE, np.int16)))
    for n in range(len(whole) // 320):
        blocks.append(Audio(whole[n * 320 : (n + 1) * 320], RATE, n * 320, speech=verdicts.get(n)))
    (prediction,) = (await drive(SmartTurn(), {"audio": blocks}))["predictions"]
    assert isinstance(prediction, Prediction)
    assert prediction.pts == 110_080
    assert prediction.probability > 0.9


@pytest.mark.shares_model
async def test_it_keeps_the_contract_of_a_turn_detector() -> None:
    model_path()
    await check_detector(SmartTurn, speech=ramp(0, 2 * RATE))


@pytest.mark.shares_model
def test_the_network_tells_nobody_that_it_runs() -> None:
    """onnxruntime keeps a store of telemetry in its user's cache unless it is told not to, before its import."""
    code = f"from voiceflow.nodes.smart_turn import load; import os; load({model_path()!r}); "
    code += "print(*(os.path.realpath(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd')))"
    opened = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "onnxruntime.db" not in opened
