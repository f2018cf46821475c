"""A sound server of a test's own: PulseAudio with one loudspeaker that plays into nothing, and a microphone in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from parts import PULSEAUDIO

_NULL_SINK = "module-null-sink sink_name=room rate=48000 channels=1"


@contextmanager
def sound_server() -> Generator[dict[str, str]]:
    """The environment in which PortAudio's default devices are the null sink and what is played into it."""
    PULSEAUDIO.need()
    with TemporaryDirectory(prefix="sound-") as folder:
        socket = Path(folder) / "socket"
        settings = {"XDG_RUNTIME_DIR": folder, "HOME": folder, "PULSE_SERVER": f"unix:{socket}"}
        environment = {**os.environ, **settings}
        modules = [
            f"--load={_NULL_SINK}",  # first: who can connect finds it
            f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1",
        ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", *modules]
        # Its own complaints (no D-Bus, started by root) tell nothing; that it does not come up is told below.
        server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(socket, server)
            yield settings
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if socket.exists():
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"PulseAudio did not start (status {server.poll()}): {PULSEAUDIO.mend}")


@contextmanager
def default_devices() -> Generator[dict[str, str]]:
    """The same for this very process: PortAudio looks for devices again, now and afterwards."""
    with sound_server() as settings, pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        _look_again()
        try:
            yield settings
        finally:
            _look_again(load=False)


def _look_again(load: bool = True) -> None:
    """PortAudio keeps the list of devices that it made when it was loaded, and sounddevice has no public way out."""
    if "sounddevice" in sys.modules:
        sounddevice: Any = sys.modules["sounddevice"]
        sounddevice._terminate()
        sounddevice._initialize()
    elif load:
        import_module("sounddevice")
