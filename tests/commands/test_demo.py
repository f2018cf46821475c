"""`voiceflow demo`: what it leaves, however it ends, and that it keeps words out when it is asked to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from parts import HIBARI

from voiceflow.cli import main
from voiceflow.errors import VoiceflowError
from voiceflow.graphs.clips import script
from voiceflow.models import locate
from voiceflow.nodes.soundfile import write_audio
from voiceflow.observe.trace_file import read_trace

pytestmark = pytest.mark.real_time

HIBARI.need()


@pytest.fixture(autouse=True)
def _models() -> None:
    try:
        locate("smollm2-135m-instruct")
    except VoiceflowError as error:
        pytest.skip(str(error))


def demo(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "voiceflow", "demo", "-o", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0)


def listening(folder: Path) -> bool:
    return "transcript" in marks(folder)


def answering(folder: Path) -> bool:
    return "turn.audible" in marks(folder)


def marks(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return [mark.name for mark in read_trace(folder / "trace.jsonl")]
    return []


@pytest.mark.slow
def test_ctrl_c_while_models_load_takes_nothing_away(tmp_path: Path) -> None:
    """What there is of an older call stays, and nothing stands beside it."""
    (tmp_path / "history.json").write_text("of an older call")
    with demo(tmp_path) as process:
        assert process.stdout is not None
        assert "pocketsphinx" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "voiceflow demo: interrupted\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("history.json", "of an older call")]


@pytest.mark.slow
@pytest.mark.parametrize("moment", [listening, answering])
def test_ctrl_c_ends_it_and_leaves_files_that_are_whole(tmp_path: Path, moment: Callable[[Path], bool]) -> None:
    """While the caller speaks, while the agent does; nothing of an older call stays beside them."""
    (tmp_path / "history.json").write_text("of an older call")
    with demo(tmp_path) as process:
        deadline = time.monotonic() + 120
        while not moment(tmp_path) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "voiceflow demo: interrupted\n")
    lines = (tmp_path / "trace.jsonl").read_text().splitlines(keepends=True)
    assert all(line.endswith("}\n") and json.loads(line) for line in lines)
    kept = {path.name for path in tmp_path.iterdir()}
    with wave.open(str(tmp_path / "conversation.wav")) as sound:
        assert sound.getnchannels() == 2
        assert len(sound.readframes(1 << 30)) == 4 * sound.getnframes()
        assert (tmp_path / "conversation.wav").stat().st_size == 44 + 4 * sound.getnframes()
        assert sound.getnframes() / sound.getframerate() > 1.0
    if moment is answering:
        assert kept == {"trace.jsonl", "conversation.wav", "timeline.svg", "history.json"}
        ET.parse(tmp_path / "timeline.svg")
        assert [message["role"] for message in json.loads((tmp_path / "history.json").read_text())][:2] == [
            "system",
            "user",
        ]


def test_a_recording_is_not_written_over_by_the_call_that_plays_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and what to do; nothing is taken away."""
    call = tmp_path / "conversation.wav"
    write_audio(call, np.ones(1600, np.int16), 16000)
    before = call.read_bytes()
    assert main(["demo", "-o", str(tmp_path), "--input", str(tmp_path / "." / "conversation.wav")]) == 1
    assert "conversation.wav would be written over by this call; choose another folder" in capsys.readouterr().err
    assert call.read_bytes() == before


@pytest.mark.slow
def test_where_words_are_kept_out_no_file_has_any(tmp_path: Path) -> None:
    """Neither the caller's nor the agent's; and none of an older call's are left there."""
    (tmp_path / "conversation.wav").write_text("of an older call")
    with demo(tmp_path, "--redact", "words", "--input", str(script()[0].path)) as process:
        said, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    assert "1 turns heard" in said
    assert {path.name for path in tmp_path.iterdir()} == {"trace.jsonl", "timeline.svg"}
    agent = next(line for line in said.splitlines() if "  agent  " in line).partition("  agent  ")[2]
    for path in tmp_path.iterdir():
        kept = path.read_text().lower()
        assert "can you tell" not in kept
        assert agent.lower() not in kept
