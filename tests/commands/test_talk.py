"""`voiceflow talk`: a real process on a real sound server, and an end that is clean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest
import readme_agent
from sound_server import sound_server

from voiceflow import ProviderError
from voiceflow.cli import main
from voiceflow.commands import talk

pytestmark = pytest.mark.real_time


@pytest.fixture
def pizzeria(tmp_path: Path) -> str:
    """The file of README.md, whose agent speaks first."""
    path = tmp_path / "pizzeria.py"
    path.write_text(readme_agent.pizzeria())
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--half-duplex", "--agent", "{pizzeria}"], "Pizzeria Napoli, good evening."),
        (["--no-echo-cancellation"], "Ctrl-C ends"),
        ([], "Ctrl-C ends"),
    ],
    ids=["half and agent", "none", "echo"],
)
def test_ctrl_c_ends_a_call_cleanly(tmp_path: Path, pizzeria: str, flags: list[str], told: str) -> None:
    """Status 0, nothing left running, no traceback, and the recording is a sound file."""
    flags = [flag.format(pizzeria=pizzeria) for flag in flags]
    recording = tmp_path / "call.wav"
    command = [sys.executable, "-u", "-m", "voiceflow", "talk", *flags, "--record", str(recording)]
    with sound_server() as settings:
        # Models lie in the cache of the home that tests run in; the sound server needs only its socket.
        environment = {**os.environ, **{name: value for name, value in settings.items() if name != "HOME"}}
        environment |= {"OPENAI_API_KEY": "a key", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}  # which nobody asks
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        seen, patience = "", Timer(120, process.kill)
        patience.start()
        while told not in seen:
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"it ended with status {process.wait()}: {process.communicate()[1]}, and said {seen}")
            seen += line
        patience.cancel()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert recording.read_bytes()[:4] == b"RIFF"


@pytest.mark.slow
def test_devices_are_listed() -> None:
    """With their numbers, which --input and --output take."""
    with sound_server() as settings:
        command = [sys.executable, "-m", "voiceflow", "talk", "--list-devices"]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=True)
    assert "default  [ALSA" in done.stdout
    assert "microphone (default), loudspeaker (default)" in done.stdout


def test_the_ways_not_to_hear_itself_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """One of them at a time; status 2."""
    with pytest.raises(SystemExit) as caught:
        main(["talk", "--push-to-talk", "--half-duplex"])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_push_to_talk_wants_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It reads the space bar, which no pipe has."""
    with (tmp_path / "keys").open("w+") as keys:
        monkeypatch.setattr(sys, "stdin", keys)
        with pytest.raises(ProviderError, match="no terminal"), talk.keys():
            pass
