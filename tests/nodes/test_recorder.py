import os
import re
import subprocess
import sys
import wave
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import trio
from full_disk import full_at
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from trio.testing import MockClock

from voiceflow import Audio, Frame, Graph, Mark, Samples, Session, Trace
from voiceflow.machines.restart import RestartPolicy
from voiceflow.nodes.recorder import Recorder
from voiceflow.nodes.soundfile import FileSource, read_audio, write_audio
from voiceflow.testing import Driven, InlineExecutor, check_recorder, drive

soundfile: Any = import_module("soundfile")

RATE = 16000


def noise(count: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).integers(-20000, 20000, count).astype(np.int16)


def blocks(samples: Samples, rate: int = RATE, pts: int = 0, size: int = 320) -> list[Frame]:
    return [Audio(samples[at : at + size], rate, pts + at) for at in range(0, len(samples), size)]


def record(recorder: Recorder, caller: list[Any], agent: list[Any], **how: Any) -> Driven:
    async def main() -> Driven:
        return await drive(recorder, {"caller": caller, "agent": agent}, executor=InlineExecutor(), **how)

    return trio.run(main, clock=MockClock(autojump_threshold=0))


def rows(path: Path) -> NDArray[np.int16]:
    """All rows, read piece by piece: a FLAC file that was cut does not say how many it has."""
    read: list[NDArray[np.int16]] = [np.zeros((0, 2), np.int16)]
    with soundfile.SoundFile(path) as file:
        try:
            while len(piece := file.read(1000, dtype="int16", always_2d=True)):
                read.append(piece)
        except soundfile.LibsndfileError:
            pass
    return np.concatenate(read)


def marks(driven: Driven) -> dict[str, dict[str, object]]:
    return {mark.name: dict(mark.values) for mark in driven.marks}


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
async def test_keeps_the_contract_of_a_recorder(autojump_clock: MockClock, tmp_path: Path, suffix: str) -> None:
    """As every recorder does."""
    await check_recorder(lambda: Recorder(str(tmp_path / f"call.{suffix}")), executor=InlineExecutor())


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.WAV"])
def test_both_sides_stand_at_their_samples(tmp_path: Path, name: str) -> None:
    """The caller is on the left from sample 0, the agent on the right from where it spoke, bit by bit."""
    caller, agent = noise(RATE, 1), noise(8000, 2)
    driven = record(Recorder(str(tmp_path / name)), blocks(caller), blocks(agent, pts=4000))
    expected = np.zeros((RATE, 2), np.int16)
    expected[:, 0], expected[4000:12000, 1] = caller, agent
    assert np.array_equal(rows(tmp_path / name), expected)
    assert soundfile.info(tmp_path / name).samplerate == RATE
    assert not marks(driven)


def test_ogg_holds_the_same_call_approximately(tmp_path: Path) -> None:
    """A tone on the left stays on the left, and there are as many samples."""
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    record(Recorder(str(tmp_path / "a.ogg")), blocks(tone), [])
    recorded = rows(tmp_path / "a.ogg").astype(int)
    assert len(recorded) == RATE
    assert np.abs(recorded[2000:-2000, 0] - tone[2000:-2000]).max() < 500
    assert np.abs(recorded[2000:-2000, 1]).max() < 100


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4000), st.integers(1, 900)), max_size=12),
    st.sampled_from([320, 5000]),
)
@settings(max_examples=40)
def test_the_file_is_what_came_in_its_places(came: list[tuple[bool, int, int]], gap: int) -> None:
    """Blocks of either side, apart or overlapping, are painted where their places say."""
    sides: tuple[list[Frame], list[Frame]] = ([], [])
    end = max((pts + count for _, pts, count in came), default=0)
    expected = np.zeros((end, 2), np.int16)
    for seed, (side, pts, count) in enumerate(came):
        sides[side].append(Audio(noise(count, seed), RATE, pts))
        expected[pts : pts + count, int(side)] = noise(count, seed)
    path = Path(f"/dev/shm/voiceflow-{os.getpid()}.wav")
    try:
        record(Recorder(str(path)), *sides)
        assert np.array_equal(rows(path), expected)
    finally:
        path.unlink()


@pytest.mark.parametrize(("caller_rate", "agent_rate", "rate"), [(8000, 24000, 16000), (48000, 16000, 48000)])
def test_any_rates_are_aligned(tmp_path: Path, caller_rate: int, agent_rate: int, rate: int) -> None:
    """Tones that begin 0.5 s apart at different rates do so in the file."""

    def tone(at: int) -> Samples:
        wave: Samples = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(at) / at)).astype(np.int16)
        return wave

    caller = blocks(tone(caller_rate), caller_rate, size=caller_rate // 50)
    agent = blocks(tone(agent_rate), agent_rate, pts=agent_rate // 2, size=441)
    record(Recorder(str(tmp_path / "a.wav"), rate=rate), caller, agent)
    expected = np.zeros((rate * 3 // 2, 2), np.int16)
    expected[:rate, 0], expected[rate // 2 :, 1] = tone(rate), tone(rate)
    recorded = rows(tmp_path / "a.wav").astype(int)
    assert recorded.shape == expected.shape
    edges = [slice(at - rate // 50, at + rate // 50) for at in (rate // 50, rate // 2, rate, rate * 3 // 2)]
    difference = np.abs(recorded - expected)
    for edge in edges:
        difference[edge] = 0
    assert difference.max() <= 3


def test_a_side_that_lags_is_silent_and_its_late_blocks_are_counted(tmp_path: Path) -> None:
    """Past the lag the file goes on without it; what comes too late is dropped, what follows stands in its place."""
    caller = [*blocks(noise(5 * RATE, 1)), 1.0]
    agent = [0.5, *blocks(noise(3 * RATE, 2))]
    driven = record(Recorder(str(tmp_path / "a.wav"), lag=0.5), caller, agent)
    recorded = rows(tmp_path / "a.wav")
    assert np.array_equal(recorded[:, 0], noise(5 * RATE, 1))
    assert not recorded[:, 1].any()
    assert marks(driven) == {"recorder.late": {"samples": 3 * RATE}}


def test_a_pause_of_one_side_keeps_its_last_samples(tmp_path: Path) -> None:
    """What the resampler holds back of an agent that has stopped is written before its place is given away."""
    tone = np.full(4800, 8000, np.int16)
    caller: list[Any] = [piece for block in blocks(noise(3 * RATE)) for piece in (block, 0.02)]
    agent = [0.02, *blocks(tone, 48000, size=960)]
    driven = record(Recorder(str(tmp_path / "a.wav"), lag=0.5), caller, agent)
    assert np.abs(rows(tmp_path / "a.wav")[1550:1590, 1].astype(int) - 8000).max() < 900
    assert not marks(driven)


@pytest.mark.parametrize("agent_speaks", [True, False])
def test_at_every_instant_all_but_the_lag_and_a_step_is_on_disk(tmp_path: Path, agent_speaks: bool) -> None:
    """Which is what a process loses that is killed then, whether one side is silent or neither."""
    path, behind, began = tmp_path / "a.wav", list[float](), 0.0
    paced: list[Any] = [piece for block in blocks(noise(3 * RATE)) for piece in (0.02, block)]
    agent = paced if agent_speaks else [10.0]

    async def look() -> None:
        while True:
            await trio.sleep(0.013)
            written = (path.stat().st_size - 44) / 4 / RATE if path.exists() else 0.0
            behind.append(min(trio.current_time() - began, 3.0) - written)

    async def main() -> None:
        nonlocal began
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            recorder = Recorder(str(path), lag=0.4, step=0.2)
            with trio.move_on_after(3.0):
                await drive(recorder, {"caller": paced, "agent": agent}, executor=InlineExecutor())
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert max(behind) <= (0.0 if agent_speaks else 0.4) + 0.2 + 0.0201


def test_a_limit_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    """The file has that many seconds, and a mark says why."""
    driven = record(Recorder(str(tmp_path / "a.wav"), limit=1.25), blocks(noise(3 * RATE)), [])
    assert np.array_equal(rows(tmp_path / "a.wav")[:, 0], noise(3 * RATE)[: RATE * 5 // 4])
    assert marks(driven) == {"recorder.limit": {}}


def test_a_call_without_audio_leaves_a_file_that_opens(tmp_path: Path) -> None:
    """It has no samples."""
    record(Recorder(str(tmp_path / "a.wav")), [], [])
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, 0)


def test_cancelled_it_keeps_all_that_came(tmp_path: Path) -> None:
    """What was not written yet is written on the way out."""
    samples = noise(RATE + 100)

    async def main() -> None:
        with trio.move_on_after(1.0):
            await drive(
                Recorder(str(tmp_path / "a.flac")),
                {"caller": [*blocks(samples), 100.0], "agent": [100.0]},
                executor=InlineExecutor(),
            )

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert np.array_equal(rows(tmp_path / "a.flac")[:, 0], samples)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_on_a_full_disk_the_file_plays_to_where_it_came_and_the_call_goes_on(tmp_path: Path, name: str) -> None:
    """One error, one restart, and both sides are taken to their ends; the file holds what fitted."""
    samples = noise(8 * RATE)
    with full_at(40_002):
        driven = record(
            Recorder(str(tmp_path / name)),
            blocks(samples),
            blocks(noise(8 * RATE, 1)),
            restarts=RestartPolicy(),
        )
    failed = [mark for mark in driven.marks if mark.name == "node.failed"]
    assert len(failed) == 1
    assert "the call goes on without being recorded" in str(failed[0].values["error"])
    assert str(tmp_path / name) in str(failed[0].values["error"])
    assert "ibsndfile" not in str(failed[0].values["error"])
    assert "rror." not in str(failed[0].values["error"])
    recorded = rows(tmp_path / name)
    assert len(recorded) > 4000
    if name == "a.wav":
        assert np.array_equal(recorded[:, 0], samples[: (40_002 - 44) // 4])
        with wave.open(str(tmp_path / name)) as file:
            assert file.getnframes() == len(recorded)
    if name == "a.flac":
        assert np.array_equal(recorded[:, 0], samples[: len(recorded)])


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_name_that_is_no_unicode_is_a_name(tmp_path: Path, suffix: str) -> None:
    """A file system takes any bytes."""
    path = tmp_path / (os.fsdecode(b"caf\xe9.") + suffix)
    record(Recorder(str(path)), blocks(noise(RATE)), [])
    assert len(read_audio(path, RATE)) == RATE


@pytest.mark.parametrize("name", ["no/folder/a.wav", "no/folder/a.flac"])
def test_where_no_file_can_be_made_the_call_goes_on(tmp_path: Path, name: str) -> None:
    """The error names the file and the system's reason."""
    driven = record(Recorder(str(tmp_path / name)), blocks(noise(100)), [], restarts=RestartPolicy())
    (failed,) = [mark for mark in driven.marks if mark.name == "node.failed"]
    assert "No such file or directory" in str(failed.values["error"])


KILLED = """
import os, sys, numpy as np
from voiceflow.nodes.recorder import _File
file = _File(sys.argv[1], 16000)
noise = np.random.default_rng(0).integers(-20000, 20000, (32000, 2)).astype(np.int16)
for n in range(4):
    file.write(noise[n * 8000 : (n + 1) * 8000])
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_killed_process_leaves_a_file_that_plays(tmp_path: Path, name: str) -> None:
    """A WAV file has all that was written, the others all but their last block."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)], check=False, timeout=60)
    recorded = rows(tmp_path / name)
    assert len(recorded) >= 20000
    if name == "a.wav":
        with wave.open(str(tmp_path / name)) as file:
            assert file.getnframes() == 32000
    if name != "a.ogg":
        whole = np.random.default_rng(0).integers(-20000, 20000, (32000, 2)).astype(np.int16)
        assert np.array_equal(recorded, whole[: len(recorded)])


@pytest.mark.parametrize(
    ("setting", "value"), [("path", "a.mp3"), ("path", "a"), ("rate", 1), ("limit", 0.0), ("lag", 0.0), ("step", 0.0)]
)
def test_a_setting_out_of_range_is_refused(setting: str, value: Any) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        Recorder(**cast(dict[str, Any], {"path": "a.wav", setting: value}))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_on_a_disk_that_was_full_before_nothing_is_left(tmp_path: Path, name: str) -> None:
    """No empty file; the call goes on."""
    with full_at(0):
        driven = record(Recorder(str(tmp_path / name)), blocks(noise(RATE)), [], restarts=RestartPolicy())
    (failed,) = [mark for mark in driven.marks if mark.name == "node.failed"]
    assert re.search(r"after 0\.0 s \((File too large|the disk takes no more of it)\);", str(failed.values["error"]))
    assert list(tmp_path.iterdir()) == []


def test_in_a_session_a_full_disk_stops_the_recording_alone(tmp_path: Path) -> None:
    """Both sources play to their ends, the session ends well, and the trace has the one error."""
    samples = noise(4 * RATE)
    for name in ("caller.wav", "agent.wav"):
        write_audio(tmp_path / name, samples, RATE)
    caller, agent = FileSource(str(tmp_path / "caller.wav")), FileSource(str(tmp_path / "agent.wav"))
    recorder, heard = Recorder(str(tmp_path / "call.wav")), 0
    marks: list[Mark] = []

    def count(audio: Audio) -> None:
        nonlocal heard
        heard += len(audio.samples)

    async def main() -> None:
        graph = Graph().connect(caller.audio, recorder.caller).connect(agent.audio, recorder.agent)
        graph.tap(caller.audio, count)
        async with Session(graph, trace=Trace([marks.append]), executor=InlineExecutor()) as session:
            await session.finished()

    with full_at(40_000):
        trio.run(main, clock=MockClock(autojump_threshold=0))
    assert heard == len(samples)
    told = [mark.name for mark in marks if mark.node == "recorder"]
    assert told == ["node.failed", "node.restarted", "node.provider"]
    assert np.array_equal(rows(tmp_path / "call.wav")[:, 1], samples[: (40_000 - 44) // 4])
