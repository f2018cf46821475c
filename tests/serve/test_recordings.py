"""Served calls that are kept: what is on the disk while they go, and after the process was killed."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import trio
from served import REPLY, loud, serving

from voiceflow import Samples
from voiceflow.client import connect
from voiceflow.observe.trace_file import read_trace
from voiceflow.serve.recording import Recordings

pytestmark = pytest.mark.real_time

soundfile: Any = import_module("soundfile")


@pytest.mark.parametrize("format", ["wav", "flac"])
async def test_a_call_is_kept_as_it_goes(tmp_path: Path, format: Literal["wav", "flac"]) -> None:
    """Sound of both sides in its place, the trace, and what was said; all there when the call is over."""
    async with serving(recordings=Recordings(tmp_path / "calls", format=format)) as (server, url):
        async with connect(url) as client:
            await client.be_silent(0.1)
            await client.send(loud(0.3))  # in one message: a machine that stands still would part it
            await client.be_silent(0.3)
            await client.until("ended")
        while len(server.calls):  # noqa: ASYNC110  it is written to its end
            await trio.sleep(0.01)
    (sound,) = (tmp_path / "calls").glob(f"*.{format}")
    left, right = _sides(sound)
    assert np.abs(left).max() > 7000
    assert np.count_nonzero(right) == pytest.approx(0.6 * 16000, rel=0.02)
    assert np.flatnonzero(left)[0] < np.flatnonzero(right)[0]
    said = sound.with_suffix(".txt").read_text().splitlines()
    assert [line.split(maxsplit=1)[1] for line in said] == ["user: Hello there", f"assistant: {REPLY}"]
    assert "turn.ended" in {mark.name for mark in read_trace(sound.with_suffix(".jsonl"))}


def _sides(path: Path) -> tuple[Samples, Samples]:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (16000, 2)
    return samples[:, 0], samples[:, 1]


@pytest.mark.slow
def test_a_killed_process_leaves_files_that_play() -> None:
    """Five calls, and no time to close anything; a machine that has other things to do may lose a little more."""
    script = Path(__file__).resolve().parents[2] / "benchmarks" / "kill_recordings.py"
    command = [sys.executable, str(script), "--kills", "1", "--calls", "5", "--most", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 kills, 5 recordings, 0 bad" in done.stdout
