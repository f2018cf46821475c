"""Whisper: the node with a model that is a fake, and with the real one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import trio
from numpy.typing import NDArray
from parts import RECORDINGS, SPEECH, WHISPER

from voiceflow import Audio, Frame, ProviderError, Samples, Speech, Transcript, Word
from voiceflow.errors import NodeFailed
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.wer import WordErrors, word_errors
from voiceflow.models import MissingModel, locate
from voiceflow.nodes import faster_whisper
from voiceflow.nodes._faster_whisper import Heard, believed
from voiceflow.nodes.faster_whisper import FasterWhisper
from voiceflow.testing import InlineExecutor, ThreadExecutor, blocks, check_stt, drive

RATE = 16000


@attrs.define
class Timed:
    word: str
    start: float
    end: float
    probability: float = 0.5


@attrs.define
class Segment:
    text: str
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0
    words: Any = None


@attrs.define
class Info:
    language: str = "en"


@attrs.define
class FakeModel:
    """Says how many samples it was given; fails at a chosen call."""

    fails_at: int | None = None
    calls: int = 0
    settings: list[dict[str, object]] = attrs.Factory(lambda: list[dict[str, object]]())

    def transcribe(self, audio: NDArray[np.float32], **settings: object) -> tuple[Iterable[Segment], Info]:
        self.calls += 1
        self.settings.append(settings)
        if self.calls == self.fails_at:
            raise ProviderError("model failed", retryable=True)
        assert audio.dtype == np.float32
        assert float(np.abs(audio).max()) <= 1.0
        words = [Timed(" samples", 0.1, 0.2)] if settings["word_timestamps"] else None
        return iter([Segment(f" {len(audio)}"), Segment("  samples", words=words)]), Info()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    fake = FakeModel()

    def loaded(*settings: object) -> FakeModel:
        return fake

    monkeypatch.setattr(faster_whisper, "loaded", loaded)
    return fake


def told(count: int, *spoken: tuple[int, int], rate: int = RATE) -> list[Frame]:
    """Blocks of 20 ms with a VAD's verdicts, each 100 ms late."""
    size, late = rate // 50, rate // 10
    verdicts = {begin + late: (True, begin) for begin, _ in spoken} | {end + late: (False, end) for _, end in spoken}
    frames: list[Frame] = []
    for at in range(0, count, size):
        known = at + size
        speech = Speech(*verdicts[known], known, rate) if known in verdicts else None
        frames.append(Audio(np.full(size, -32768, np.int16), rate, at, speech=speech))
    return frames


async def heard(
    node: FasterWhisper, frames: list[Frame], cost: float = 0.0, restarts: RestartPolicy | None = None
) -> list[tuple[float, Transcript]]:
    """What is transcribed in virtual time, where the model takes `cost` seconds, with the times."""
    feed = [part for frame in frames if isinstance(frame, Audio) for part in (len(frame.samples) / frame.rate, frame)]
    executor = InlineExecutor({"faster-whisper fake": cost})
    driven = await drive(node, {"audio": feed}, executor=executor, restarts=restarts)
    return [(at, frame) for at, frame in driven.timed["transcripts"] if isinstance(frame, Transcript)]


def loud(count: int, *spoken: tuple[int, int], until: int) -> list[Frame]:
    """Blocks of 20 ms, loud where it is spoken; a VAD tells the begin 0.1 s late, and the end at `until`."""
    (begin, _), (_, end), size = spoken[0], spoken[-1], RATE // 50
    verdicts = {
        begin + RATE // 10: Speech(True, begin, begin + RATE // 10, RATE),
        until: Speech(False, end, until, RATE),
    }
    return [
        Audio(
            np.full(size, 0, np.int16) + np.int16(8000) * np.tile(np.array([1, -1], np.int16), size // 2)
            if any(first <= at < last for first, last in spoken)
            else np.zeros(size, np.int16),
            RATE,
            at,
            speech=verdicts.get(at + size),
        )
        for at in range(0, count, size)
    ]


async def test_a_preflight_is_the_final_when_the_voice_does_not_go_on(
    model: FakeModel, autojump_clock: trio.testing.MockClock
) -> None:
    """Heard once, 0.1 s after the voice fell silent at 1.0; the final comes when the VAD calls the utterance ended."""
    node = FasterWhisper(model="fake", preflight=0.1)
    (early, preflight), (at, final) = await heard(node, loud(RATE * 2, (8000, 16000), until=20800), 0.125)
    assert (preflight.stage, preflight.text, preflight.start, preflight.end) == (
        "preflight",
        "14400 samples",
        8000,
        16000,
    )
    assert (final.stage, final.text, final.start, final.end) == ("final", "14400 samples", 8000, 16000)
    assert (round(early, 6), round(at, 6)) == (1.225, 1.3)
    assert model.calls == 1


async def test_a_voice_that_goes_on_is_heard_whole(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """What was heard at its pause does not count: the second lull is another preflight, and the final is that."""
    node = FasterWhisper(model="fake", preflight=0.1)
    told = await heard(node, loud(RATE * 3, (8000, 16000), (20800, 28800), until=33600), 0.125)
    assert [(each.stage, each.text) for _, each in told] == [
        ("preflight", "14400 samples"),
        ("preflight", "27200 samples"),
        ("final", "27200 samples"),
    ]
    assert model.calls == 2


async def test_a_preflight_that_is_late_says_nothing(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """The voice went on while the model heard: nothing of that is told, and the whole is heard at the end."""
    node = FasterWhisper(model="fake", preflight=0.1)
    told = await heard(node, loud(RATE * 3, (8000, 16000), (18400, 28800), until=33600), 0.5)
    assert [(each.stage, each.text) for _, each in told] == [("final", "27200 samples")]


async def test_a_final_comes_when_the_model_has_heard(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """Places are those of the stream, the audio starts with the pre-roll."""
    ((at, final),) = await heard(FasterWhisper(model="fake"), told(RATE * 2, (8000, 16000)), 0.25)
    assert final == Transcript("14400 samples", "final", RATE, 8000, 16000, 1.0, "en")
    assert at == 1.1 + 0.25
    assert model.settings[0]["beam_size"] == 1


async def test_words_have_places(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """In samples of the stream, at its rate."""
    node = FasterWhisper(model="fake", words=True)
    ((_, final),) = await heard(node, told(48000 * 2, (24000, 48000), rate=48000))
    assert final.text == "14400 samples"
    assert final.words == (Word("samples", 9600 + 4800, 9600 + 9600, 0.5),)


async def test_interims_hear_the_open_utterance_again(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """Every so many seconds of it, and no faster than the model is."""
    frames = told(RATE * 4, (8000, 48000))
    quick = await heard(FasterWhisper(model="fake", interims=0.5), frames, 0.125)
    assert [(t.stage, t.text.split()[0]) for _, t in quick] == [
        ("interim", "8000"), ("interim", "16000"), ("interim", "24000"), ("interim", "32000"), ("interim", "40000"),
        ("final", "46400"),
    ]  # fmt: skip
    slow = await heard(FasterWhisper(model="fake", interims=0.5), frames, 1.0)
    assert [t.stage for _, t in slow] == ["interim", "interim", "final"]


async def test_audio_goes_on_while_the_model_hears(model: FakeModel, autojump_clock: trio.testing.MockClock) -> None:
    """A slow model delays its transcript alone: the next utterance waits in order."""
    frames = told(RATE * 3, (8000, 16000), (24000, 32000))
    (first, one), (second, two) = await heard(FasterWhisper(model="fake"), frames, 2.0)
    assert (first, second) == (3.1, 5.1)
    assert (one.start, two.start) == (8000, 24000)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
async def test_a_failure_loses_nothing(model: FakeModel, autojump_clock: trio.testing.MockClock, fails_at: int) -> None:
    """The next incarnation hears again what has no final, whole, and repeats none."""
    model.fails_at = fails_at
    frames = told(RATE * 3, (8000, 16000), (17600, 24000), (32000, 40000))
    finals = await heard(FasterWhisper(model="fake"), frames, 0.5, RestartPolicy())
    assert [(t.text, t.start) for _, t in finals] == [
        ("14400 samples", 8000), ("8000 samples", 17600), ("14400 samples", 32000)
    ]  # fmt: skip


async def test_a_failure_without_restarts_ends_the_node(
    model: FakeModel, autojump_clock: trio.testing.MockClock
) -> None:
    """The error says what failed."""
    model.fails_at = 1
    with pytest.raises(NodeFailed, match="model failed"):
        await heard(FasterWhisper(model="fake"), told(RATE * 2, (8000, 16000)))


@pytest.mark.parametrize(
    ("segment", "sure"),
    [
        (Segment("hello", -0.2, 1.1, 0.1), True),
        (Segment("hello", -0.2, 1.1, 0.9), True),
        (Segment("Thank you.", -0.7, 1.1, 0.9), False),
        (Segment("one one one one one one one", -0.1, 3.0, 0.1), False),
        (Segment("hmm", -1.2, 1.0, 0.2), False),
    ],
)
def test_what_is_made_up_is_not_believed(segment: Segment, sure: bool) -> None:
    """Repetition, and doubt, are signs of it."""
    assert believed(segment) is sure


def test_nothing_heard_is_an_empty_text() -> None:
    """Without segments there is no confidence, and with them it is a probability."""
    assert (Heard((), "en").text, Heard((), "en").confidence) == ("", None)
    sure = Heard((Segment(" a "), Segment("b", avg_logprob=-2.0)), "en")
    assert sure.text == "a b"
    assert sure.confidence == pytest.approx(np.exp(-1.0))


@pytest.mark.parametrize(
    "settings",
    [{"language": "English"}, {"beam": 0}, {"interims": 0.0}, {"compute_type": "int4"}, {"segmentation": "x"},
     {"model": ""}, {"threads": -1}, {"words": 1}],
)  # fmt: skip
def test_settings_are_checked(settings: dict[str, Any]) -> None:
    """A wrong one is named."""
    with pytest.raises((ValueError, TypeError), match=next(iter(settings))):
        FasterWhisper(**settings)


def base() -> str:
    """Whisper base, where it is installed or fetched."""
    WHISPER.need()
    try:
        return str(locate("whisper-base"))
    except MissingModel as error:
        pytest.skip(error.mend)


async def test_without_its_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before its model is asked for, and not what the package itself would bring."""
    for name in ("faster_whisper", "tqdm"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("VOICEFLOW_MODELS", str(tmp_path))
    with pytest.raises(ProviderError, match=r"package faster-whisper .*; pip install 'voiceflow\[whisper\]'"):
        await drive(FasterWhisper(), {}, executor=ThreadExecutor())


async def test_a_folder_that_holds_no_model_is_an_error(tmp_path: Path) -> None:
    """It says what was tried and what to do, for good."""
    WHISPER.need()
    with pytest.raises(ProviderError, match="no Whisper model") as caught:
        await drive(FasterWhisper(model=str(tmp_path)), {}, executor=ThreadExecutor())
    assert not caught.value.retryable


@pytest.mark.slow
async def test_the_contract() -> None:
    """The real model keeps what `check_stt` asks of all."""
    path = base()
    RECORDINGS.need()
    samples, rate = read(SPEECH / "librivox-0930.wav")
    await check_stt(partial(FasterWhisper, model=path), speech=samples, rate=rate)


def read(path: Path) -> tuple[Samples, int]:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    return np.asarray(samples.mean(axis=1), np.int16), int(rate)


@pytest.mark.slow
async def test_recordings_are_heard_within_bounds() -> None:
    """Fewer than 4 of 100 words wrong on old recordings, without a VAD."""
    path = base()
    RECORDINGS.need()
    errors = WordErrors(0)
    for name, words in json.loads((SPEECH / "transcripts.json").read_text()).items():
        samples, rate = read(SPEECH / name)
        driven = await drive(FasterWhisper(model=path), {"audio": blocks(samples, rate, rate // 50)})
        finals = [f for f in driven["transcripts"] if isinstance(f, Transcript) and f.stage == "final"]
        errors += word_errors(words, " ".join(final.text for final in finals))
    assert errors.rate < 0.04, errors
