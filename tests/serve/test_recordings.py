"""Served calls that are kept: what is on the disk while they go, and after the process was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import trio
from served import REPLY, loud, serving

from voiceflow.client import connect
from voiceflow.observe.trace_file import read_trace
from voiceflow.serve.recording import Recordings


async def test_a_call_is_kept_as_it_goes(tmp_path: Path) -> None:
    """Sound of both sides in its place, the trace, and what was said; all there when the call is over."""
    async with serving(recordings=Recordings(tmp_path / "calls")) as (server, url):
        async with connect(url) as client:
            await client.be_silent(0.1)
            await client.speak(loud(0.3))
            await client.be_silent(0.3)
            await client.until("ended")
        while len(server.calls):  # noqa: ASYNC110  it is written to its end
            await trio.sleep(0.01)
    (sound,) = (tmp_path / "calls").glob("*.wav")
    left, right = _sides(sound)
    assert np.abs(left).max() > 7000
    assert np.count_nonzero(right) == pytest.approx(0.6 * 16000, rel=0.02)
    assert np.flatnonzero(left)[0] < np.flatnonzero(right)[0]
    said = sound.with_suffix(".txt").read_text().splitlines()
    assert [line.split(maxsplit=1)[1] for line in said] == ["user: Hello there", f"assistant: {REPLY}"]
    assert "turn.ended" in {mark.name for mark in read_trace(sound.with_suffix(".jsonl"))}


def _sides(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], np.ndarray[tuple[int], np.dtype[np.int16]]]:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return samples[0::2], samples[1::2]


_KILLED = """
import sys, trio
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from served import loud, serving
from voiceflow.client import connect
from voiceflow.serve.limits import Limits
from voiceflow.serve.recording import Recordings

async def main():
    async with serving(limits=Limits(calls=20), recordings=Recordings(Path(sys.argv[2]))) as (server, url):
        async def talk():
            async with connect(url) as client:
                await client.speak(loud(60.0), block=0.1)
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(talk)
            while len(server.calls.all()) < 20:
                await trio.sleep(0.01)
            await trio.sleep(3.0)
            print("killed now", flush=True)
trio.run(main)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_files_that_play(tmp_path: Path) -> None:
    """Twenty calls, and no time to close anything: every file plays up to the last second before."""
    tests = Path(__file__).resolve().parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tests), str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "killed now\n"
        finally:
            process.send_signal(signal.SIGKILL)
    lengths = [len(_sides(path)[0]) / 16000 for path in tmp_path.glob("*.wav")]
    assert len(lengths) == 20
    assert min(lengths) > 1.5
