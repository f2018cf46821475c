"""Served calls that are kept: what is on the disk while they go, and after the process was killed."""

from __future__ import annotations

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


@pytest.mark.slow
def test_a_killed_process_leaves_files_that_play() -> None:
    """Five calls, and no time to close anything; a machine that has other things to do may lose a little more."""
    script = Path(__file__).resolve().parents[2] / "benchmarks" / "kill_recordings.py"
    command = [sys.executable, str(script), "--kills", "1", "--calls", "5", "--most", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 kills, 5 recordings, 0 bad" in done.stdout
