"""Microphone and loudspeaker on a real sound server: what is played is what is heard, and in its place."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from parts import LIVEKIT
from sound_server import default_devices

from voiceflow import Audio, Graph, In, Node, Out, Phrase, Ports, ProviderError, Samples, Session, Speaker, Spoken
from voiceflow.nodes.livekit_apm import EchoCanceller
from voiceflow.nodes.sounddevice import DeviceOutput, LocalAudio, Microphone, devices
from voiceflow.testing import Driven, check_sink, check_source, drive

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def room() -> Generator[None]:
    """A null sink whose monitor is the microphone."""
    with default_devices():
        yield


@attrs.define
class Around:
    """Services of a real session, for an output alone."""

    marks: list[str] = attrs.Factory(list[str])

    def now(self) -> int:
        return round(trio.current_time() * 1e9)

    def mark(self, name: str, **values: object) -> None:
        self.marks.append(name)

    async def compute(self, fn: Any, *args: object, model: str, width: int = 1) -> Any:
        return await trio.to_thread.run_sync(lambda: fn(*args))


def services() -> Any:
    return Around()


@attrs.define(eq=False)
class Reader(Node):
    """A voice that has one thing to say, all at once, at 16 kHz."""

    said: Samples

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            await ports[self.spoken].send(Spoken(self.said, 16000, phrase, last=True))


@attrs.define
class Ear:
    """What a microphone has heard by now."""

    driven: Driven = attrs.Factory(lambda: Driven({}))

    async def has(self, blocks: int) -> None:
        await self.driven.gave("audio", blocks)

    def now(self) -> float:
        """Seconds since the microphone's session began."""
        assert self.driven.ports is not None
        return self.driven.ports.now() / 1e9

    def audio(self) -> list[Audio]:
        return [frame for frame in self.driven["audio"] if isinstance(frame, Audio)]

    def samples(self) -> Samples:
        """From the start of the session, with zeros before the first block."""
        found = self.audio()
        whole: Samples = np.concatenate([np.zeros(found[0].pts, np.int16), *(frame.samples for frame in found)])
        return whole


@asynccontextmanager
async def listening(microphone: Microphone) -> AsyncGenerator[Ear]:
    """The null sink takes a second or two until it gives its first block."""
    ear = Ear()

    async def run() -> None:
        await drive(microphone, {}, into=ear.driven, turn=None)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        with trio.fail_after(20):
            await ear.has(25)
        yield ear
        nursery.cancel_scope.cancel(reason="enough was heard")


async def play(output: DeviceOutput, samples: Samples) -> float:
    """As a speaker does: block by block, each at its instant. By how many seconds the latest block was late."""
    began, size, late = trio.current_time(), output.rate // 50, 0.0
    for at in range(0, len(samples), size):
        await trio.sleep_until(began + at / output.rate)
        late = max(late, trio.current_time() - began - at / output.rate)
        await output.write(samples[at : at + size])
    return late


def later(output: DeviceOutput) -> float:
    """Seconds by which what is played now comes later than it was meant to, by what the output knows."""
    return (output.stream.late + output.stream.playout.missed) / output.rate


def noise(rate: int, seconds: float) -> Samples:
    """In which no two pieces are alike; nothing of it above a third of the rate, which the server's resamplers take."""
    kernel = np.sinc(np.arange(-64, 65) * 0.7) * np.hanning(129)
    made = np.convolve(np.random.default_rng(7).normal(size=round(rate * seconds)), kernel, "same")
    loud: Samples = np.rint(made / np.std(made) * 4000).clip(-32768, 32767).astype(np.int16)
    return loud


def places(heard: Samples, wanted: Samples, size: int = 320) -> list[int | None]:
    """By how many samples each piece of `wanted` lies later in what was heard; None for one that is not there."""
    signal = heard.astype(np.float64)
    length = 1 << (len(signal) + size).bit_length()
    spectrum = np.fft.rfft(signal, length)
    found: list[int | None] = []
    for at in range(0, len(wanted) - size + 1, size):
        piece = wanted[at : at + size].astype(np.float64)
        fit = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, length)), length)[: len(signal) - size + 1]
        place = int(np.argmax(fit))
        part = signal[place : place + size]
        alike = float(np.dot(part, piece) / np.sqrt(np.dot(part, part) * np.dot(piece, piece) + 1))
        found.append(place - at if alike > 0.75 else None)
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("room")
class TestOnASoundServer:
    def test_the_default_devices_are_listed(self) -> None:
        """Both ends, by name."""
        there = [device for device in devices() if all(device.default)]
        assert [(device.name, device.inputs > 0, device.outputs > 0) for device in there] == [("default", True, True)]

    @pytest.mark.alone
    async def test_what_is_played_is_heard_whole_and_in_its_place(self) -> None:
        """From the first sample on, `lead` seconds after it was written, as exactly as a monitor's own delay lets one
        say; later only by what the output says, or by what the program itself was late."""
        output, said = DeviceOutput(rate=16000), noise(16000, 2.0)
        async with listening(Microphone()) as ear, output.open(services()):
            wrote, before = ear.now(), later(output)
            behind = await play(output, said)
            await trio.sleep(0.8)
            offsets = places(ear.samples(), said)
        told = later(output) - before
        found = [(n, offset) for n, offset in enumerate(offsets) if offset is not None]
        first, moved = found[0][1] / 16000 - wrote - output.lead, (found[-1][1] - found[0][1]) / 16000
        print(
            f"{len(found)} of {len(offsets)}, {first * 1000:+.0f} ms; moved {moved * 1000:.0f}, told {told * 1000:.0f}"
        )
        assert (found[0][0], found[-1][0]) == (0, len(offsets) - 1)
        assert abs(first) < 0.15
        assert moved < told + behind + 0.06
        for (n, offset), (m, after) in pairwise(found):
            assert after >= offset - 3
            assert m == n + 1 or (m == n + 2 and after > offset + 16), "a piece is missed only where silence cuts it"

    async def test_samples_are_counted_without_a_gap(self) -> None:
        """Each block begins where the one before ended, or says what is missing in between."""
        async with listening(Microphone(block=0.01)) as ear:
            await ear.has(60)
        blocks = ear.audio()
        assert all(after.pts == before.end + after.gap for before, after in pairwise(blocks))
        assert {len(block.samples) for block in blocks} == {160}

    @pytest.mark.alone
    async def test_a_drop_is_silence_but_for_what_the_device_holds(self) -> None:
        """Nothing of the store sounds after it: the tone ends within a block and the device's latency."""
        output = DeviceOutput(rate=16000, block=0.01)
        tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.int16)
        async with listening(Microphone(block=0.01)) as ear, output.open(services()):
            await output.write(tone[:8000])
            await trio.sleep(0.25)
            output.drop(0.0)
            dropped = ear.now()
            await trio.sleep(0.8)
            loud = np.flatnonzero(np.abs(ear.samples()) > 100)
        sounded = (loud[-1] - loud[0] + 1) / 16000
        print(f"{sounded:.3f} s of 0.5 s sounded; the last {loud[-1] / 16000 - dropped:.3f} s behind the drop")
        assert 0.05 < sounded < 0.4
        assert loud[-1] / 16000 - dropped < output.stream.latency + 0.01 + 0.15

    @pytest.mark.alone
    async def test_a_voice_that_is_held_goes_on_with_the_first_sample_that_was_not_heard(self) -> None:
        """It is silent but for what the device holds, which counts as heard; none of it sounds twice, or not at all."""
        output, said = DeviceOutput(rate=16000, block=0.01), noise(16000, 2.0)
        speaker, voice = Speaker(output), Reader(said)
        async with listening(Microphone(block=0.01)) as ear, Session(Graph().connect(voice, speaker)) as session:
            handle = session.say("hello")
            await trio.sleep(0.8)
            speaker.hold()
            held = ear.now()
            await trio.sleep(0.6)
            heard = round(speaker.position(handle.id) * 16000)
            speaker.resume()
            await handle
            await trio.sleep(0.8)
            sound = ear.samples()
        sounds = np.abs(sound[: len(sound) // 16 * 16].reshape(-1, 16)).max(axis=1) > 300  # by milliseconds
        offsets = places(sound, said)
        jump = heard // 320
        before = [offset for offset in offsets[:jump] if offset is not None]
        after = [offset for offset in offsets[jump + 1 :] if offset is not None]
        silent = (before[-1] + heard) / 16000
        print(
            f"{sounds.sum()} ms of 2000 sounded, {heard / 16000:.3f} s before it was held, {silent - held:.3f} s behind"
        )
        assert len(before) + len(after) >= len(offsets) - 2
        assert after[0] - before[-1] > 0.4 * 16000
        assert silent - held < output.stream.latency + 0.01 + 0.15
        assert abs(int(sounds.sum()) - 2000) <= 12

    @pytest.mark.alone
    @pytest.mark.shares_model
    async def test_the_agent_is_not_heard(self) -> None:
        """15 dB less, from the second second on, over the real devices' own delays; the reference comes first."""
        LIVEKIT.need()
        random = np.random.default_rng(0)
        t = np.arange(4 * 48000) / 48000
        speech = np.convolve(random.normal(size=len(t)), np.exp(-np.arange(100) / 24), "same")
        speech *= np.clip(np.sin(2 * np.pi * 3 * t) + 0.4, 0, 1)
        voice = np.rint(speech * 4000 / np.std(speech)).clip(-32768, 32767).astype(np.int16)
        levels: list[float] = []
        for echo in (None, EchoCanceller()):
            local = LocalAudio(echo=echo)
            async with listening(local.microphone) as ear, local.loudspeaker.open(services()):
                await trio.sleep(0.8)
                begin = round(ear.now() * 16000)
                await play(local.loudspeaker, voice)
                heard = ear.samples()[begin + 2 * 16000 : begin + 4 * 16000]
            levels.append(10 * float(np.log10(np.mean(heard.astype(np.float64) ** 2) + 1)))
        print(f"echo {levels[0]:.1f} dB, cancelled {levels[1]:.1f} dB")
        assert levels[0] - levels[1] >= 15

    async def test_keep_the_contract_of_a_source(self) -> None:
        """A microphone, alone and beside a loudspeaker, as every source does."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(check_source, Microphone, seconds=1.0))
            nursery.start_soon(partial(check_source, lambda: LocalAudio().microphone, seconds=1.0))

    async def test_keep_the_contract_of_a_sink(self) -> None:
        """A speaker that plays into a device, alone and beside a microphone, as every sink does."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(check_sink, lambda: Speaker(DeviceOutput()))
            nursery.start_soon(check_sink, lambda: Speaker(LocalAudio().loudspeaker))

    async def test_it_closes_at_once_when_it_is_cancelled(self) -> None:
        """In the middle of waiting for the next block."""
        microphone = Microphone()
        async with listening(microphone):
            pass
        assert not microphone.stream.running

    async def test_a_device_that_is_not_there_is_an_error_with_those_that_are(self) -> None:
        """Not retryable: asking again will not make it appear."""
        with pytest.raises(ProviderError, match=r"'no such thing'.*there are .*'default'") as caught:
            async with Microphone("no such thing").open(services()):
                pass
        assert not caught.value.retryable


class PortAudioError(Exception):
    pass


@attrs.define
class FakeStream:
    """A stream that fails to open as it is told, or takes a little and nothing more."""

    error: Exception | None
    write_available: int = 400
    read_available: int = 0
    latency: float = 0.01

    def start(self) -> None:
        if self.error is not None:
            raise self.error

    def write(self, data: bytes) -> bool:
        self.write_available -= len(data) // 2
        return False

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


def library(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, names: tuple[str, ...] = ("line",)
) -> list[dict[str, Any]]:
    """sounddevice with these devices, whose streams fail with `error`; gives the settings they were asked for with."""
    opened: list[dict[str, Any]] = []

    def stream(**settings: Any) -> FakeStream:
        opened.append(settings)
        return FakeStream(error)

    monkeypatch.setitem(
        sys.modules,
        "sounddevice",
        SimpleNamespace(
            RawInputStream=stream,
            RawOutputStream=stream,
            PortAudioError=PortAudioError,
            query_hostapis=lambda: [{"name": "Fake"}],
            query_devices=lambda: [
                {"name": n, "hostapi": 0, "max_input_channels": 1, "max_output_channels": 1, "default_samplerate": 8e3}
                for n in names
            ],
            default=SimpleNamespace(device=[0, 0]),
        ),
    )
    return opened


async def opening(node: Microphone | DeviceOutput) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        async with node.open(services()):
            pass
    return caught.value


async def test_a_busy_device_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retryable, and it says what else there is."""
    library(monkeypatch, PortAudioError("Device unavailable", -9985))
    error = await opening(Microphone("line"))
    assert error.retryable
    assert str(error) == (
        "the microphone ('line') cannot be opened at 16000 Hz: it is busy or gone; close what uses it, or choose "
        "another: there are 0 'line' (Fake, 8000 Hz)"
    )


async def test_a_machine_without_devices_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect one, or start a sound server."""
    library(monkeypatch, ValueError("No device"), names=())
    error = await opening(DeviceOutput())
    assert not error.retryable
    assert "this machine shows no loudspeaker; connect one, or start PulseAudio or PipeWire" in str(error)


async def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra of voiceflow."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install 'voiceflow[devices]'" in str(await opening(Microphone()))


async def test_a_loudspeaker_that_asks_for_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    """After three seconds without room in its store, instead of for ever; retryable."""
    library(monkeypatch, None)
    output = DeviceOutput(rate=8000, buffer=0.1)
    async with output.open(services()):
        began = trio.current_time()
        with pytest.raises(ProviderError, match="gives no sign of life") as caught:
            await output.write(np.ones(8000, np.int16))
        assert (caught.value.retryable, trio.current_time() - began) == (True, 3.0)
