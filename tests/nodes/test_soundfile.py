import os
import struct
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import trio
from full_disk import full_at
from numpy.typing import NDArray
from trio.testing import MockClock

from voiceflow import Audio, NodeFailed, ProviderError, Samples
from voiceflow.nodes.soundfile import FileSource, read_audio, write_audio
from voiceflow.sound_file import check_format
from voiceflow.testing import Driven, InlineExecutor, check_source, drive

soundfile: Any = import_module("soundfile")

RATE = 16000


def noise(count: int) -> Samples:
    return np.random.default_rng(count).integers(-20000, 20000, count).astype(np.int16)


def tone(rate: int, seconds: float) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def play(source: FileSource) -> Driven:
    """What leaves the source, in virtual time."""

    async def main() -> Driven:
        return await drive(source, executor=InlineExecutor())

    return trio.run(main, clock=MockClock(autojump_threshold=0))


def blocks(driven: Driven) -> list[Audio]:
    return [frame for frame in driven["audio"] if isinstance(frame, Audio)]


def joined(driven: Driven) -> Samples:
    return np.concatenate([block.samples for block in blocks(driven)])


def marks(driven: Driven) -> dict[str, dict[str, object]]:
    return {mark.name: dict(mark.values) for mark in driven.marks}


def refusal(path: Path) -> str:
    """The message with which a source refuses a file; reading it whole says the same."""
    with pytest.raises(ProviderError) as read:
        read_audio(path)
    with pytest.raises((NodeFailed, ExceptionGroup)) as played:
        play(FileSource(str(path)))
    failed: BaseException = played.value
    while isinstance(failed, BaseExceptionGroup):
        (failed,) = cast(tuple[BaseException, ...], failed.exceptions)
    assert not read.value.retryable
    assert str(read.value) == str(failed.__cause__)
    assert str(path) in str(read.value)
    return str(read.value)


def test_blocks_leave_at_absolute_deadlines(tmp_path: Path) -> None:
    """Block k of 20 ms leaves (k + 1) * 20 ms after the start, the short last one at its end."""
    samples = noise(RATE // 2 + 100)
    write_audio(tmp_path / "a.wav", samples, RATE)
    driven = play(FileSource(str(tmp_path / "a.wav")))
    times = [time for time, _ in driven.timed["audio"]]
    assert times == [*(round((k + 1) * 0.02, 6) for k in range(25)), 0.50625]
    assert [block.pts for block in blocks(driven)] == [k * 320 for k in range(26)]
    assert np.array_equal(joined(driven), samples)
    assert not marks(driven)


def test_a_slow_taker_does_not_shift_the_deadlines(tmp_path: Path) -> None:
    """What could not leave in time leaves at once, and the next block when it is due."""
    write_audio(tmp_path / "a.wav", noise(1600), RATE)

    async def main() -> list[float]:
        source = FileSource(str(tmp_path / "a.wav"))
        driven = await drive(source, executor=InlineExecutor({"soundfile": 0.03}))
        return [time for time, _ in driven.timed["audio"]]

    # Opening and reading take 0.03 s each.
    assert trio.run(main, clock=MockClock(autojump_threshold=0)) == [0.06, 0.06, 0.06, 0.08, 0.1]


def test_unpaced_it_takes_no_time(tmp_path: Path) -> None:
    """Without realtime every block leaves as soon as it is taken."""
    write_audio(tmp_path / "a.wav", noise(RATE), RATE)
    driven = play(FileSource(str(tmp_path / "a.wav"), realtime=False, block=0.1))
    assert [time for time, _ in driven.timed["audio"]] == [0.0] * 10


@pytest.mark.parametrize(
    ("name", "subtype", "rate", "channels", "error"),
    [
        ("a.wav", "PCM_U8", 8000, 1, 400),
        ("a.wav", "PCM_16", 44100, 2, 3),
        ("a.wav", "PCM_24", 48000, 1, 3),
        ("a.wav", "PCM_32", 96000, 2, 3),
        ("a.wav", "FLOAT", 16000, 6, 3),
        ("a.wav", "DOUBLE", 22050, 1, 3),
        ("a.wav", "ULAW", 8000, 1, 500),
        ("a.flac", "PCM_24", 96000, 2, 3),
        ("a.ogg", "VORBIS", 16000, 1, 600),
        ("a.mp3", "MPEG_LAYER_III", 44100, 1, 600),
        ("a.aiff", "PCM_16", 11025, 1, 3),
    ],
)
def test_any_format_becomes_mono_at_the_rate_asked_for(
    tmp_path: Path, name: str, subtype: str, rate: int, channels: int, error: int
) -> None:
    """A tone in any width, rate and number of channels is that tone at 16 kHz, within the format's own error."""
    signal = np.repeat(tone(rate, 1.0)[:, None], channels, axis=1)
    soundfile.write(tmp_path / name, signal, rate, subtype=subtype)
    driven = play(FileSource(str(tmp_path / name), realtime=False))
    samples = joined(driven)
    assert abs(len(samples) - RATE) <= (0 if subtype != "MPEG_LAYER_III" else 1)
    assert np.array_equal(samples, read_audio(tmp_path / name, RATE))
    inside = slice(1600, 14400)
    assert np.abs(samples[:RATE][inside] - 32768 * tone(RATE, 1.0)[inside]).max() <= error
    assert not marks(driven)


def test_channels_are_averaged(tmp_path: Path) -> None:
    """Left and right of opposite sign are silence; one silent side halves the other."""
    left = np.full(1000, 8000, np.int16)
    write_audio(tmp_path / "a.wav", np.stack([left, -left], axis=1), RATE)
    assert not read_audio(tmp_path / "a.wav").any()
    write_audio(tmp_path / "b.wav", np.stack([left, 0 * left], axis=1), RATE)
    assert set(read_audio(tmp_path / "b.wav")) == {4000}


def test_without_a_rate_the_file_keeps_its_own(tmp_path: Path) -> None:
    """What comes out is what the file holds, bit by bit."""
    samples = noise(4410)
    write_audio(tmp_path / "a.flac", samples, 44100)
    driven = play(FileSource(str(tmp_path / "a.flac"), rate=None, realtime=False))
    assert {block.rate for block in blocks(driven)} == {44100}
    assert np.array_equal(joined(driven), samples)


def test_what_is_no_number_becomes_silence_and_is_counted(tmp_path: Path) -> None:
    """NaN and infinite samples are silence, those beyond full scale are clipped, the rest is untouched."""
    signal = np.full(1000, 0.25, np.float32)
    signal[[10, 20, 30]] = [np.nan, np.inf, -np.inf]
    signal[40] = 7.0
    soundfile.write(tmp_path / "a.wav", signal, RATE, subtype="FLOAT")
    driven = play(FileSource(str(tmp_path / "a.wav"), realtime=False))
    expected = np.full(1000, 8192)
    expected[[10, 20, 30]], expected[40] = 0, 32767
    assert np.array_equal(joined(driven), expected)
    assert marks(driven) == {"file.repaired": {"samples": 3}}


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_file_that_breaks_off_is_played_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    """What is there is kept, and a mark says that it was cut."""
    path = tmp_path / name
    soundfile.write(path, noise(4 * RATE), RATE)
    whole = read_audio(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    driven = play(FileSource(str(path), realtime=False))
    samples = joined(driven)
    assert 0.4 * len(whole) < len(samples) < 0.75 * len(whole)
    # A lossy format may differ in the frame at which it was cut.
    assert np.array_equal(samples[:-4000], whole[: len(samples) - 4000])
    assert "file.cut" in marks(driven)


def test_a_writer_that_was_killed_leaves_no_cut_file(tmp_path: Path) -> None:
    """A WAV header that says no size says nothing; all that follows is played."""
    path = tmp_path / "a.wav"
    write_audio(path, noise(1000), RATE)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(data)
    driven = play(FileSource(str(path), realtime=False))
    assert np.array_equal(joined(driven), noise(1000))
    assert not marks(driven)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message says why it cannot be opened, and what to check."""
    assert "No such file or directory; check the path" in refusal(tmp_path / "no.wav")


def test_a_directory_is_no_sound_file(tmp_path: Path) -> None:
    """It is called by its name."""
    assert "is a directory" in refusal(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Opening one would never end."""
    os.mkfifo(tmp_path / "pipe.wav")
    assert "is not a regular file" in refusal(tmp_path / "pipe.wav")


def test_a_file_that_the_system_does_not_open_is_refused(tmp_path: Path) -> None:
    """A link to itself is reported in the system's words."""
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    assert "Too many levels of symbolic links" in refusal(tmp_path / "loop.wav")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """No byte, no sound."""
    (tmp_path / "a.wav").touch()
    assert "is empty (0 bytes)" in refusal(tmp_path / "a.wav")


@pytest.mark.parametrize("data", [b"hello, this is text", b"RIFF\x24\0\0\0WAVE", b"\xff\xfb\x90\x64", b"\0" * 5000])
def test_what_is_no_sound_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """The message names a way out."""
    (tmp_path / "a.wav").write_bytes(data)
    assert "convert it to WAV or FLAC" in refusal(tmp_path / "a.wav")


def test_a_file_of_no_samples_is_refused(tmp_path: Path) -> None:
    """A valid header alone is no audio."""
    write_audio(tmp_path / "a.wav", noise(0), RATE)
    assert "holds 0 samples" in refusal(tmp_path / "a.wav")


def test_an_absurd_rate_is_refused(tmp_path: Path) -> None:
    """Seven samples a second are no sound."""
    write_audio(tmp_path / "a.wav", noise(100), 7)
    assert "says a rate of 7 Hz" in refusal(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["no/such/folder.wav", "a.xyz"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    """A missing folder or an unknown suffix is a ProviderError that names the file."""
    with pytest.raises(ProviderError, match=name.rsplit("/", 1)[-1]):
        write_audio(tmp_path / name, noise(10), RATE)


@pytest.mark.parametrize("name", ["no/such/folder.wav", "folder.wav"])
def test_why_a_file_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    """What the system says, where libsndfile says "System error"."""
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(ProviderError, match=r"No such file or directory|Is a directory"):
        write_audio(tmp_path / name, noise(10), RATE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """Not a wrong format, nor a system error; a device is not taken away."""
    (tmp_path / "a.wav").symlink_to("/dev/full")
    with pytest.raises(ProviderError, match="No space left on device"):
        write_audio(tmp_path / "a.wav", noise(10), RATE)
    assert (tmp_path / "a.wav").exists()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_what_a_disk_did_not_take_whole_is_taken_away(tmp_path: Path, name: str) -> None:
    """Rather than half of it left as if it were all."""
    with full_at(1000), pytest.raises(ProviderError, match="cannot be written: File too large; make room there"):
        write_audio(tmp_path / name, noise(RATE), RATE)
    assert list(tmp_path.iterdir()) == []


def test_what_a_disk_does_not_take_replaces_nothing(tmp_path: Path) -> None:
    """The file that was there is there still, behind a link too."""
    path, link = tmp_path / "a.wav", tmp_path / "link.wav"
    link.symlink_to(path)
    write_audio(link, noise(100), RATE)
    before = path.read_bytes()
    with full_at(1000), pytest.raises(ProviderError, match="File too large"):
        write_audio(link, noise(RATE), RATE)
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, link]


def test_a_format_is_known_before_there_is_sound(tmp_path: Path) -> None:
    """By its suffix; nothing is written."""
    for name in ("a.wav", "a.FLAC", "a.ogg"):
        check_format(tmp_path / name)
    for name in ("a.xyz", "a", "."):
        with pytest.raises(ProviderError, match=r"cannot be written: Unknown format: .*; use \.wav, \.flac or \.ogg"):
            check_format(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_unicode_is_a_name(tmp_path: Path) -> None:
    """A file system takes any bytes; libsndfile gets the same ones."""
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    write_audio(path, noise(RATE), RATE)
    assert len(read_audio(path, RATE)) == RATE
    path.write_bytes(b"no sound")
    assert "is not a sound file" in refusal(path)


@pytest.mark.parametrize(("setting", "value"), [("block", 0.0), ("block", 11.0), ("rate", 10), ("rate", 10**6)])
def test_a_setting_out_of_range_is_refused(setting: str, value: float) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        FileSource("a.wav", **cast(dict[str, Any], {setting: value}))


def test_cancelling_closes_the_file(tmp_path: Path) -> None:
    """In the middle of a file, in real threads, nothing is left open."""
    write_audio(tmp_path / "a.wav", noise(10 * RATE), RATE)

    async def main() -> int:
        into = Driven({})
        with trio.move_on_after(0.1):
            await drive(FileSource(str(tmp_path / "a.wav")), into=into)
        return len(into["audio"])

    assert trio.run(main) <= 6
    assert not [fd for fd in os.listdir("/proc/self/fd") if _target(fd).endswith("a.wav")]


def _target(fd: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


@pytest.mark.parametrize("realtime", [False, True])
def test_it_keeps_the_contract_of_a_source(tmp_path: Path, realtime: bool) -> None:
    """Places run on, and cancelling it leaves nothing behind."""
    write_audio(tmp_path / "a.wav", noise(RATE), RATE)

    async def main() -> None:
        path = str(tmp_path / "a.wav")
        await check_source(lambda: FileSource(path, realtime=realtime), executor=InlineExecutor())

    trio.run(main, clock=MockClock(autojump_threshold=0))
