"""Make the caller's clips anew: `python -m voiceflow.graphs.clips.make`, in a checkout, with Flite installed."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceflow.graphs.clips._script import SCRIPT, script
from voiceflow.nodes.flite import RATE, WordTimes, speak


def spoken(words: str, voice: str) -> NDArray[np.int16]:
    """The words as Flite says them, at its own pace, with its pause before and after."""
    chunks: list[NDArray[np.int16]] = []

    def keep(samples: NDArray[np.int16], rate: int, times: WordTimes) -> bool:
        chunks.append(samples)
        return True

    speak(voice, words.encode("ascii"), 1.0, keep)
    return np.concatenate(chunks)


def main() -> None:
    soundfile: Any = import_module("soundfile")
    voice = json.loads(SCRIPT.read_text("utf-8"))["voice"]
    for line in script():
        soundfile.write(line.path, spoken(line.words, voice), RATE, subtype="PCM_16", format="FLAC")


if __name__ == "__main__":
    main()
