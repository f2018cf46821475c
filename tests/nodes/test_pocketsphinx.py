"""PocketSphinx: the node with a worker that is a fake, and with the real one."""

from __future__ import annotations

import json
import math
import subprocess
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import trio
from parts import FLITE, POCKETSPHINX, RECORDINGS, SPEECH

from voiceflow import Audio, Frame, Process, ProviderError, Samples, Speech, Transcript, Word
from voiceflow.errors import NodeFailed
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.wer import WordErrors, word_errors
from voiceflow.nodes import _pocketsphinx
from voiceflow.nodes._pocketsphinx import Recogniser, plain, words_of
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.testing import ThreadExecutor, blocks, check_stt, drive

RATE = 16000


@attrs.define
class FakeWorker:
    """Answers as `recognise` does: with how many samples it was given; dies at a chosen message."""

    dies_at: int | None = None
    answers: deque[Any] = attrs.Factory(lambda: deque[Any]([("final", "of another caller", [], 0.5)]))
    log: list[Any] = attrs.Factory(lambda: list[Any]())
    lead: int = 0
    given: int = 0
    wake: trio.Event = attrs.Factory(trio.Event)

    async def send(self, message: Any) -> None:
        await trio.lowlevel.checkpoint()
        if message == ("caller",):
            self.answers.append("ready")
            return
        if self.dies_at is not None and len(self.log) >= self.dies_at:
            raise ProviderError("worker ended", retryable=True)
        self.log.append(len(message) if isinstance(message, bytes) else message)
        match message:
            case ("begin", _):
                self.given = 0
            case ("lull", _):
                self.answers.append(("preflight", f"{self.given} samples", [("samples", 10, 20, 0.5)], 0.25))
            case ("resumed",):
                pass
            case ("end", _):
                self.answers.append(("final", f"{self.given} samples", [("samples", 10, 20, 0.5)], 0.25))
            case _:
                self.given += len(message) // 2
                self.answers.append(("interim", "so far", (), None))
        self.wake.set()

    async def receive(self) -> Any:
        while not self.answers:
            self.wake = trio.Event()
            await self.wake.wait()
        await trio.lowlevel.checkpoint()
        return self.answers.popleft()


class FakeExecutor(ThreadExecutor):
    def __init__(self, *workers: FakeWorker) -> None:
        self.workers, self.started = deque(workers), 0

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        @asynccontextmanager
        async def opened() -> AsyncGenerator[Process, None]:
            self.started += 1
            yield self.workers.popleft()

        return opened()


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A folder with the right names in it: the fake reads none of them."""
    POCKETSPHINX.need()
    from voiceflow.models import locate

    return str(locate("pocketsphinx-en-us"))


def told(count: int, begin: int, end: int, rate: int = RATE) -> list[Frame]:
    """Blocks of 20 ms with a VAD's two verdicts, each 100 ms late."""
    size, late = rate // 50, rate // 10
    frames: list[Frame] = []
    for at in range(0, count, size):
        known = at + size
        speech = None
        if known == begin + late:
            speech = Speech(True, begin, known, rate)
        elif known == end + late:
            speech = Speech(False, end, known, rate)
        frames.append(Audio(np.ones(size, np.int16), rate, at, speech=speech))
    return frames


def rests(count: int, *spoken: tuple[int, int], until: int) -> list[Frame | float]:
    """Blocks of 20 ms as they are spoken, loud between these places; a VAD tells the end at `until`."""
    (begin, _), (_, end), size = spoken[0], spoken[-1], RATE // 50
    verdicts = {begin + 1600: Speech(True, begin, begin + 1600, RATE), until: Speech(False, end, until, RATE)}
    feed: list[Frame | float] = []
    for at in range(0, count, size):
        level = 8000 if any(first <= at < last for first, last in spoken) else 0
        samples = np.tile(np.array([level, -level], np.int16), size // 2)
        feed += [0.02, Audio(samples, RATE, at, speech=verdicts.get(at + size))]
    return feed


def finals(frames: list[Frame]) -> list[Transcript]:
    return [frame for frame in frames if isinstance(frame, Transcript) and frame.stage == "final"]


async def test_an_utterance_becomes_interims_and_a_final(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """Places and words are samples of the stream that came; the worker hears from the pre-roll on."""
    worker = FakeWorker()
    node = PocketSphinx(model=model)
    driven = await drive(node, {"audio": told(RATE * 2, 8000, 16000)}, executor=FakeExecutor(worker))
    transcripts = [frame for frame in driven["transcripts"] if isinstance(frame, Transcript)]
    assert {t.stage for t in transcripts[:-1]} == {"interim"}
    assert transcripts[0] == Transcript("so far", "interim", RATE, start=8000, language="en")
    assert transcripts[-1] == Transcript(
        "14400 samples", "final", RATE, 8000, 16000, 0.25, "en", (Word("samples", 3200 + 1600, 3200 + 3200, 0.5),)
    )
    assert worker.log[0] == ("begin", 4800)
    assert worker.log[-1] == ("end", 1600)


async def told_when(feed: list[Frame | float], worker: FakeWorker, **settings: Any) -> list[tuple[float, Transcript]]:
    """What is said beside interims, and when."""
    driven = await drive(PocketSphinx(**settings), {"audio": feed}, executor=FakeExecutor(worker))
    found = [(round(at, 6), each) for at, each in driven.timed["transcripts"] if isinstance(each, Transcript)]
    return [(at, each) for at, each in found if each.stage != "interim"]


async def test_a_preflight_comes_while_the_vad_waits(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """0.1 s after the voice fell silent, at its place and with the words of the final; nothing is said of it later."""
    worker = FakeWorker()
    feed = rests(RATE * 2, (8000, 16000), until=20800)
    (early, preflight), (at, final) = await told_when(feed, worker, model=model)
    assert (early, at) == (1.1, 1.3)
    word = Word("samples", 3200 + 1600, 3200 + 3200, 0.5)
    assert preflight == Transcript("14400 samples", "preflight", RATE, 8000, 16000, 0.25, "en", (word,))
    assert final.stage == "final"
    assert [message for message in worker.log if isinstance(message, tuple)] == [
        ("begin", 4800), ("lull", 1600), ("end", 4800)
    ]  # fmt: skip


async def test_a_voice_that_goes_on_is_told_to_the_worker(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """Each pause has a preflight of all until then."""
    worker = FakeWorker()
    feed = rests(RATE * 3, (8000, 16000), (20800, 28800), until=33600)
    told = await told_when(feed, worker, model=model)
    assert [(at, each.stage, each.end) for at, each in told] == [
        (1.1, "preflight", 16000), (1.9, "preflight", 28800), (2.1, "final", 28800)
    ]  # fmt: skip
    assert [message[0] for message in worker.log if isinstance(message, tuple)] == [
        "begin", "lull", "resumed", "lull", "end"
    ]  # fmt: skip


async def test_without_preflight_all_waits_for_the_end(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """None asks the worker for nothing in a pause."""
    worker = FakeWorker()
    feed = rests(RATE * 2, (8000, 16000), until=20800)
    assert [each.stage for _, each in await told_when(feed, worker, model=model, preflight=None)] == ["final"]
    assert ("lull", 1600) not in worker.log


async def test_other_rates_are_resampled(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """The worker gets 16 kHz, the transcript places at the stream's own rate."""
    worker = FakeWorker()
    node = PocketSphinx(model=model)
    driven = await drive(node, {"audio": told(48000 * 2, 24000, 48000, 48000)}, executor=FakeExecutor(worker))
    (final,) = finals(driven["transcripts"])
    assert (final.text, final.rate, final.start, final.end) == ("14400 samples", 48000, 24000, 48000)
    assert worker.log[0] == ("begin", 4800)


@pytest.mark.parametrize("dies_at", range(0, 60, 7))
async def test_a_worker_that_dies_loses_nothing(
    model: str, autojump_clock: trio.testing.MockClock, dies_at: int
) -> None:
    """The next one hears the open utterance from its beginning, wherever the first one died."""
    first, second = FakeWorker(dies_at), FakeWorker()
    executor = FakeExecutor(first, second)
    frames = told(RATE * 2, 8000, 16000)
    driven = await drive(PocketSphinx(model=model), {"audio": frames}, executor=executor, restarts=RestartPolicy())
    (final,) = finals(driven["transcripts"])
    assert (final.text, final.start, final.end) == ("14400 samples", 8000, 16000)
    assert executor.started == (2 if len(first.log) == dies_at else 1)


async def test_a_death_without_restarts_ends_the_node(model: str, autojump_clock: trio.testing.MockClock) -> None:
    """The error says what failed."""
    with pytest.raises(NodeFailed, match="worker ended"):
        await drive(PocketSphinx(model=model), {"audio": told(RATE, 3200, 8000)}, executor=FakeExecutor(FakeWorker(5)))


async def test_a_missing_model_says_how_to_get_it() -> None:
    """Opening fails, for good."""
    with pytest.raises(ProviderError, match="nowhere") as caught:
        async with PocketSphinx(model="nowhere").open(FakeExecutor()):  # type: ignore[arg-type]  # pyright: ignore
            raise AssertionError("opened")
    assert not caught.value.retryable


@pytest.mark.parametrize("settings", [{"segmentation": "none"}, {"second_pass": 31.0}])
def test_settings_are_checked(settings: dict[str, Any]) -> None:
    """A wrong one is named."""
    with pytest.raises((ValueError, TypeError), match=next(iter(settings))):
        PocketSphinx(**settings)


@attrs.frozen
class Segment:
    word: str
    start_frame: int
    end_frame: int
    prob: float = 0.0


@attrs.define
class FakeDecoder:
    """Takes the mean of the bytes for that of the cepstrum."""

    cmn: str = "40,3,-1"
    said: list[Any] = attrs.Factory(lambda: list[Any]())
    heard: bytes = b""

    def get_cmn(self, update: bool) -> str:
        own, frames = sum(self.heard) / max(1, len(self.heard)), len(self.heard) // 320 - 1
        if not update or frames < 1:
            return self.cmn
        return ",".join(str((500 * float(v) + frames * own) / (500 + frames)) for v in self.cmn.split(","))

    def set_cmn(self, cmn: str) -> None:
        self.cmn = cmn

    def start_utt(self) -> None:
        self.heard = b""

    def end_utt(self) -> None:
        pass

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> None:
        self.heard += data
        if not no_search:
            self.said.append((len(data), round(float(self.cmn.split(",")[0]), 1)))

    def hyp(self) -> None:
        return None


def utterance(recogniser: Recogniser, *stretches: tuple[int, float]) -> None:
    recogniser.begin(0)
    for value, seconds in stretches:
        for _ in range(round(seconds * 10)):
            recogniser.push(bytes([value]) * 3200)
    recogniser.end(0)


def test_decoding_waits_for_a_first_look_and_repeats_itself_for_a_new_voice_alone() -> None:
    """A second at first; then as it comes; and twice where the whole tells another mean than its first second."""
    decoder = FakeDecoder()
    recogniser = Recogniser(decoder, decoder)
    utterance(recogniser, (60, 1.2))
    assert decoder.said == [(32000, 56.6), (3200, 56.6), (3200, 56.6)]  # 99 frames of 60, 20 of 40
    decoder.said.clear()
    utterance(recogniser, (60, 0.5))
    assert [size for size, _ in decoder.said] == [16000]
    decoder.said.clear()
    utterance(recogniser, (60, 1.0), (160, 2.0))
    assert [size for size, _ in decoder.said] == [32000, *[3200] * 20, 96000]
    assert decoder.said[-1][1] > decoder.said[0][1] + 40
    decoder.said.clear()
    utterance(recogniser, (60, 2.0), (250, 14.0))
    assert [size for size, _ in decoder.said] == [32000, *[3200] * 150]  # 16 s: too long for it


def test_what_was_finished_in_a_lull_is_not_decoded_again() -> None:
    """What comes behind it is silence, and counts for nothing."""
    decoder = FakeDecoder()
    recogniser = Recogniser(decoder, decoder)
    recogniser.begin(0)
    recogniser.push(bytes([60]) * 48000)
    decoder.said.clear()
    assert recogniser.lull(3200) == ("", [], 0.0)
    for _ in range(5):
        recogniser.push(bytes([0]) * 3200)
        assert recogniser.interim() is None
    recogniser.end(19200)
    assert decoder.said == []


def test_a_lull_that_ends_is_taken_back() -> None:
    """The whole is decoded again, with what was known before; the next utterance learns of it once."""
    decoder, whole = FakeDecoder(), FakeDecoder()
    parted, plain = Recogniser(decoder, decoder), Recogniser(whole, whole)
    for recogniser, lulls in ((parted, True), (plain, False)):
        recogniser.begin(0)
        recogniser.push(bytes([60]) * 48000)
        if lulls:
            recogniser.lull(0)
            recogniser.resume()
        recogniser.push(bytes([60]) * 48000)
        recogniser.end(0)
    assert sum(size for size, _ in decoder.said) == 48000 + 96000
    assert sum(size for size, _ in whole.said) == 96000
    decoder.said.clear()
    whole.said.clear()
    for recogniser in (parted, plain):
        utterance(recogniser, (60, 1.2))
    assert decoder.said == whole.said


def test_what_takes_long_to_decode_is_not_finished_in_a_lull(monkeypatch: pytest.MonkeyPatch) -> None:
    """To take that back would make its final late: 0.8 s may be decoded again, and no more."""
    ticks = iter(range(1000))
    monkeypatch.setattr(_pocketsphinx, "thread_time", lambda: next(ticks) / 5)  # each feeding takes 0.2 s
    decoder = FakeDecoder()
    recogniser = Recogniser(decoder, decoder)
    recogniser.begin(0)
    for _ in range(3):
        recogniser.push(bytes([60]) * 32000)
    assert recogniser.lull(0) is not None
    recogniser.resume()
    for _ in range(5):
        recogniser.push(bytes([60]) * 32000)
    assert recogniser.lull(0) is None
    assert recogniser.end(0) == ("", [], 0.0)


@attrs.define
class Line:
    """The worker's end of the wire, with what it will be given."""

    given: deque[Any]
    said: list[Any] = attrs.Factory(lambda: list[Any]())

    def receive(self) -> Any:
        if not self.given:
            raise SystemExit
        return self.given.popleft()

    def send(self, message: object) -> None:
        self.said.append(message)

    def waiting(self) -> bool:
        return False


def test_at_a_lull_the_words_so_far_are_told_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they are finished: an interim that comes twice is stable. The final is what was finished."""

    @attrs.define
    class Speaking(FakeDecoder):
        finished: bool = False

        def start_utt(self) -> None:
            super().start_utt()
            self.finished = False

        def end_utt(self) -> None:
            self.finished = True

        def hyp(self) -> Any:
            return attrs.make_class("Hypothesis", ["hypstr"])("hello there" if self.finished else "hello the")

        def seg(self) -> list[Segment]:
            return [Segment("hello", 0, 9), Segment("there", 10, 19)]

        def get_prob(self) -> float:
            return 0.0

        logmath: Any = math

    class Library:
        def set_loglevel(self, level: str) -> None:
            pass

        def Decoder(self, **settings: object) -> Speaking:
            return Speaking()

    def library(name: str) -> Library:
        return Library()

    monkeypatch.setattr(_pocketsphinx, "import_module", library)
    line = Line(deque([("begin", 0), bytes(48000), ("lull", 1600), bytes(3200), ("end", 3200)]))
    with pytest.raises(SystemExit):
        _pocketsphinx.recognise(line, "model", 0.0)
    words = [("hello", 0, 10, 1.0), ("there", 10, 20, 1.0)]
    told = ("interim", "hello the", (), None)
    assert line.said == [told, told, ("preflight", "hello there", words, 1.0), ("final", "hello there", words, 1.0)]


def test_at_a_lull_words_that_were_not_told_before_are_told_twice() -> None:
    """As those are that were told once: what comes twice is stable, and the voice rests."""

    @attrs.define
    class Speaking(FakeDecoder):
        text: str = ""

        def hyp(self) -> Any:
            return attrs.make_class("Hypothesis", ["hypstr"])(self.text)

    decoder = Speaking()
    recogniser = Recogniser(decoder, decoder)
    recogniser.begin(0)
    recogniser.push(bytes(48000))
    assert recogniser.standing() == []
    decoder.text = "hello the"
    assert recogniser.interim() == "hello the"
    assert recogniser.standing() == ["hello the"]
    decoder.text = "hello there"
    assert recogniser.standing() == ["hello there", "hello there"]
    assert recogniser.standing() == ["hello there"]


def test_of_another_caller_nothing_is_known() -> None:
    """Whose utterance the one before may have left open: all is heard as it would be by a fresh process."""
    decoder = FakeDecoder()
    recogniser = Recogniser(decoder, decoder)
    utterance(recogniser, (160, 3.0))
    recogniser.begin(0)
    recogniser.push(bytes([250]) * 64000)
    recogniser.meet()
    decoder.said.clear()
    utterance(recogniser, (60, 1.2))
    assert decoder.said == [(32000, 56.6), (3200, 56.6), (3200, 56.6)]


def test_markup_is_no_word() -> None:
    """Silence, noises and pronunciation marks go, words keep their place."""
    found = [Segment("<s>", 0, 9), Segment("hello", 10, 29), Segment("[NOISE]", 30, 35), Segment("the(2)", 36, 40),
             Segment("++UH++", 41, 45), Segment("<sil>", 46, 50)]  # fmt: skip
    assert words_of(found, math.exp) == [("hello", 10, 30, 1.0), ("the", 36, 41, 1.0)]

    @attrs.frozen
    class Hypothesis:
        hypstr: str

    assert plain(Hypothesis("<s> hello [NOISE] the(2) ++UH++ </s>")) == "hello the"
    assert plain(None) == ""


def read(path: Path) -> tuple[Samples, int]:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    return np.asarray(samples.mean(axis=1), np.int16), int(rate)


def flite(text: str, path: Path, voice: str = "rms") -> tuple[Samples, int]:
    """Clear speech to recognise, where Flite is installed."""
    FLITE.need()
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    return read(path)


async def transcribed(samples: Samples, rate: int, node: PocketSphinx | None = None) -> list[Transcript]:
    driven = await drive(node or PocketSphinx(), {"audio": blocks(samples, rate, rate // 50)})
    return finals(driven["transcripts"])


@pytest.mark.slow
async def test_the_contract(tmp_path: Path) -> None:
    """The real recogniser keeps what `check_stt` asks of all."""
    samples, rate = flite("please wait a moment", tmp_path / "a.wav")
    await check_stt(PocketSphinx, speech=samples, rate=rate)


@pytest.mark.slow
async def test_clear_speech_is_heard_with_its_places(tmp_path: Path) -> None:
    """Flite's rms voice, word for word; the words lie in order inside the utterance."""
    samples, rate = flite("can you tell me something about the city of london", tmp_path / "a.wav")
    padded = np.concatenate([np.zeros(rate, np.int16), samples, np.zeros(rate, np.int16)])
    (final,) = await transcribed(padded, rate)
    assert final.text == "can you tell me something about the city of london"
    assert [word.text for word in final.words] == final.text.split()
    places = [place for word in final.words for place in (word.start, word.end)]
    assert places == sorted(places)
    assert final.start is not None
    assert final.end is not None
    assert abs(final.start - rate) < rate // 4
    assert abs(final.end - rate - len(samples)) < rate // 4


@pytest.mark.slow
async def test_recordings_are_heard_within_bounds() -> None:
    """Fewer than 45 of 100 words wrong on old recordings, without a VAD."""
    RECORDINGS.need()
    errors = WordErrors(0)
    for name, words in json.loads((SPEECH / "transcripts.json").read_text()).items():
        heard = await transcribed(*read(SPEECH / name))
        errors += word_errors(words, " ".join(final.text for final in heard))
    assert errors.rate < 0.45, errors
