"""`voiceflow call` holds a conversation with a bot of pipecat's, as each of the providers that it knows.

    python -m venv /tmp/pipecat && /tmp/pipecat/bin/pip install 'pipecat-ai==1.14.0' fastapi uvicorn
    python benchmarks/phone_calls.py --python /tmp/pipecat/bin/python

The caller asks, is answered, presses a key in that answer, tells a story, and cuts into the answer to it. The bot says
again what it heard (benchmarks/peers/pipecat_phone.py), so that what comes back tells whether both directions work: it
is compared with what was said, sample by sample, piece by piece at the place where each fits best.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray

from voiceflow.graphs import clips
from voiceflow.nodes.soundfile import read_audio, write_audio

CLIPS = Path(clips.__file__).parent
RATE = 16000
SCRIPT: tuple[str | float, ...] = (0.5, "people", 4.5, "story", 2.0, "wait", 5.0)
"""What the caller says, and for how many seconds then nothing."""
BOT = Path(__file__).parent / "peers" / "pipecat_phone.py"


def caller() -> NDArray[np.int16]:
    pieces = [np.zeros(round(each * RATE), np.int16) if isinstance(each, float) else clip(each) for each in SCRIPT]
    return np.concatenate(pieces)


def clip(name: str, rate: int = RATE) -> NDArray[np.int16]:
    return read_audio(CLIPS / f"{name}.flac", rate)


def likeness(heard: NDArray[np.int16], said: NDArray[np.int16]) -> float:
    """How alike `said` and the stretch of `heard` are that is most like it: 0 not at all, 1 but for loudness."""
    a, b = heard.astype(np.float64), said.astype(np.float64)
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)[: len(a)]
    energy = np.concatenate([[0.0], np.cumsum(a**2)])
    around = energy[np.minimum(np.arange(len(a)) + len(b), len(a))] - energy[: len(a)]
    return float(np.max(product / np.sqrt(np.maximum(around, 1e-3 * energy[-1]) * np.sum(b**2))))


def call(url: str, provider: str, folder: Path, *more: str) -> list[str]:
    """One conversation, printed; what was wrong with it."""
    record = folder / f"{provider}.wav"
    words = [sys.executable, "-m", "voiceflow", "call", url, "--as", provider, "--input", str(folder / "caller.wav")]
    done = subprocess.run(
        [*words, "-o", str(record), "--keys", "5@5", "--wait", "2", *more], capture_output=True, text=True
    )
    print(f"== {provider}\n{done.stdout}{done.stderr}", end="")
    if done.returncode:
        return [f"{provider}: status {done.returncode}"]
    heard = soundfile.read(record, dtype="int16")[0][:, 1]
    question = clip("people", 8000)
    # By quarters of a second, the middle one counts: where the machine stood still, the bot's sound had a gap.
    alike = float(np.median([likeness(heard, question[at : at + 2000]) for at in range(4000, 16000, 2000)]))
    print(f"   the first answer is like the question by {alike:.3f}")
    expected = {
        "the bot says something else than it heard": alike > 0.95,
        "three answers were not heard": done.stdout.count("the agent speaks") >= 3,
        "no answer was cut short": done.stdout.count("  clear: ") >= 1,
        "no mark came back": "; 0 marks" not in done.stderr,
    }
    return [f"{provider}: {what}" for what, held in expected.items() if not held]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="of the environment that pipecat is installed in")
    parser.add_argument("--port", type=int, default=8830)
    parser.add_argument("--keep", type=Path, help="a folder for the recordings")
    args = parser.parse_args()
    bot = subprocess.Popen([args.python, str(BOT), "--port", str(args.port)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(15)  # it loads for a while, and says nothing when it is ready
        with TemporaryDirectory() as temporary:
            folder = args.keep or Path(temporary)
            folder.mkdir(exist_ok=True)
            write_audio(folder / "caller.wav", caller(), RATE)
            url = f"ws://127.0.0.1:{args.port}/phone"
            faults = [fault for name in ("twilio", "telnyx", "plivo", "exotel") for fault in call(url, name, folder)]
            faults += call(url, "telnyx", folder, "--encoding", "PCMA")
    finally:
        bot.terminate()
        bot.wait()
    print(*faults or ["all held"], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
