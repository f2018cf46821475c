"""Make the caller's clips anew: `python -m voiceflow.graphs.clips.make`, in a checkout, with Flite installed."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from voiceflow.graphs.clips._script import SCRIPT, script
from voiceflow.nodes._flite import WordTimes, speak
from voiceflow.nodes.flite import RATE
from voiceflow.nodes.soundfile import write_audio


def spoken(words: str, voice: str) -> NDArray[np.int16]:
    """The words as Flite says them, at its own pace, with its pause before and after."""
    chunks: list[NDArray[np.int16]] = []

    def keep(samples: NDArray[np.int16], rate: int, times: WordTimes) -> bool:
        chunks.append(samples)
        return True

    speak(voice, words.encode("ascii"), 1.0, keep)
    return np.concatenate(chunks)


def main() -> None:
    voice = json.loads(SCRIPT.read_text("utf-8"))["voice"]
    for line in script():
        write_audio(line.path, spoken(line.words, voice), RATE)


if __name__ == "__main__":
    main()
