"""Which devices PortAudio sees; where it sees none, what lies in its way: no sound server, no bridge to it, no card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

from voiceflow.commands._finding import Finding, apt

_USE: Final = "microphone and speaker: voiceflow talk"
_LOOK = """
import json, sounddevice
print(json.dumps([[d["name"], d["max_input_channels"], d["max_output_channels"]] for d in sounddevice.query_devices()]))
"""
_CARDS = Path("/proc/asound/cards")
_LIBRARIES = Path("/usr/lib")
_RESTART: Final = "systemctl --user restart pipewire pulseaudio, or: pulseaudio --kill; pulseaudio --start"


def devices() -> Iterator[Finding]:
    """Microphones and speakers."""
    if find_spec("sounddevice") is None:
        yield Finding("devices", "audio devices", "note", "not looked for: no package sounddevice", _USE)
        return
    try:
        # Apart: PortAudio opens every sound system there is, prints what it thinks of it, and may wait for one.
        done = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, timeout=20, check=True, text=True)
    except subprocess.TimeoutExpired:
        detail = "the sound system does not answer within 20 s"
        yield Finding("devices", "audio devices", "missing", detail, _USE, _RESTART)
    except subprocess.CalledProcessError:
        yield Finding("devices", "audio devices", "missing", "PortAudio cannot be used", _USE, apt("libportaudio2"))
    else:
        yield from _ends(cast(list[tuple[str, int, int]], json.loads(done.stdout)))


def _ends(found: list[tuple[str, int, int]]) -> Iterator[Finding]:
    for place, name in ((1, "microphones"), (2, "speakers")):
        there = [str(cast(Any, device[0])) for device in found if device[place]]
        if there:
            yield Finding("devices", name, "ok", ", ".join(there), _USE)
        else:
            why, mend = _why_none()
            yield Finding("devices", name, "missing", f"none: {why}", _USE, mend)


def _why_none() -> tuple[str, str]:
    """What lies between PortAudio, which goes through ALSA, and a device; and what to do about it."""
    server = _server()
    if server == "PipeWire" and not _bridge("pipewire"):
        return "PipeWire runs, but ALSA has no bridge to it", apt("pipewire-alsa")
    if server == "PulseAudio" and not _bridge("pulse"):
        return "PulseAudio runs, but ALSA has no bridge to it", apt("libasound2-plugins")
    if server:
        return f"{server} runs, and has none", "connect one, and see that it is not switched off in the sound settings"
    if _cards():
        return "no sound server runs, and the sound cards give none", 'sudo usermod -aG audio "$USER"; then log in anew'
    return "no sound server and no sound card", f"{apt('pulseaudio', 'libasound2-plugins')}; pulseaudio --start"


def _server() -> str | None:
    """The one that answers on this user's sockets."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if (runtime / "pipewire-0").exists():
        return "PipeWire"
    return "PulseAudio" if os.environ.get("PULSE_SERVER") or (runtime / "pulse" / "native").exists() else None


def _bridge(name: str) -> bool:
    patterns = (f"alsa-lib/libasound_module_pcm_{name}.so", f"*/alsa-lib/libasound_module_pcm_{name}.so")
    return any(True for pattern in patterns for _ in _LIBRARIES.glob(pattern))


def _cards() -> bool:
    """/proc/asound/cards numbers them."""
    return _CARDS.exists() and any(line.lstrip()[:1].isdigit() for line in _CARDS.read_text().splitlines())
